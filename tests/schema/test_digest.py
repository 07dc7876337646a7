"""The digest of a schema, and what it says of two."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

DIGEST = runpy.run_path(str(Path(__file__).with_name("digest.py")))

OLD = {
    "Kind": {"description": "prose", "oneOf": [{"type": "string", "const": "a"}]},
    "Gone": {"type": "string"},
    "Thing": {
        "type": "object",
        "description": "prose",
        "properties": {
            "description": {"description": "prose", "type": ["string", "null"], "x-deserialize-default-on-error": True},
            "count": {"type": "integer", "format": "uint32", "minimum": 0},
        },
        "required": ["count"],
        "x-method": "thing/do",
        "x-side": "agent",
    },
}
NEW: Any = json.loads(json.dumps(OLD))
del NEW["Gone"]
NEW["Kind"]["oneOf"].append({"title": "other", "type": "string"})
NEW["Thing"]["properties"]["bigParts"] = {
    "type": "array",
    "items": {"$ref": "#/$defs/Kind"},
    "x-deserialize-default-on-error": True,
    "x-deserialize-skip-invalid-items": True,
}
NEW["Thing"]["required"] = []


def digest(definitions: Any) -> Any:
    return DIGEST["digest"](json.dumps({"$defs": definitions}).encode())


def test_a_digest_holds_the_facts_and_no_prose() -> None:
    facts = digest(OLD)["definitions"]
    assert facts["Thing"] == {
        "kind": "object",
        "fields": {
            "description": {"type": "string", "nullable": True, "lenient": ["on-error"]},
            "count": {"type": "integer:uint32", "required": True},
        },
        "method": "thing/do",
        "side": "agent",
    }
    assert "prose" not in json.dumps(facts)


def test_a_difference_is_a_list_of_things_to_do() -> None:
    assert list(DIGEST["moved"](digest(OLD), digest(NEW))) == [
        "- Gone: remove the scalar",
        "~ Kind: open was false, is true",
        "+ Thing.bigParts: add big_parts: Sequence[Kind] = lenient(default=(), skip_invalid=True)",
        '~ Thing.count: was {"required": true, "type": "integer:uint32"}, is {"type": "integer:uint32"}',
    ]


def test_equal_schemas_have_nothing_to_do() -> None:
    assert list(DIGEST["moved"](digest(OLD), digest(OLD))) == []
