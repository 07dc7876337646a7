"""A conductor on standard input and output: `conduct.py PROXY.py... -- AGENT...`, each a process of its own."""

from __future__ import annotations

import sys

import trio

from acp_trio.conductor import Conductor
from acp_trio.transports import process, stdio

if __name__ == "__main__":
    dashes = sys.argv.index("--")
    proxies = [process([sys.executable, script]) for script in sys.argv[1:dashes]]
    trio.run(Conductor(proxies, process(sys.argv[dashes + 1 :])).serve, stdio())
