"""Whatever the schema allows comes back as equal JSON, and what it forbids is refused with a place and a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acp_trio.codec import CODEC, InvalidValue
from acp_trio.codec._explain import explain
from acp_trio.codec._shapes import shape_of
from acp_trio.schema import v1

from .schema_values import DEFINITIONS, UNTAGGED_OPTION, definition, fields, spoilt, variant

# Parts of other definitions: their keys stand among those of the whole.
PARTS = {"ElicitationFormMode", "ElicitationUrlMode", "SessionConfigSelect", "SessionConfigBoolean"}


def says_something(name: str) -> bool:
    """Whether a definition is an object or a union with more to it than `_meta`."""
    facts = DEFINITIONS[name]
    return facts["kind"] == "union" or (facts["kind"] == "object" and (len(facts["fields"]) > 1 or "variants" in facts))


NAMES = sorted(name for name in DEFINITIONS if name in dir(v1) and says_something(name) and name not in PARTS)
TAGGED = [name for name in NAMES if any("tag" in each for each in DEFINITIONS[name].get("variants", []))]

# There are many definitions, and the larger ones hold the smaller; a search profile still searches further.
few = settings(max_examples=settings.default.max_examples // 8)


@pytest.mark.promise("P9")
@pytest.mark.parametrize("name", NAMES)
@few
@given(data=st.data())
def test_what_the_schema_allows_comes_back_equal(name: str, data: st.DataObject) -> None:
    value = data.draw(definition(name))
    before = as_text(value)
    cls = getattr(v1, name)
    assert as_text(CODEC.encode(CODEC.decode(cls, value), cls)) == before
    assert as_text(value) == before


def as_text(value: Any) -> str:
    """For comparing: as objects, 1 and True and 1.0 would be equal."""
    return json.dumps(value, sort_keys=True)


@pytest.mark.promise("P9")
@pytest.mark.parametrize("name", NAMES)
@few
@given(data=st.data())
def test_a_spoilt_value_is_forgiven_or_explained(name: str, data: st.DataObject) -> None:
    value = spoilt(data.draw, data.draw(definition(name)))
    cls = getattr(v1, name)
    expected = explain(shape_of(cls), {} if value is None and isinstance(cls, type) else value, "$", lambda *_: [])
    if expected:
        with pytest.raises(InvalidValue) as raised:
            CODEC.decode(cls, value)
        assert raised.value.problems == expected
        return
    made = CODEC.decode(cls, value)
    encoded = CODEC.encode(made, cls)
    assert CODEC.decode(cls, encoded) == made
    assert as_text(CODEC.encode(CODEC.decode(cls, encoded), cls)) == as_text(encoded)


@pytest.mark.promise("P9")
@pytest.mark.parametrize("name", [name for name in TAGGED if name != UNTAGGED_OPTION])
@few
@given(data=st.data())
def test_a_known_tag_with_a_malformed_record_never_becomes_unknown(name: str, data: st.DataObject) -> None:
    facts = DEFINITIONS[name]
    one = data.draw(st.sampled_from([each for each in facts["variants"] if "tag" in each and "of" in each]))
    inner = DEFINITIONS[one["of"]]["fields"]
    required = [key for key, field in inner.items() if field.get("required")]
    if not required:
        return
    value = data.draw(st.builds(dict.__or__, fields(facts.get("fields", {})), variant(one)))
    del value[data.draw(st.sampled_from(required))]
    with pytest.raises(InvalidValue, match="missing"):
        CODEC.decode(getattr(v1, name), value)
