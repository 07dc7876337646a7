"""Turns an official schema into facts: names, types and rules, without a word of its prose.

    python tests/schema/digest.py write SCHEMA.json facts_v1.json
    python tests/schema/digest.py diff OLD.json NEW.json

The first rewrites the facts that the tests compare our classes with; the second prints what moved between two schemas,
one line for each thing to do.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = Any

LENIENCY = {
    "x-deserialize-default-on-error": "on-error",
    "x-deserialize-skip-invalid-items": "skip-invalid",
    "x-deserialize-default-on-null": "on-null",
}
BOUNDS = ("minLength", "maxLength", "minItems", "maxItems", "pattern")


def digest(text: bytes) -> Json:
    """The facts of a schema file."""
    definitions = json.loads(text)["$defs"]
    return {
        "sha256": hashlib.sha256(text).hexdigest(),
        "definitions": {name: definition_facts(schema) for name, schema in definitions.items()},
    }


def definition_facts(schema: Json) -> Json:
    """The facts of one definition; `kind` says which."""
    if schema.get("x-docs-ignore"):
        return {"kind": "envelope", "carries": sorted(set(_references(schema)))}
    alternatives = schema.get("oneOf") or schema.get("anyOf")
    if schema.get("type") == "object":
        return _object_facts(schema, alternatives or [])
    if alternatives and any("const" in one for one in alternatives):
        return _enum_facts(alternatives)
    if alternatives and all("type" in one and "properties" not in one for one in alternatives):
        return {"kind": "scalars", "types": [type_facts(one) for one in alternatives]}
    if alternatives:
        return {"kind": "union", "variants": [_variant_facts(one) for one in alternatives]}
    return {"kind": "scalar", "type": type_facts(schema)}


def _object_facts(schema: Json, alternatives: list[Json]) -> Json:
    facts: Json = {"kind": "object", "fields": _fields_facts(schema)}
    if alternatives:
        facts["variants"] = [_variant_facts(one) for one in alternatives]
    for keyword, name in (("x-method", "method"), ("x-side", "side")):
        if keyword in schema:
            facts[name] = schema[keyword]
    return facts


def _fields_facts(schema: Json) -> Json:
    required = schema.get("required", [])
    return {name: field_facts(one, name in required) for name, one in schema.get("properties", {}).items()}


def field_facts(schema: Json, required: bool) -> Json:
    """The facts of one field."""
    facts: Json = {"type": type_facts(schema)}
    if required:
        facts["required"] = True
    if _nullable(schema):
        facts["nullable"] = True
    if "default" in schema:
        facts["default"] = schema["default"]
    leniency = [name for keyword, name in LENIENCY.items() if schema.get(keyword)]
    if leniency:
        facts["lenient"] = leniency
    return facts


def _nullable(schema: Json) -> bool:
    declared = schema.get("type")
    return (isinstance(declared, list) and "null" in declared) or {"type": "null"} in schema.get("anyOf", [])


def type_facts(schema: Json) -> Json:
    """A type as a word, or `{"ref": name}`, `{"array": type}`, `{"map": type}`; null is not part of it."""
    single = schema.get("allOf") or [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if "$ref" in schema:
        return {"ref": schema["$ref"].rsplit("/", 1)[1]}
    if len(single) == 1:
        return type_facts(single[0])
    declared = schema.get("type", "any")
    words = [word for word in (declared if isinstance(declared, list) else [declared]) if word != "null"]
    word = words[0] if words else "null"
    if word == "array":
        facts: Json = {"array": type_facts(schema["items"])}
    elif word == "object" and isinstance(schema.get("additionalProperties"), dict):
        facts = {"map": type_facts(schema["additionalProperties"])}
    else:
        facts = f"{word}:{schema['format']}" if "format" in schema else word
    bounds = {keyword: schema[keyword] for keyword in BOUNDS if keyword in schema}
    return {"of": facts, **bounds} if bounds else facts


def _enum_facts(alternatives: list[Json]) -> Json:
    values = [one["const"] for one in alternatives if "const" in one]
    return {"kind": "enum", "values": values, "open": len(values) < len(alternatives)}


def _variant_facts(schema: Json) -> Json:
    facts: Json = {}
    fields = _fields_facts(schema)
    for name, one in schema.get("properties", {}).items():
        if "const" in one:
            facts["tag"] = {name: one["const"]}
            del fields[name]
    if "not" in schema:
        (name,) = fields
        facts["other"] = name
        fields = {}
    if fields:
        facts["fields"] = fields
    of = type_facts({key: value for key, value in schema.items() if key in ("allOf", "$ref", "type", "items")})
    if of not in ("object", "any"):
        facts["of"] = of["ref"] if isinstance(of, dict) and "ref" in of else of
    return facts


def _references(schema: Json) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].rsplit("/", 1)[1]
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


# What moved


def moved(old: Json, new: Json) -> Iterator[str]:
    """One line for each difference between two digests, in the words of someone who has to follow it."""
    before, after = old["definitions"], new["definitions"]
    for name in sorted(before.keys() - after.keys()):
        yield f"- {name}: remove the {_label(before[name])}"
    for name in sorted(after.keys() - before.keys()):
        yield f"+ {name}: add the {_label(after[name])}"
        for field, facts in after[name].get("fields", {}).items():
            yield f"      {_declaration(field, facts)}"
    for name in sorted(before.keys() & after.keys()):
        yield from _definition_moved(name, before[name], after[name])


def _label(facts: Json) -> str:
    return f"{facts['kind']} of {facts['method']} ({facts['side']})" if "method" in facts else str(facts["kind"])


def _definition_moved(name: str, old: Json, new: Json) -> Iterator[str]:
    if old["kind"] != new["kind"]:
        yield f"~ {name}: was a {old['kind']}, is a {new['kind']}"
        return
    yield from _fields_moved(name, old.get("fields", {}), new.get("fields", {}))
    yield from _list_moved(name, "variant", old.get("variants", []), new.get("variants", []))
    yield from _list_moved(name, "value", old.get("values", []), new.get("values", []))
    yield from _list_moved(name, "message", old.get("carries", []), new.get("carries", []))
    for key in ("method", "side", "open", "type", "types"):
        if old.get(key) != new.get(key):
            yield f"~ {name}: {key} was {_words(old.get(key))}, is {_words(new.get(key))}"


def _fields_moved(name: str, old: Json, new: Json) -> Iterator[str]:
    for field in old.keys() - new.keys():
        yield f"- {name}.{field}: remove the field"
    for field in new.keys() - old.keys():
        yield f"+ {name}.{field}: add {_declaration(field, new[field])}"
    for field in old.keys() & new.keys():
        if old[field] != new[field]:
            yield f"~ {name}.{field}: was {_words(old[field])}, is {_words(new[field])}"


def _list_moved(name: str, what: str, old: list[Json], new: list[Json]) -> Iterator[str]:
    for one in old:
        if one not in new:
            yield f"- {name}: remove the {what} {_words(one)}"
    for one in new:
        if one not in old:
            yield f"+ {name}: add the {what} {_words(one)}"


def _words(facts: Json) -> str:
    return json.dumps(facts, sort_keys=True)


def _declaration(name: str, facts: Json) -> str:
    """The field as it would be declared."""
    attribute = re.sub(r"(?<=.)([A-Z])", r"_\1", name).lower()
    lenient, arguments = facts.get("lenient", []), []
    if not facts.get("required"):
        arguments.append(f"default={_default(facts)}")
    if "skip-invalid" in lenient:
        arguments.append("skip_invalid=True")
    if "on-null" in lenient:
        arguments.append("on_null=True")
    nullable = " | None" if facts.get("nullable") else ""
    specifier = "lenient" if "on-error" in lenient else "field"
    value = f" = {specifier}({', '.join(arguments)})" if arguments or lenient else ""
    return f"{attribute}: {_annotation(facts['type'])}{nullable}{value}"


def _default(facts: Json) -> str:
    if facts.get("nullable") or facts["type"] == "any":
        return "None"
    if facts["type"] == "boolean":
        return str(facts.get("default", False))
    if isinstance(facts["type"], dict) and "array" in facts["type"]:
        return "()"
    return _words(facts.get("default"))


def _annotation(facts: Json) -> str:
    match facts:
        case {"ref": name}:
            return str(name)
        case {"array": item}:
            return f"Sequence[{_annotation(item)}]"
        case {"map": value}:
            return f"Mapping[str, {_annotation(value)}]"
        case {"of": inner}:
            return _annotation(inner)
        case "object":
            return "Mapping[str, Any]"
        case "any":
            return "Any"
        case _:
            word, _, form = str(facts).partition(":")
            plain = {"string": "str", "boolean": "bool", "number": "float", "integer": "int"}.get(word, word)
            return {"uint16": "U16", "uint32": "U32", "uint64": "U64", "int64": "I64"}.get(form, plain)


def main(arguments: list[str]) -> int:
    match arguments:
        case ["write", schema, facts]:
            Path(facts).write_text(json.dumps(digest(Path(schema).read_bytes()), indent=1) + "\n")
        case ["diff", old, new]:
            lines = list(moved(digest(Path(old).read_bytes()), digest(Path(new).read_bytes())))
            print("\n".join(lines) if lines else "nothing moved")
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
