"""The table of deliberate defects fits the code; whether tests notice them, `nox -s mutants` sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from .mutants import MUTANTS, Mutant

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.what)
def test_the_mechanism_that_a_defect_takes_away_is_there(mutant: Mutant) -> None:
    assert mutant.path.read_text().count(mutant.code) == 1
    assert mutant.code != mutant.defect
    assert all((TESTS / path).exists() for path in mutant.tests.split())
