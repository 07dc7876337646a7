"""Makes the harness importable: it is no part of the package, so no installation brings it.

Appended, so that `acp_trio` still is the installed one.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))
