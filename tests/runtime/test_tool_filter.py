"""Which tools are seen: deny wins, an empty allow allows all, a `*` stands for the rest of a name."""

from __future__ import annotations

import pytest

from acp_trio.runtime import ToolFilter

NAMES = ["files__read", "files__delete", "web__fetch", "shell"]


@pytest.mark.parametrize(
    "allow, deny, expected",
    [
        ([], [], NAMES),
        (["*"], [], NAMES),
        (["files__*"], [], ["files__read", "files__delete"]),
        (["shell", "web__fetch"], [], ["web__fetch", "shell"]),
        ([], ["files__*"], ["web__fetch", "shell"]),
        (["files__*"], ["files__delete"], ["files__read"]),
        (["files__read"], ["files__*"], []),
        ([], ["*"], []),
        (["files"], [], []),
    ],
)
def test_what_is_allowed_less_what_is_denied(allow, deny, expected) -> None:
    tools = [{"name": name} for name in NAMES]
    assert [tool["name"] for tool in ToolFilter(allow, deny).apply(tools, lambda tool: tool["name"])] == expected


@pytest.mark.promise("P17")
@pytest.mark.parametrize("pattern", ["*x", "a*b", ""])
def test_a_star_stands_at_the_end_only(pattern) -> None:
    with pytest.raises(ValueError, match="a pattern is a name"):
        ToolFilter(deny=[pattern])


@pytest.mark.promise("P17")
def test_one_string_is_no_list_of_patterns() -> None:
    with pytest.raises(TypeError, match="not one string"):
        ToolFilter("files__*")


def test_equal_filters_are_equal() -> None:
    assert ToolFilter(["a"]) == ToolFilter(("a",))
