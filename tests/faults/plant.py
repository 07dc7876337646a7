"""Plants deliberate defects, one at a time, in a copy of the tree, and runs the tests that should notice.

`nox -s mutants` runs it. Its exit status is how many were not noticed. Arguments are promises, such as P6, whose
defects alone are planted.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mutants import MUTANTS, Mutant  # beside this file

TREE = Path(__file__).parents[2]
PATIENCE = 120
"""Seconds after which a test that hangs has noticed."""


def is_noticed(mutant: Mutant) -> bool:
    """Plant a defect in a copy of the tree, and say whether its tests fail."""
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / "tree"
        unwanted = shutil.ignore_patterns(".*", "__pycache__", "_build")
        shutil.copytree(TREE, copy, ignore=unwanted)
        planted = copy / "acp_trio" / mutant.file
        planted.write_text(planted.read_text().replace(mutant.code, mutant.defect))
        tests = [f"tests/{path}" for path in mutant.tests.split()]
        command = [sys.executable, "-m", "pytest", "-m", "", "-x", "-q", "-p", "no:cacheprovider", *tests]
        try:
            environment = {**os.environ, "PYTHONPATH": str(copy)}
            done = subprocess.run(
                command, cwd=copy, env=environment, capture_output=True, timeout=PATIENCE, check=False
            )
        except subprocess.TimeoutExpired:
            return True
    assert done.returncode in {0, 1}, done.stdout.decode()
    return done.returncode == 1


def main() -> int:
    survivors = 0
    for mutant in MUTANTS:
        if sys.argv[1:] and mutant.promise not in sys.argv[1:]:
            continue
        noticed = is_noticed(mutant)
        survivors += not noticed
        print("noticed " if noticed else "SURVIVED", mutant.promise, mutant.what, flush=True)
    return survivors


if __name__ == "__main__":
    sys.exit(main())
