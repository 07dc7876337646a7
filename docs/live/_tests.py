"""What the pages take from the tests: their files, and tables that some of them hold."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[2] / "tests"


def table_of_tests(module: str, name: str) -> Any:
    """A table in a module of the tests. They are not on the path: pytest imports them in its own way."""
    sys.path.insert(0, str(TESTS))
    try:
        return getattr(importlib.import_module(module), name)
    finally:
        sys.path.remove(str(TESTS))
