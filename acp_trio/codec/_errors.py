"""The error of a value that does not fit its class. It names every place that is wrong, and never the whole value."""

from __future__ import annotations

from typing import TypedDict, final


class Problem(TypedDict):
    """One thing that is wrong with a value.

    Attributes:
      path: where, as a JSON path such as `$.prompt[0].text`.
      problem: what, in a few words.
    """

    path: str
    problem: str


@final
class InvalidValue(ValueError):
    """A value does not fit the class it was to become.

    Attributes:
      problems: what is wrong, up to 32 things in the order of the class's fields; fit to be an error's data.
    """

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "; ".join(f"{problem['path']}: {problem['problem']}" for problem in self.problems)
