"""What does not work on Windows says so, by name, before anything is started."""

from __future__ import annotations

import sys

import pytest
import trio

from acp_trio.transports import HandshakeFailed, file_descriptors, process, run_command, stdio

pytestmark = pytest.mark.promise("P13")


@pytest.fixture(autouse=True)
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")


@pytest.mark.parametrize(
    "transport, words",
    [
        (process([sys.executable]), "child processes are not supported on Windows"),
        (stdio(), "stdio: file descriptors are not supported on Windows"),
        (file_descriptors(0, 1), "descriptors 0 and 1: file descriptors are not supported on Windows"),
    ],
)
async def test_what_is_not_supported_on_windows_is_refused_by_name(transport, words) -> None:
    with trio.fail_after(5), pytest.raises(HandshakeFailed, match=words):
        async with transport.open():
            pytest.fail("it was opened")


async def test_a_command_is_refused_by_name_on_windows() -> None:
    with trio.fail_after(5), pytest.raises(HandshakeFailed, match="child processes are not supported on Windows"):
        async with run_command([sys.executable], take=lambda _data: None, grace=1):
            pytest.fail("it was started")
