"""The pages say what the code does: tables are whole, promises are those that tests claim, links lead somewhere."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from acp_trio import connection, errors, roles, session
from acp_trio.jsonrpc import CONNECTION, INCOMING, OUTGOING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)


@pytest.fixture(scope="module")
def live() -> Iterator[ModuleType]:
    """Import what prints the tables: it lies beside the pages, not on the path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(DOCS)
        yield importlib.import_module("live")


def test_every_promise_has_its_place_and_its_list_of_tests(live: ModuleType) -> None:
    everything = [f"P{number}" for number in range(1, 25)]
    page = (DOCS / "reference" / "promises.md").read_text()
    assert list(live.promise_titles()) == everything
    assert re.findall(r"^```\{promise-tests\} (P\d+)$", page, re.MULTILINE) == everything
    assert live.promise_tests().keys() <= set(everything)


def test_the_lists_hold_every_mark_that_pytest_sees(live: ModuleType, request: pytest.FixtureRequest) -> None:
    listed = {promise: set(tests) for promise, tests in live.promise_tests().items()}
    for item in request.session.items:
        name = item.nodeid.removeprefix("tests/").partition("[")[0]
        for mark in item.iter_markers("promise"):
            assert all(name in listed[promise] for promise in mark.args), item.nodeid


def test_a_promise_without_a_test_is_not_claimed(live: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live._promises, "promise_tests", dict)
    assert live.promise_text("P1").startswith("**Not claimed yet**")
    assert {row[-1] for row in live.promise_rows()[1:]} == {"not claimed yet"}


def test_a_mark_counts_wherever_it_stands(live: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test_x.py").write_text(
        "pytestmark = [other, pytest.mark.promise('P1')]\n"
        "@pytest.mark.promise('P2', 'P3')\n"
        "async def test_a(): ...\n"
        "class TestB:\n"
        "    def test_c(self): ...\n"
    )
    monkeypatch.setattr(live._promises, "TESTS", tmp_path)
    a, c = "test_x.py::test_a", "test_x.py::TestB::test_c"
    assert live.promise_tests() == {"P1": [a, c], "P2": [a], "P3": [a]}


@pytest.mark.parametrize("table", [INCOMING, OUTGOING, CONNECTION])
def test_a_state_table_shows_every_transition_once(live: ModuleType, table: Mapping[object, object]) -> None:
    _header, *rows = live.state_rows(table)
    assert sum(bool(cell) for row in rows for cell in row[1:]) == len(table)


def test_every_limit_is_listed_with_what_it_bounds(live: ModuleType) -> None:
    _header, *rows = live.limit_rows()
    assert ["`maximum_frame`", "64 MiB"] in [row[:2] for row in rows]
    assert all(cell for row in rows for cell in row)


def test_every_logger_has_its_row(live: ModuleType) -> None:
    page = (DOCS / "reference" / "logging.md").read_text()
    assert set(re.findall(r"^\| `(acp_trio\.[\w.]+)` ", page, re.MULTILINE)) == live.logger_names().keys()


def test_every_exception_is_in_the_tree() -> None:
    tree = (DOCS / "concepts" / "errors.md").read_text()
    assert [name for name in errors.__all__ if not re.search(rf"[─ ]?{name}\b", tree)] == []


def test_what_the_reference_leaves_out_exists(live: ModuleType) -> None:
    public = [value for package in (connection, session, roles) for value in vars(package).values()]
    classes = {base.__name__: base for value in public if isinstance(value, type) for base in value.__mro__}
    for owner, names in live.INTERNAL.items():
        assert [name for name in names.split() if name not in vars(classes[owner])] == []


def test_the_reference_shows_what_a_class_inherits_and_leaves_out_internals(live: ModuleType) -> None:
    assert not live.is_internal(session.Turn.say)
    assert not live.is_internal(roles.ClientConnection.request)
    assert not live.is_internal(roles.ClientConnection.peer)
    assert live.is_internal(roles.ClientConnection.give_up)
    assert live.is_internal(session.ClientSession.receive)


def test_every_example_is_shown_on_a_page() -> None:
    shown = {name for page in PAGES for name in re.findall(r"examples/(\w+\.py)", page.read_text())}
    assert shown == {path.name for path in (DOCS / "examples").glob("*.py")}


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda page: page.name)
def test_a_link_to_a_file_leads_to_one(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_code_block_of_python_is_a_file_that_runs() -> None:
    assert [page.name for page in PAGES if re.search(r"^```(python|py)\b", page.read_text(), re.MULTILINE)] == []


@pytest.mark.promise("P13")
def test_the_readme_says_that_windows_is_not_tested() -> None:
    assert "Windows is not tested" in (ROOT / "README.md").read_text()


@pytest.mark.promise("P24")
def test_every_operation_that_is_cancelled_everywhere_is_listed_with_its_points(live: ModuleType) -> None:
    header, *rows = live.cancel_point_rows()
    assert header == ["operation", "its own task", "all tasks"]
    assert len(rows) > 30
    assert all(int(own) >= 1 and (not every or int(every) >= int(own)) for _name, own, every in rows)
