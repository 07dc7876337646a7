"""What all message classes have in common, and that they are loaded late."""

from __future__ import annotations

import ast
import copy
import pickle
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

import acp_trio
from acp_trio import schema
from acp_trio.schema import UNSET, Record, UnsetType, evolve, v1

MODULE = Path(v1.__file__)


def topics_loaded_by(program: str) -> set[str]:
    """The topics that a fresh interpreter has loaded at the end of a program."""
    alone = (
        "import sys, types\n"
        'sys.modules["acp_trio"] = types.ModuleType("acp_trio")\n'  # the top package imports what is above the schema
        f'sys.modules["acp_trio"].__path__ = {acp_trio.__path__!r}\n'
    )
    asking = '\nprint(*(name for name in sys.modules if name.startswith("acp_trio.schema.v1.")))'
    done = subprocess.run([sys.executable, "-c", alone + program + asking], capture_output=True, text=True, check=True)
    return {name.rpartition(".")[2] for name in done.stdout.split()}


def test_importing_the_schema_defines_no_message_class() -> None:
    assert topics_loaded_by("import acp_trio.schema.v1") == set()


def test_asking_for_a_name_loads_its_topic_and_what_it_refers_to() -> None:
    program = "from acp_trio.schema import v1; v1.PromptRequest"
    assert topics_loaded_by(program) == {"_prompt", "_content", "_ids"}


def test_type_checkers_see_the_names_that_programs_get() -> None:
    (seen,) = (
        node.body for node in ast.parse(MODULE.read_text()).body if isinstance(node, ast.If) and len(node.body) > 3
    )
    imported = {(node.module, node.names[0].name) for node in seen if isinstance(node, ast.ImportFrom)}
    assert imported == {(topic, name) for topic, names in v1._TOPICS.items() for name in names}


def test_every_public_name_of_a_topic_is_offered() -> None:
    for topic in MODULE.parent.glob("_*.py"):
        if topic.name != "__init__.py":
            names = {
                node.name if isinstance(node, ast.ClassDef) else node.target.id
                for node in ast.parse(topic.read_text()).body
                if isinstance(node, ast.ClassDef)
                or (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name))
            }
            assert set(v1._TOPICS[topic.stem]) == names


@pytest.mark.parametrize("module", [v1, schema])
def test_an_unknown_name_is_an_attribute_error(module: object) -> None:
    with pytest.raises(AttributeError, match="NoSuchThing"):
        module.NoSuchThing  # type: ignore[attr-defined]  # noqa: B018


def test_records_are_equal_by_their_fields_and_sequences_by_their_items() -> None:
    block = v1.TextContent(text="t")
    one = v1.PromptRequest(session_id="s", prompt=[block])
    assert one == v1.PromptRequest(session_id="s", prompt=(v1.TextContent(text="t"),))
    assert one != v1.PromptRequest(session_id="s", prompt=[])
    assert one != block


def test_extras_do_not_count_except_in_what_is_unknown() -> None:
    assert v1.TextContent(text="t", extras={"a": 1}) == v1.TextContent(text="t")
    assert v1.UnknownContentBlock(tag="t", extras={"a": 1}) != v1.UnknownContentBlock(tag="t")
    assert v1.UnknownContentBlock(tag="t", extras={"a": 1}) == v1.UnknownContentBlock(tag="t", extras={"a": 1})


def test_the_repr_shows_what_differs_from_the_defaults() -> None:
    assert repr(v1.ToolCall(tool_call_id="t", title="T", content=[])) == "ToolCall(tool_call_id='t', title='T')"
    assert repr(v1.SessionInfoUpdate(title=None)) == "SessionInfoUpdate(title=None)"


def test_records_are_keyword_only_and_slotted() -> None:
    with pytest.raises(TypeError):
        v1.TextContent("t")  # type: ignore[call-arg, misc]
    with pytest.raises(AttributeError):
        v1.TextContent(text="t").txet = "t"  # type: ignore[attr-defined]


def test_records_cannot_be_hashed() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(v1.TextContent(text="t"))
    with pytest.raises(TypeError, match="unhashable"):
        hash(v1.UnknownContentBlock(tag="t"))


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_copies_are_equal_and_defaults_stay_themselves(copied: object) -> None:
    assert callable(copied)
    one = v1.SessionInfoUpdate(updated_at=None)
    other = copied(one)
    assert other == one
    assert other.title is UNSET
    assert other.extras is one.extras


def test_evolve_keeps_the_rest() -> None:
    one = v1.TextContent(text="t", extras={"a": 1})
    assert repr(attrs.evolve(one, text="u")) == "TextContent(extras={'a': 1}, text='u')"
    assert repr(evolve(one, text="u")) == "TextContent(extras={'a': 1}, text='u')"


def test_unset_is_false_and_says_its_name() -> None:
    assert not UNSET
    assert repr(UNSET) == "UNSET"
    assert isinstance(UNSET, UnsetType)


def test_every_message_class_is_a_record() -> None:
    classes = [
        value for value in (getattr(v1, name) for name in dir(v1)) if isinstance(value, type) and value is not str
    ]
    assert len(classes) > 140
    assert all(issubclass(cls, Record) for cls in classes)
    assert all(cls.__doc__ for cls in classes)
