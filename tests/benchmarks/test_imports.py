"""What `import acp_trio` loads: its own modules and its four dependencies, each as late as it can be."""

from __future__ import annotations

import subprocess
import sys

import pytest

NEEDED = "trio, attrs, msgspec"
LIMIT = 120
"""How many of our modules the import may load: the core, without a topic of the schema."""

SPEND = """
import sys
for line in sys.stdin:
    exec(line)
    print(*sorted(sys.modules))
"""


def loaded_by(*statements: str) -> list[set[str]]:
    """The modules that are there after each of these statements, in a fresh interpreter."""
    source = "".join(f"{statement}\n" for statement in statements)
    done = subprocess.run([sys.executable, "-c", SPEND], input=source, capture_output=True, text=True, check=True)
    return [set(line.split()) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def added() -> set[str]:
    before, after = loaded_by(f"import {NEEDED}", "import acp_trio")
    return after - before


def test_importing_us_loads_nothing_else_than_importing_what_we_need(added: set[str]) -> None:
    others = {name for name in added if name.partition(".")[0] != "acp_trio"}
    assert others <= {"_json", "json", "json.decoder", "json.encoder", "json.scanner"}


@pytest.mark.parametrize("late", ["cattrs", "mcp", "hypercorn", "anyio", "asyncio", "pydantic", "rich"])
def test_what_only_some_programs_need_is_not_loaded(late: str) -> None:
    (loaded,) = loaded_by("import acp_trio")
    assert late not in loaded


def test_no_topic_of_the_schema_is_loaded_before_it_is_used(added: set[str]) -> None:
    assert {name for name in added if name.startswith("acp_trio.schema.v")} == {"acp_trio.schema.v1"}
    assert not {name for name in added if "_generated" in name}


@pytest.mark.parametrize(
    "package", ["cli", "conductor", "conformance", "mcp", "runtime", "testing", "roles._files", "roles._terminals"]
)
def test_what_is_imported_by_its_own_name_is_not_loaded_before(added: set[str], package: str) -> None:
    assert f"acp_trio.{package}" not in added


def test_the_core_does_not_grow_unnoticed(added: set[str]) -> None:
    assert len(added) <= LIMIT, sorted(added)
