"""The fixture of the command line's tests: a directory to try agents in."""

from __future__ import annotations

from pathlib import Path

import pytest

from .trial import Trial


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    return Trial(tmp_path)
