"""A conductor on standard input and output: `row.py PROXY... -- AGENT...`, where a proxy is a name of `proxies.py`.

`in:NAME` runs it in this process, `NAME` in one of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path

import trio
from proxies import PROXIES

from acp_trio.conductor import Conductor
from acp_trio.transports import Component, Transport, process, stdio


def reached(name: str) -> Transport | Component:
    if name.startswith("in:"):
        return PROXIES[name.removeprefix("in:")]()
    return process([sys.executable, str(Path(__file__).parent / "proxies.py"), name])


if __name__ == "__main__":
    place = sys.argv.index("--")
    proxies, agent = sys.argv[1:place], sys.argv[place + 1 :]
    trio.run(Conductor([reached(name) for name in proxies], process(agent)).serve, stdio())
