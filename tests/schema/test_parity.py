"""Our classes against the official schema of version 1: every definition has its place, and every fact about it holds.

The schema is here as facts (`facts_v1.json`, written by `digest.py`), pinned by the schema file's hash.
"""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import attrs
import pytest

from acp_trio.codec import CODEC
from acp_trio.codec._shapes import (
    Anything,
    Boolean,
    Choice,
    Either,
    FieldShape,
    FirstShape,
    Integer,
    Items,
    Nullable,
    Number,
    RecordShape,
    SiblingShape,
    Table,
    TaggedShape,
    Text,
    fields_of,
    shape_of,
)
from acp_trio.jsonrpc import ErrorCode
from acp_trio.schema import UNSET, Notification, Request, Unknown, v1
from acp_trio.schema._message import NOTHING_MORE
from acp_trio.schema._methods import V1_METHODS, message_class

HERE = Path(__file__).parent
FACTS = json.loads((HERE / "facts_v1.json").read_text())
DEFINITIONS = FACTS["definitions"]
OFFICIAL = HERE.parents[2] / "shared" / "schema" / "v1" / "schema.json"
SHA256 = "0d0b1ca83c4872e5473f68926a894c7a8203b59b118e2a79bfe43dd76fbcbc1a"

# Definitions that have no class of their own, and what stands for them.
COVERED_ELSEWHERE = {
    "Error": "the error object of JSON-RPC: jsonrpc.RequestError and jsonrpc.PeerError",
    "ErrorCode": "jsonrpc.ErrorCode",
    "ExtRequest": "any params of a method with a leading underscore: users' own Request classes",
    "ExtResponse": "any result of such a method",
    "ExtNotification": "any params of such a notification: users' own Notification classes",
    "SelectedPermissionOutcome": "SelectedOutcome",
}

# Definitions whose class has another name in a union, and the classes.
VARIANTS = {
    ("SessionUpdate", "user_message_chunk"): "UserMessageChunk",
    ("SessionUpdate", "agent_message_chunk"): "AgentMessageChunk",
    ("SessionUpdate", "agent_thought_chunk"): "AgentThoughtChunk",
    ("RequestPermissionOutcome", "selected"): "SelectedOutcome",
    ("RequestPermissionOutcome", "cancelled"): "CancelledOutcome",
    ("CreateElicitationResponse", "decline"): "ElicitationDeclineAction",
    ("CreateElicitationResponse", "cancel"): "ElicitationCancelAction",
}

# Enums that the schema closes and we leave open: their fields are not lenient, so a value from a newer peer would fail
# the whole message. A turn must end, and a permission must be asked, whatever the reason or the icon is called.
OPENED = {"StopReason", "PermissionOptionKind"}

# Fields where the schema's prose, not its grammar, tells an absent key from null: absent leaves the old value alone.
THREE_STATE = {
    ("SessionInfoUpdate", "title"),
    ("SessionInfoUpdate", "updatedAt"),
    ("CompactionUpdate", "summary"),
    ("CompactionUpdate", "error"),
}

# The keys that a record shares with its variants or takes from one of them, by the attribute that holds them.
FLAT = {"CreateElicitationRequest": ("mode", "scope"), "CreateElicitationResponse": ("action",)}

BOUNDS = {
    "integer:uint16": (0, 2**16 - 1),
    "integer:uint32": (0, 2**32 - 1),
    "integer:uint64": (0, 2**64 - 1),
    "integer:int64": (-(2**63), 2**63 - 1),
}


def of_kind(kind: str) -> list[str]:
    return [name for name, facts in DEFINITIONS.items() if facts["kind"] == kind and name not in COVERED_ELSEWHERE]


def expected_shape(facts: Any) -> Any:
    match facts:
        case "any":
            return Anything()
        case "object":
            return Table(Anything())
        case "string" | "string:uri":
            return Text()
        case "boolean":
            return Boolean()
        case "number:double":
            return Number()
        case {"of": "string", "minLength": least}:
            return Text(least)
        case {"array": item}:
            return Items(expected_shape(item))
        case {"map": value}:
            return Table(expected_shape(value))
        case {"ref": name}:
            return referred_shape(name)
        case str():
            return Integer(*BOUNDS[facts])
        case _:
            raise AssertionError(facts)


def referred_shape(name: str) -> Any:
    facts = DEFINITIONS[name]
    if facts["kind"] == "enum":
        return Text() if facts["open"] or name in OPENED else Choice(tuple(sorted(facts["values"])))
    if facts["kind"] == "scalar":
        return expected_shape(facts["type"])
    return shape_of(getattr(v1, name))


def own_fields(cls: Any) -> dict[str, FieldShape]:
    return {field.key: field for field in fields_of(cls) if not field.facts.flat}


def assert_field(name: str, key: str, facts: Any, field: FieldShape) -> None:
    expected = expected_shape(facts["type"])
    nullable = facts.get("nullable", False) or isinstance(expected, Nullable)
    assert field.shape == (expected.shape if isinstance(expected, Nullable) else expected)
    assert field.required == facts.get("required", False)
    assert set(leniency(field)) == set(facts.get("lenient", []))
    if facts.get("required"):
        assert field.nullable == nullable
    else:
        assert_default(name, key, facts, field)


