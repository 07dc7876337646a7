"""Appends entries to the session `1` of the store in a directory, says the number of each that is kept, without end."""

import itertools
import sys

import trio

from acp_trio.runtime import JsonLinesStore, TurnEnded


async def main() -> None:
    store = JsonLinesStore(sys.argv[1])
    for number in itertools.count():
        await store.append("1", TurnEnded(str(number)))
        print(number, flush=True)


trio.run(main)
