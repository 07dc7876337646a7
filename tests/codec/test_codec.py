"""What the codec does with our own messages: tags, strictness, places of errors, changes, and when it loads what."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

import acp_trio
from acp_trio.codec import CODEC, Codec, InvalidValue, _generate
from acp_trio.schema import v1

GENERATED = Path(_generate.__file__).with_name("_generated")


def problems(cls: Any, value: object) -> dict[str, str]:
    with pytest.raises(InvalidValue) as raised:
        CODEC.decode(cls, value)
    return {problem["path"]: problem["problem"] for problem in raised.value.problems}


def test_the_generated_modules_are_current() -> None:
    assert {path.name: path.read_text() for path in GENERATED.glob("*.py")} == _generate.sources()


def test_a_choice_is_said_in_one_order_whoever_has_written_it_in_another() -> None:
    program = (
        "from typing import Literal\n"
        "Literal['uri', 'date-time', 'date', 'email'] | None  # as a package imported before ours may say it\n"
        "from acp_trio.codec import CODEC\n"
        "from acp_trio.schema import v1\n"
        "CODEC.decode(v1.StringPropertySchema, {'format': 'x'})"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert "$.format: expected one of 'date', 'date-time', 'email', 'uri'" in done.stderr


def test_a_tag_belongs_to_the_union_and_not_to_the_record() -> None:
    update = v1.ToolCallUpdate(tool_call_id="t")
    session_update = CODEC.encode(v1.SessionNotification(session_id="s", update=update))
    permission = CODEC.encode(v1.RequestPermissionRequest(session_id="s", tool_call=update, options=[]))
    assert session_update["update"] == {"sessionUpdate": "tool_call_update", "toolCallId": "t"}
    assert permission["toolCall"] == {"toolCallId": "t"}


def test_a_tag_comes_first() -> None:
    block = v1.TextContent(text="t", meta={"a": 1})
    assert list(CODEC.encode(block, v1.ContentBlock)) == ["type", "_meta", "text"]


def test_a_record_of_another_union_cannot_be_encoded() -> None:
    with pytest.raises(TypeError, match="is not a content_block"):
        CODEC.encode(v1.PromptRequest(session_id="s", prompt=[v1.Plan(entries=[])]))  # type: ignore[list-item]


def test_a_subclass_of_a_variant_is_encoded_as_the_variant() -> None:
    class Shout(v1.TextContent):
        __slots__ = ()

    assert CODEC.encode(Shout(text="HEY"), v1.ContentBlock) == {"type": "text", "text": "HEY"}


@pytest.mark.parametrize(
    "value,path,problem",
    [
        (
            {"sessionId": "s", "prompt": [{"type": "text", "text": 3}]},
            "$.prompt[0].text",
            "expected a string, got a number",
        ),
        ({"sessionId": "s", "prompt": [{"type": "text"}]}, "$.prompt[0].text", "missing"),
        ({"sessionId": "s", "prompt": [{"type": 3}]}, "$.prompt[0].type", "expected a string, got a number"),
        ({"sessionId": "s", "prompt": [{}]}, "$.prompt[0].type", "missing"),
        ({"sessionId": "s", "prompt": ["text"]}, "$.prompt[0]", "expected an object, got a string"),
        ({"sessionId": "s", "prompt": {}}, "$.prompt", "expected an array, got an object"),
        ({"prompt": []}, "$.sessionId", "missing"),
        ({"sessionId": None, "prompt": []}, "$.sessionId", "expected a string, got null"),
        ([], "$", "expected an object, got an array"),
    ],
)
def test_an_error_says_where_and_why(value: object, path: str, problem: str) -> None:
    assert problems(v1.PromptRequest, value) == {path: problem}


@pytest.mark.parametrize(
    "value,got",
    [(65536, "65536"), (-1, "-1"), (True, "a boolean"), (1.0, "a number"), ("1", "a string"), (None, "null")],
)
def test_whole_numbers_are_strict_and_within_their_bounds(value: object, got: str) -> None:
    expected = {"$.protocolVersion": f"expected a whole number from 0 to 65535, got {got}"}
    assert problems(v1.InitializeRequest, {"protocolVersion": value}) == expected


ELICITATION = {"message": "m", "sessionId": "s"}
OPTION = {"sessionId": "s", "configId": "c"}
PRIORITIES = "expected one of 'high', 'low', 'medium', got"


@pytest.mark.parametrize(
    "cls,value,path,problem",
    [
        (v1.Notice, {"severity": "info", "title": ""}, "$.title", "expected a string of at least 1 characters, got ''"),
        (v1.PlanEntry, {"content": "c", "priority": "1", "status": "pending"}, "$.priority", f"{PRIORITIES} '1'"),
        (
            v1.PlanEntry,
            {"content": "c", "priority": "1" * 99, "status": "pending"},
            "$.priority",
            f"{PRIORITIES} a string",
        ),
        (v1.Cost, {"amount": "1", "currency": "EUR"}, "$.amount", "expected a number, got a string"),
        (
            v1.EmbeddedResource,
            {"resource": {"uri": "u", "blob": 3}},
            "$.resource.blob",
            "expected a string, got a number",
        ),
        (v1.CreateElicitationRequest, ELICITATION | {"mode": "url", "url": "u"}, "$.elicitationId", "missing"),
        (v1.CreateElicitationRequest, ELICITATION, "$.mode", "missing"),
        (
            v1.SetSessionConfigOptionRequest,
            OPTION | {"type": "boolean", "value": "v"},
            "$.value",
            "expected true or false, got a string",
        ),
        (v1.SetSessionConfigOptionRequest, OPTION | {"value": True}, "$.value", "expected a string, got a boolean"),
    ],
)
def test_primitives_and_shapes_are_strict(cls: Any, value: object, path: str, problem: str) -> None:
    assert problems(cls, value) == {path: problem}


def test_whole_numbers_are_numbers() -> None:
    cost = {"amount": 3, "currency": "EUR"}
    assert CODEC.encode(CODEC.decode(v1.Cost, cost)) == cost


def test_an_array_of_nonsense_has_a_bounded_explanation() -> None:
    assert len(problems(v1.PromptRequest, {"sessionId": "s", "prompt": [None] * 1000})) == 32
    assert (
        len(problems(v1.SessionConfigSelect, {"id": "i", "name": "n", "currentValue": "v", "options": [3] * 99})) == 32
    )


def test_attributes_win_over_extras() -> None:
    decoded = CODEC.decode(v1.ToolCallUpdate, {"toolCallId": "t", "title": None, "new": 1})
    changed = attrs.evolve(decoded, title="now")
    assert CODEC.encode(changed) == {"toolCallId": "t", "title": "now", "new": 1}


def test_a_changed_option_value_changes_its_type() -> None:
    value = {"sessionId": "s", "configId": "c", "type": "boolean", "value": True, "new": 1}
    decoded = CODEC.decode(v1.SetSessionConfigOptionRequest, value)
    assert CODEC.encode(attrs.evolve(decoded, value="v")) == {"sessionId": "s", "configId": "c", "value": "v", "new": 1}


def test_capabilities_in_defaults_keep_what_they_do_not_know() -> None:
    value = {"protocolVersion": 1, "clientCapabilities": {"auth": {"sso": {}}}}
    assert CODEC.encode(CODEC.decode(v1.InitializeRequest, value)) == value


@pytest.mark.parametrize(
    "value,cls",
    [
        ({"id": "a", "name": "n"}, v1.AuthMethodAgent),
        ({"id": "a", "name": "n", "type": "agent"}, v1.AuthMethodAgent),
        ({"id": "a", "name": "n", "type": "terminal"}, v1.AuthMethodTerminal),
        ({"id": "a", "name": "n", "type": "oracle"}, v1.UnknownAuthMethod),
    ],
)
def test_a_union_with_an_untagged_variant_keeps_the_tag_that_was_sent(value: Any, cls: type) -> None:
    decoded = CODEC.decode(v1.AuthMethod, value)
    assert type(decoded) is cls
    assert CODEC.encode(decoded, v1.AuthMethod) == value


def test_unknown_keys_of_a_form_belong_to_the_request_and_those_of_an_unknown_mode_to_it() -> None:
    asked = {"message": "m", "sessionId": "s", "toolCallId": None, "new": 1}
    form = CODEC.decode(v1.CreateElicitationRequest, asked | {"mode": "form", "requestedSchema": {}})
    dream = CODEC.decode(v1.CreateElicitationRequest, asked | {"mode": "dream", "depth": 2})
    assert (form.extras, form.mode) == ({"new": 1}, v1.ElicitationFormMode(requested_schema=v1.ElicitationSchema()))
    assert (dream.extras, dream.mode) == ({}, v1.UnknownElicitationMode(tag="dream", extras={"new": 1, "depth": 2}))
    assert dream.scope == form.scope == v1.ElicitationSessionScope(session_id="s")
    assert CODEC.encode(dream) == asked | {"mode": "dream", "depth": 2}


def test_decoding_an_update_loads_neither_other_topics_nor_the_slow_machinery() -> None:
    program = f"""
import sys, types
sys.modules["acp_trio"] = types.ModuleType("acp_trio")  # the top package imports what is above the codec
sys.modules["acp_trio"].__path__ = {acp_trio.__path__!r}
from acp_trio.codec import CODEC
from acp_trio.schema import v1
value = dict(sessionId="s", update=dict(sessionUpdate="plan", entries=[]))
CODEC.encode(CODEC.decode(v1.SessionNotification, value))
print(*sorted(name for name in sys.modules if "." in name and name.startswith("acp_trio.") or name == "cattrs"))
"""
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    topics = {name.rpartition(".v1._")[2] for name in loaded if ".v1._" in name}
    assert topics == {"commands", "config", "content", "ids", "plan", "tool_call", "update"}
    assert not {"cattrs", "acp_trio.codec._foreign", "acp_trio.codec._shapes", "acp_trio.codec._explain"} & set(loaded)


def test_two_codecs_learn_apart() -> None:
    assert Codec().decode(v1.TextContent, {"text": "t"}) == CODEC.decode(v1.TextContent, {"text": "t"})
