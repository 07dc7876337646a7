"""The schema's leniency keywords, field by field from its facts: what they forgive, and that they forgive no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from acp_trio.codec import CODEC, InvalidValue
from acp_trio.codec._shapes import fields_of
from acp_trio.schema import v1

DEFINITIONS = json.loads((Path(__file__).parents[1] / "schema" / "facts_v1.json").read_text())["definitions"]
RENAMED = {"SelectedPermissionOutcome": "SelectedOutcome"}

# Definitions whose keys stand among those of another: the class of the whole, and the plainest value of that.
SCOPE = {"sessionId": "s"}
WHOLES = {
    "SessionConfigOption": ("SessionConfigBoolean", {"type": "boolean", "id": "i", "name": "n", "currentValue": True}),
    "SessionConfigSelect": ("SessionConfigSelect", {"id": "i", "name": "n", "currentValue": "v", "options": []}),
    "SessionConfigBoolean": ("SessionConfigBoolean", {"id": "i", "name": "n", "currentValue": True}),
    "SetSessionConfigOptionRequest": (
        "SetSessionConfigOptionRequest",
        {"sessionId": "s", "configId": "c", "value": "v"},
    ),
    "CreateElicitationRequest": (
        "CreateElicitationRequest",
        {"message": "m", "mode": "form", "requestedSchema": {}, **SCOPE},
    ),
    "ElicitationSessionScope": (
        "CreateElicitationRequest",
        {"message": "m", "mode": "form", "requestedSchema": {}, **SCOPE},
    ),
    "ElicitationFormMode": (
        "CreateElicitationRequest",
        {"message": "m", "mode": "form", "requestedSchema": {}, **SCOPE},
    ),
    "ElicitationUrlMode": (
        "CreateElicitationRequest",
        {"message": "m", "mode": "url", "elicitationId": "e", "url": "u", **SCOPE},
    ),
    "ElicitationRequestScope": (
        "CreateElicitationRequest",
        {"message": "m", "mode": "form", "requestedSchema": {}, "requestId": 1},
    ),
    "ElicitationAcceptAction": ("CreateElicitationResponse", {"action": "accept"}),
    "CreateElicitationResponse": ("CreateElicitationResponse", {"action": "decline"}),
}


def class_of(name: str) -> type[Any]:
    cls: type[Any] = getattr(v1, WHOLES[name][0] if name in WHOLES else RENAMED.get(name, name))
    return cls


def minimal(facts: Any) -> Any:
    """The plainest JSON value of a type."""
    match facts:
        case "object" | {"map": _}:
            return {}
        case "boolean":
            return True
        case {"array": _}:
            return []
        case {"ref": name}:
            return minimal_definition(name)
        case str() if facts.startswith(("integer", "number")):
            return 1
        case _:
            return "x"


def minimal_definition(name: str) -> Any:
    facts = DEFINITIONS[name]
    if name in WHOLES:
        return dict(WHOLES[name][1])
    match facts["kind"]:
        case "enum":
            return facts["values"][0]
        case "scalar":
            return minimal(facts["type"])
        case "scalars":
            return minimal(facts["types"][-1])
        case "union":
            first = facts["variants"][0]
            return {**first.get("tag", {}), **(minimal_definition(first["of"]) if "of" in first else {})}
    return {key: minimal(field["type"]) for key, field in facts["fields"].items() if field.get("required")}


def wrong(facts: Any) -> Any:
    """A JSON value that is not of a type."""
    return 3 if isinstance(minimal(facts), dict) else {"not": "that"}


FIELDS = [
    (name, key)
    for name, facts in DEFINITIONS.items()
    if facts["kind"] == "object" and name != "Error"
    for key, field in facts["fields"].items()
    if field["type"] != "any"
]


def fact(name: str, key: str) -> Any:
    return DEFINITIONS[name]["fields"][key]


def lenient(name: str, key: str) -> list[str]:
    words: list[str] = fact(name, key).get("lenient", [])
    return words


def attribute_of(name: str, key: str) -> str:
    (attribute,) = (field.name for field in fields_of(class_of(name)) if field.key == key)
    return attribute


@pytest.mark.parametrize("name,key", [one for one in FIELDS if "on-error" in lenient(*one)])
def test_a_malformed_value_becomes_the_default(name: str, key: str) -> None:
    value = minimal_definition(name)
    spoilt = {**value, key: wrong(fact(name, key)["type"])}
    encoded = CODEC.encode(CODEC.decode(class_of(name), spoilt))
    without = {one: member for one, member in value.items() if one != key}
    whole = {**without, key: []} if fact(name, key).get("required") else without
    assert {one: member for one, member in encoded.items() if one != "type"} == {
        one: member for one, member in whole.items() if one != "type"
    }


@pytest.mark.parametrize(
    "name,key", [one for one in FIELDS if "on-error" in lenient(*one) and fact(*one).get("required")]
)
def test_a_required_key_is_required_however_lenient_its_value(name: str, key: str) -> None:
    value = minimal_definition(name)
    del value[key]
    with pytest.raises(InvalidValue, match="missing"):
        CODEC.decode(class_of(name), value)


@pytest.mark.parametrize("name,key", [one for one in FIELDS if "on-error" not in lenient(*one)])
def test_a_malformed_value_fails_where_no_leniency_is_declared(name: str, key: str) -> None:
    value = {**minimal_definition(name), key: wrong(fact(name, key)["type"])}
    with pytest.raises(InvalidValue) as raised:
        CODEC.decode(class_of(name), value)
    assert [problem["path"] for problem in raised.value.problems] == [f"$.{key}"]


@pytest.mark.parametrize("name,key", [one for one in FIELDS if "skip-invalid" in lenient(*one)])
def test_malformed_items_are_dropped_and_the_others_kept(name: str, key: str) -> None:
    good = minimal(fact(name, key)["type"]["array"])
    value = {**minimal_definition(name), key: [None, good, 3, good]}
    assert CODEC.encode(CODEC.decode(class_of(name), value))[key] == [good, good]


@pytest.mark.parametrize("name,key", [one for one in FIELDS if "on-null" in lenient(*one)])
def test_null_counts_as_empty_where_declared(name: str, key: str) -> None:
    value = {**minimal_definition(name), key: None}
    made = CODEC.decode(class_of(name), value)
    assert not getattr(made, attribute_of(name, key))
    assert CODEC.encode(made) == (value | {key: []} if fact(name, key).get("required") else value)


@pytest.mark.parametrize(
    "name,key",
    [
        one
        for one in FIELDS
        if isinstance(fact(*one)["type"], dict) and "array" in fact(*one)["type"] and not lenient(*one)
    ],
)
def test_one_malformed_item_fails_an_array_that_is_not_lenient(name: str, key: str) -> None:
    good = minimal(fact(name, key)["type"]["array"])
    with pytest.raises(InvalidValue, match=rf"^\$\.{key}\[1\]: expected"):
        CODEC.decode(class_of(name), {**minimal_definition(name), key: [good, None]})


@pytest.mark.parametrize("name,key", [one for one in FIELDS if not fact(*one).get("required") and not lenient(*one)])
def test_null_counts_as_absent_only_where_it_is_allowed(name: str, key: str) -> None:
    value = {**minimal_definition(name), key: None}
    if fact(name, key).get("nullable"):
        assert CODEC.encode(CODEC.decode(class_of(name), value)) == value
    else:
        with pytest.raises(InvalidValue):
            CODEC.decode(class_of(name), value)


def test_a_closed_enum_with_leniency_forgets_what_it_does_not_know() -> None:
    update = CODEC.decode(v1.ToolCallUpdate, {"toolCallId": "t", "kind": "dance", "status": "completed"})
    assert (update.kind, update.status) == (None, "completed")


def test_a_stop_reason_from_the_future_survives() -> None:
    response = CODEC.decode(v1.PromptResponse, {"stopReason": "bored"})
    assert CODEC.encode(response) == {"stopReason": "bored"}


def test_a_patch_tells_absent_from_null_and_a_malformed_value_from_both() -> None:
    assert CODEC.encode(CODEC.decode(v1.SessionInfoUpdate, {"title": None})) == {"title": None}
    assert CODEC.encode(CODEC.decode(v1.SessionInfoUpdate, {"title": 3})) == {}
    assert repr(CODEC.decode(v1.SessionInfoUpdate, {"title": 3})) == "SessionInfoUpdate()"
