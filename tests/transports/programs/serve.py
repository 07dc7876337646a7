"""Serves on stdio: sends back what it gets, until the input ends. Arguments say what it does besides.

`noise`: whatever may print prints, before every answer. `status FILE`: writes what it sees of its own standard streams
before, while and after serving to FILE. `twice`: tries to open stdio a second time. `forever`: does not end.
`deaf`: closes its standard error first.
"""

import ctypes
import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import trio

from acp_trio.jsonrpc import LocalMisuse
from acp_trio.transports import stdio

kept_stdout = sys.stdout


def make_noise() -> None:
    print("print", flush=True)
    print("buffered print")
    kept_stdout.write("print to the original, never flushed")
    os.write(1, b"os.write\n")
    libc = ctypes.CDLL(None)
    libc.puts(b"puts")
    libc.fflush(None)
    subprocess.run(["sh", "-c", "echo child; cat"], check=True)
    assert os.read(0, 1) == b""
    assert sys.stdin.read() == ""


def streams() -> dict[str, object]:
    return {
        "0": descriptors().get("0"),
        "1": descriptors().get("1"),
        "stdout is stderr": sys.stdout is sys.stderr,
        "stdout": sys.stdout is kept_stdout,
        "inheritable": [os.get_inheritable(0), os.get_inheritable(1)],
        "open": sorted(descriptors()),
    }


def descriptors() -> dict[str, str]:
    found: dict[str, str] = {}
    for link in list(Path("/proc/self/fd").iterdir()):
        with suppress(FileNotFoundError):  # the listing's own descriptor
            found[link.name] = str(link.readlink())
    return found


async def serve() -> None:
    if "deaf" in sys.argv:
        os.close(2)
    async with stdio().open() as link:
        seen.append(streams())
        if "twice" in sys.argv:
            try:
                async with stdio().open():
                    pass
            except LocalMisuse as error:
                await link.write(f"{error}\n".encode())
        while data := await link.receive():
            if "noise" in sys.argv:
                make_noise()
            await link.write(data)
        if "forever" in sys.argv:
            await trio.sleep_forever()


print("printed before and never flushed", end="")
seen = [streams()]
try:
    trio.run(serve)
except KeyboardInterrupt:
    seen.append({"interrupted": True})
seen.append(streams())
if "status" in sys.argv:
    Path(sys.argv[sys.argv.index("status") + 1]).write_text(json.dumps(seen))
