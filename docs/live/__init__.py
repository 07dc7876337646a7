"""What the pages print from the code: state tables, limits, loggers, names, which tests prove a promise, and where what
can be cancelled.

It refuses to hold facts of its own: what it prints is read from the package and the tests when the pages are built, so
it cannot be out of date. Only `_directives` needs Sphinx; tests/docs uses the others without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._cancel_points import cancel_point_rows as cancel_point_rows
from ._facts import limit_rows as limit_rows
from ._facts import logger_names as logger_names
from ._facts import state_rows as state_rows
from ._internals import INTERNAL as INTERNAL
from ._internals import is_internal as is_internal
from ._names import topics as topics
from ._promises import promise_rows as promise_rows
from ._promises import promise_tests as promise_tests
from ._promises import promise_text as promise_text
from ._promises import promise_titles as promise_titles

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, bool]:
    """Be a Sphinx extension."""
    from ._directives import add_to

    return add_to(app)