def leniency(field: FieldShape) -> list[str]:
    flags = {
        "on-error": field.facts.on_error,
        "skip-invalid": field.facts.skip_invalid,
        "on-null": field.facts.on_null,
    }
    return [name for name, on in flags.items() if on]


def assert_default(name: str, key: str, facts: Any, field: FieldShape) -> None:
    default = facts.get("default")
    if (name, key) in THREE_STATE:
        assert facts["nullable"]
        assert field.nullable
        assert field.default is UNSET
    elif facts.get("nullable"):
        assert field.nullable
        assert field.default is None
    elif isinstance(field.shape, Items):
        assert default in (None, [])
        assert field.default == ()
    elif isinstance(field.shape, Table):
        assert default in (None, {})
        assert field.default is NOTHING_MORE
    elif isinstance(field.shape, RecordShape):
        assert field.default == CODEC.decode(field.shape.cls, default)
    elif default is None:  # an optional value that the schema gives no default: None stands for its absence
        assert field.nullable or isinstance(field.shape, Anything)
        assert field.default is None
    else:
        assert not field.nullable
        assert field.default == default


def test_the_facts_are_those_of_the_pinned_schema() -> None:
    assert FACTS["sha256"] == SHA256


def test_the_facts_are_current() -> None:
    if OFFICIAL.exists():  # the schema itself is not part of the project
        assert runpy.run_path(str(HERE / "digest.py"))["digest"](OFFICIAL.read_bytes()) == FACTS


def test_every_definition_is_accounted_for() -> None:
    assert len(DEFINITIONS) == 178
    envelopes = set(of_kind("envelope"))
    assert set(DEFINITIONS) - set(dir(v1)) == COVERED_ELSEWHERE.keys() | envelopes


def test_the_envelopes_carry_nothing_but_known_messages() -> None:
    carried = {name for envelope in of_kind("envelope") for name in DEFINITIONS[envelope]["carries"]}
    messages = {method.name for method in V1_METHODS.values()}
    responses = {message_class(1, m).response.__name__ for m, method in V1_METHODS.items() if method.kind == "request"}
    assert carried - messages - responses == {"RequestId", "Error", "ExtRequest", "ExtResponse", "ExtNotification"}
    assert messages | responses <= carried | {"CancelRequestNotification"}


def test_every_public_name_stands_for_a_definition() -> None:
    added = {
        "ElicitationAction",  # the variants of CreateElicitationResponse
        "ElicitationMode",  # the variants of CreateElicitationRequest
        "ElicitationScope",  # the variants of its variants
        *VARIANTS.values(),
        *(name for name in dir(v1) if name.startswith("Unknown")),
    }
    assert set(dir(v1)) - set(DEFINITIONS) == added


# SessionConfigOption is fields and variants at once: each variant has a class with all of its fields.
@pytest.mark.parametrize("name", [name for name in of_kind("object") if name != "SessionConfigOption"])
def test_a_record_has_the_fields_of_its_definition(name: str) -> None:
    fields = own_fields(getattr(v1, name))
    facts = dict(DEFINITIONS[name]["fields"])
    if name == "SetSessionConfigOptionRequest":
        del fields["value"]  # see below
    if name in ("SessionConfigSelect", "SessionConfigBoolean"):
        facts |= DEFINITIONS["SessionConfigOption"]["fields"]
    assert fields.keys() == facts.keys()
    for key, field in fields.items():
        assert_field(name, key, facts[key], field)


def test_the_chosen_outcome_has_the_fields_of_its_definition() -> None:
    facts = DEFINITIONS["SelectedPermissionOutcome"]["fields"]
    fields = own_fields(v1.SelectedOutcome)
    assert fields.keys() == facts.keys()
    for key, field in fields.items():
        assert_field("SelectedOutcome", key, facts[key], field)


@pytest.mark.parametrize("name", of_kind("enum"))
def test_an_enum_has_the_values_of_its_definition(name: str) -> None:
    facts = DEFINITIONS[name]
    literal, *others = getattr(getattr(v1, name), "__args__", ())
    values = getattr(literal, "__args__", None) or (literal, *others)
    assert tuple(facts["values"]) == values
    assert shape_of(getattr(v1, name)) == referred_shape(name)


def test_the_error_codes_are_those_of_json_rpc() -> None:
    assert sorted(DEFINITIONS["ErrorCode"]["values"]) == sorted(ErrorCode)


@pytest.mark.parametrize("name", of_kind("scalar"))
def test_a_name_for_a_scalar_is_one(name: str) -> None:
    assert shape_of(getattr(v1, name)) == expected_shape(DEFINITIONS[name]["type"])


def test_a_request_id_is_a_number_a_string_or_null() -> None:
    assert DEFINITIONS["RequestId"]["types"] == ["null", "integer:int64", "string"]
    assert shape_of(v1.RequestId) == Nullable(Either((Integer(*BOUNDS["integer:int64"]), Text())))


