"""What holds for every test: how hypothesis runs, what a test may claim to prove, and where its garbage is found.

It refuses fixtures: those belong to the tests that use them, or to acp_trio.testing.
"""

from __future__ import annotations

import gc
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

PROMISES = frozenset(f"P{number}" for number in range(1, 25))
RULES = range(1, 33)

# The same examples in every run, and no limit of time that a busy machine could break. For a search that goes further:
# `pytest --hypothesis-profile=search`.
settings.register_profile("same", derandomize=True, database=None, deadline=None, print_blob=True)
settings.register_profile("search", max_examples=10_000, deadline=None, print_blob=True)
settings.load_profile("same")


def pytest_configure() -> None:
    # Started in the background by a shell, a test run would ignore Ctrl-C, and so would every child it sends one to.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--promise", metavar="ID", help="run only the tests that prove this promise, such as P6")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        for complaint in complaints(item):
            message = f"{item.nodeid}: {complaint}"
            raise pytest.UsageError(message)
    wanted = config.getoption("--promise")
    if wanted is not None:
        others = [item for item in items if wanted not in promises(item)]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if wanted in promises(item)]


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    # What a module may leave unclosed is to be found in that module: in the next one nothing lets it pass.
    is_last = nextitem is None or nextitem.path != item.path
    if is_last and any("ResourceWarning" in mark.args[0] for mark in item.iter_markers("filterwarnings")):
        gc.collect()


def promises(item: pytest.Item) -> set[str]:
    return {promise for mark in item.iter_markers("promise") for promise in mark.args}


def complaints(item: pytest.Item) -> Iterator[str]:
    """Say which of a test's marks name nothing that exists."""
    for promise in promises(item) - PROMISES:
        yield f"there is no promise {promise!r}"
    for mark in item.iter_markers("rule"):
        for rule in mark.args:
            if rule not in RULES:
                yield f"there is no rule {rule!r}"
