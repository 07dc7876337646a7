"""The table for readers of the Rust SDK is whole: every name has its row, and every row a test that exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "from-rust.md").read_text()
# The crate's names, then those of the runtime of an agent that is built on it.
LISTS = [
    (Path(__file__).parent / name).read_text().splitlines()[1:] for name in ("rust_names.txt", "runtime_names.txt")
]
NAMES = [name for names in LISTS for name in names]

# Names that the list does not have, and why the page has them all the same.
LATER = {
    "of a later version of the crate": (
        "AcpAgent AcpAgentConfig DynamicHandlerGuard RequestCancellation TransportBatch TransportFrame "
        "bridge_with_inspection config_options detach incoming_closed is_incoming_closed on_close run_until_cancelled "
        "send_cancel_request with_runner with_v2_protocol_guard without_acp_version_guard"
    ),
    "of a part or a sister of the crate that the list was not made from": (
        "McpServerExt McpTool RemoteStyle testy tool_fn yopo"
    ),
}

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("|") and not line.startswith(("|---", "| there |"))
]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@cache
def functions_in(path: str) -> frozenset[str]:
    body = ast.parse((ROOT / path).read_text()).body
    return frozenset(node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_the_list_of_names_is_sorted_and_has_each_once() -> None:
    for names in LISTS:
        assert sorted(set(names)) == names


def test_every_name_has_one_row_and_no_other_name_has_any() -> None:
    shown = [name for row in ROWS for name in quoted(row[0])]
    later = [name for names in LATER.values() for name in names.split()]
    assert sorted(shown) == sorted([*NAMES, *later])


def test_names_that_are_not_in_the_list_say_so() -> None:
    marked = {name for row in ROWS for name in re.findall(r"`([^`]+)` \(later\)", row[0])}
    assert marked == {name for names in LATER.values() for name in names.split()}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: quoted(row[0])[0])
def test_a_row_says_what_there_is_in_its_place_and_which_tests_prove_it(row: list[str]) -> None:
    _there, here, differs, proof = row
    assert re.search(r"`[^`]+`|\]\(", here) or re.match(r"(no|not yet)\b", here)
    assert differs or not re.match(r"(no|not yet)\b", here), "say why there is none"
    assert TEST.search(proof) or re.match(r"nothing to test: \w", proof)
    assert [name for path, name in TEST.findall(proof) if name not in functions_in(path)] == []
    assert TEST.sub("", proof).strip(", ") in {"", proof}, "all of it is tests, or none"