def test_a_form_value_is_one_of_the_scalars_or_strings() -> None:
    types = tuple(map(expected_shape, DEFINITIONS["ElicitationContentValue"]["types"]))
    assert shape_of(v1.ElicitationContentValue) == Either(types)


def test_select_options_are_all_grouped_or_none() -> None:
    types = tuple(map(expected_shape, DEFINITIONS["SessionConfigSelectOptions"]["types"]))
    shape = shape_of(v1.SessionConfigSelectOptions)
    assert isinstance(shape, FirstShape)
    assert shape.shapes == types


TAGGED = [name for name, facts in DEFINITIONS.items() if any("tag" in variant for variant in facts.get("variants", []))]


@pytest.mark.parametrize("name", [name for name in TAGGED if name != "SetSessionConfigOptionRequest"])
def test_a_tagged_union_has_the_variants_of_its_definition(name: str) -> None:
    if name in FLAT:
        (shape,) = (field.shape for field in fields_of(getattr(v1, name)) if field.name == FLAT[name][0])
        assert isinstance(shape, TaggedShape)
    else:
        shape = shape_of(getattr(v1, name))
    variants = DEFINITIONS[name]["variants"]
    tags = {key: value for variant in variants for key, value in variant.get("tag", {}).items()}
    assert {shape.union.key} == set(tags)
    expected = {
        value: getattr(v1, VARIANTS.get((name, value), variant.get("of")))
        for variant in variants
        for value in variant.get("tag", {}).values()
    }
    assert shape.union.variants == expected
    (*untagged,) = (variant["of"] for variant in variants if "tag" not in variant and "other" not in variant)
    assert [shape.union.untagged] == ([getattr(v1, one) for one in untagged] or [None])
    assert {variant.get("other", shape.union.key) for variant in variants} == {shape.union.key}
    assert_keeps_unknown(shape)


def assert_keeps_unknown(shape: TaggedShape) -> None:
    """Where the schema closes a union, we keep what it does not know all the same: a new variant breaks nothing."""
    other = shape.union.other
    assert issubclass(other, Unknown)
    assert [field.key for field in fields_of(other) if field.name == "tag"] == [shape.union.key]


def test_an_embedded_resource_is_text_or_a_blob() -> None:
    shape = shape_of(v1.EmbeddedResourceResource)
    assert isinstance(shape, FirstShape)
    assert [one.cls.__name__ for one in shape.shapes if isinstance(one, RecordShape)] == [
        variant["of"] for variant in DEFINITIONS["EmbeddedResourceResource"]["variants"]
    ]


@pytest.mark.parametrize("name", ["ElicitationFormMode", "ElicitationUrlMode"])
def test_each_way_to_ask_has_the_same_scopes(name: str) -> None:
    (shape,) = (field.shape for field in fields_of(v1.CreateElicitationRequest) if field.name == "scope")
    assert isinstance(shape, FirstShape)
    assert [one.cls.__name__ for one in shape.shapes if isinstance(one, RecordShape)] == [
        variant["of"] for variant in DEFINITIONS[name]["variants"]
    ]


def test_a_command_takes_unstructured_input_only() -> None:
    assert DEFINITIONS["AvailableCommandInput"]["variants"] == [{"of": "UnstructuredCommandInput"}]
    assert v1.AvailableCommandInput is v1.UnstructuredCommandInput


def test_the_value_of_an_option_has_a_type_beside_it() -> None:
    boolean, value_id = DEFINITIONS["SetSessionConfigOptionRequest"]["variants"]
    shape = own_fields(v1.SetSessionConfigOptionRequest)["value"].shape
    assert shape == SiblingShape("type", {boolean["tag"]["type"]: expected_shape("boolean")}, Text())
    assert expected_shape(value_id["fields"]["value"]["type"]) == Text()


METHODS = {
    (facts["method"], name): facts
    for name, facts in DEFINITIONS.items()
    if "method" in facts and not name.endswith("Response")
}


def test_there_are_25_methods() -> None:
    assert len(METHODS) == 25
    assert {method for method, _ in METHODS} == set(V1_METHODS)


@pytest.mark.parametrize("method,name", METHODS)
def test_a_method_has_the_class_and_the_side_of_its_definition(method: str, name: str) -> None:
    fact = V1_METHODS[method]
    cls = message_class(1, method)
    assert (fact.name, fact.side) == (name, METHODS[method, name]["side"])
    assert cls is getattr(v1, name)
    assert (cls.method, cls.side) == (method, fact.side)
    assert issubclass(cls, Request if fact.kind == "request" else Notification)


@pytest.mark.parametrize("method", [method for method, fact in V1_METHODS.items() if fact.kind == "request"])
def test_a_request_names_the_response_of_its_method(method: str) -> None:
    response = message_class(1, method).response
    facts = DEFINITIONS[response.__name__]
    assert (facts["method"], facts["side"]) == (method, V1_METHODS[method].side)
    assert attrs.has(response)


def test_a_method_without_a_response_is_a_notification() -> None:
    answered = {
        facts["method"] for name, facts in DEFINITIONS.items() if name.endswith("Response") and "method" in facts
    }
    assert answered == {method for method, fact in V1_METHODS.items() if fact.kind == "request"}
