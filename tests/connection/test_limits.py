"""The bounds of a connection: defaults, what follows from what, and what is refused."""

from __future__ import annotations

import attrs
import pytest

from acp_trio.connection import Limits

pytestmark = [pytest.mark.rule(13)]

MIB = 1024 * 1024


def test_the_defaults_are_those_that_the_documentation_promises() -> None:
    limits = Limits()
    assert limits.maximum_frame == 64 * MIB
    assert limits.outgoing_soft == 256 * 1024
    assert limits.requests_in_flight == 10_000
    assert limits.shelf == MIB
    assert limits.session_inbox == 32 * MIB


@pytest.mark.rule(1)
def test_two_bounds_follow_from_the_longest_frame() -> None:
    limits = Limits(maximum_frame=1000)
    assert limits.outgoing_hard == 2000
    assert limits.received == 1000 + MIB


@pytest.mark.promise("P17")
@pytest.mark.parametrize("name", [field.name for field in attrs.fields(Limits)])
@pytest.mark.parametrize("value", [0, -1])
def test_a_bound_that_lets_nothing_through_is_refused_by_name(name, value) -> None:
    with pytest.raises(ValueError, match=name):
        Limits(**{name: value})


@pytest.mark.parametrize("name", [field.name for field in attrs.fields(Limits)])
def test_a_bound_may_be_as_small_as_one(name) -> None:
    assert getattr(Limits(**{name: 1}), name) == 1


def test_limits_cannot_change_under_a_connection() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Limits().shelf = 1
