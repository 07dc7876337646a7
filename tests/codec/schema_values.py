"""Values as the schema allows them, and spoilt ones, made from the facts of the schema and not from our classes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

DEFINITIONS = json.loads((Path(__file__).parents[1] / "schema" / "facts_v1.json").read_text())["definitions"]
BOUNDS = {
    "integer:uint16": (0, 2**16 - 1),
    "integer:uint32": (0, 2**32 - 1),
    "integer:uint64": (0, 2**64 - 1),
    "integer:int64": (-(2**63), 2**63 - 1),
}
UNTAGGED_OPTION = "SetSessionConfigOptionRequest"  # its tag tells the type of one field; an unknown one means a string

texts = st.text(max_size=8)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
unknown_keys = st.dictionaries(texts.map("x-".__add__), anything, max_size=2)


def values(facts: Any) -> st.SearchStrategy[Any]:
    """Every JSON value of a type."""
    match facts:
        case "any":
            return anything
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "object":
            return st.dictionaries(texts, anything, max_size=2)
        case "number:double":
            return st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)
        case {"of": "string", "minLength": least}:
            return st.text(min_size=least, max_size=8)
        case {"array": item}:
            return st.lists(values(item), max_size=2)
        case {"map": value}:
            return st.dictionaries(texts, values(value), max_size=2)
        case {"ref": name}:
            return st.deferred(lambda: definition(name))
        case str() if facts in BOUNDS:
            return st.integers(*BOUNDS[facts])
        case _:
            return texts


@cache
def definition(name: str) -> st.SearchStrategy[Any]:
    """Every JSON value of a definition, unknown keys and variants among them."""
    facts = DEFINITIONS[name]
    match facts["kind"]:
        case "enum":
            known = st.sampled_from(facts["values"])
            return known | texts if facts["open"] else known
        case "scalar":
            return values(facts["type"])
        case "scalars":
            return st.one_of(*map(values, facts["types"]))
        case "union":
            return variants(facts["variants"])
    own = st.builds(dict.__or__, unknown_keys, fields(facts["fields"]))
    if "variants" not in facts:
        return own
    return st.builds(dict.__or__, own, variants(facts["variants"], open_ended=name != UNTAGGED_OPTION))


def fields(facts: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {key: field(one) for key, one in facts.items() if one.get("required")},
        optional={key: field(one) for key, one in facts.items() if not one.get("required")},
    )


def field(facts: Any) -> st.SearchStrategy[Any]:
    null_too = facts.get("nullable") or ("on-null" in facts.get("lenient", []) and not facts.get("required"))
    return st.none() | values(facts["type"]) if null_too else values(facts["type"])


def variants(facts: Any, *, open_ended: bool = True) -> st.SearchStrategy[Any]:
    tags = {key: value for each in facts for key, value in each.get("tag", {}).items()}
    known = {value for each in facts for value in each.get("tag", {}).values()}
    made = [variant(one) for one in facts if "other" not in one]
    if tags and open_ended:
        (key,) = tags
        named = {"agent", "stdio"}  # which some peers write although the schema has no such tag
        unknown = st.fixed_dictionaries({key: texts.filter(lambda tag: tag not in known | named)})
        others = st.builds(dict.__or__, unknown_keys, unknown)
        scopes = definition("ElicitationSessionScope") | definition("ElicitationRequestScope")
        made.append(st.builds(dict.__or__, scopes, others) if key == "mode" else others)
    return st.one_of(*made)


def variant(facts: Any) -> st.SearchStrategy[Any]:
    parts = [st.just(facts.get("tag", {})), fields(facts.get("fields", {}))]
    if "of" in facts:
        parts.append(definition(facts["of"]))
    return st.tuples(*parts).map(lambda dicts: {key: value for one in dicts for key, value in one.items()})


def spoilt(draw: Any, value: Any) -> Any:
    """The value with something in it replaced."""
    if isinstance(value, dict) and value and draw(st.booleans()):
        key = draw(st.sampled_from(sorted(value)))
        if draw(st.booleans()):
            return {other: one for other, one in value.items() if other != key}
        return {**value, key: spoilt(draw, value[key])}
    if isinstance(value, list) and value and draw(st.booleans()):
        return [spoilt(draw, value[0]), *value[1:]]
    return draw(anything)
