"""Starts a grandchild, says its pid, and forwards nothing: neither signals nor the end of the input.

Arguments: `exits` or `waits` (what the wrapper does at the end of its input), then the grandchild's program and its
arguments.
"""

import subprocess
import sys

child = subprocess.Popen([sys.executable, "-ES", *sys.argv[2:]], stdin=subprocess.DEVNULL)
print(child.pid, flush=True)
sys.stdin.read()
if sys.argv[1] == "waits":
    child.wait()
