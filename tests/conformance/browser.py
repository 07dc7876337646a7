"""A browser without a window, driven over its own pipe. Owns the process; knows nothing of what it shows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEADLINE = 60  # seconds of one test; a browser takes one or two to start
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--remote-debugging-pipe",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
)


def find_browser() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Page:
    """One page, open in a browser."""

    def __init__(self, writer: int, reader: int) -> None:
        self._writer = writer
        self._reader = reader
        self._rest = b""
        self._count = 0
        self._session: str | None = None

    def open(self, path: Path) -> None:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Page.navigate", url=path.as_uri())
        self._wait_for(lambda message: message.get("method") == "Page.loadEventFired")

    def look(self, width: int, *, scheme: str) -> None:
        """Give the window a width and the user a preference."""
        metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **metrics)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def evaluate(self, expression: str) -> Any:
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        self._count += 1
        number = self._count
        message = {"id": number, "method": method, "params": params}
        if self._session is not None and not method.startswith("Target."):
            message["sessionId"] = self._session
        os.write(self._writer, json.dumps(message).encode() + b"\0")
        answer = self._wait_for(lambda message: message.get("id") == number)
        assert "result" in answer, answer
        return answer["result"]

    def _wait_for(self, wanted: Any) -> dict[str, Any]:
        while True:
            message = self._receive()
            if wanted(message):
                return message

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            chunk = os.read(self._reader, 65536)
            assert chunk, "the browser has ended"
            self._rest += chunk
        text, self._rest = self._rest.split(b"\0", 1)
        return json.loads(text)


@contextmanager
def browser(profile: Path) -> Iterator[Page]:
    """Run a browser for the time of a block. It is killed after DEADLINE seconds, whatever it does."""
    executable = find_browser()
    assert executable is not None
    commands, ours_out = os.pipe()
    ours_in, events = os.pipe()
    # The browser reads commands on descriptor 3 and writes events on 4; `timeout` is what bounds a blocking read here.
    script = f'exec timeout -k 1 {DEADLINE} "$@" 3<&{commands} 4>&{events}'
    process = subprocess.Popen(
        ["bash", "-c", script, "bash", executable, *OPTIONS, f"--user-data-dir={profile}"],
        pass_fds=(commands, events),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(commands)
    os.close(events)
    page = Page(ours_out, ours_in)
    try:
        yield page
        page._session = None
        page.call("Browser.close")
    finally:
        process.terminate()
        process.wait()
        os.close(ours_out)
        os.close(ours_in)
