"""The throw-away environments of the real peers: owns their pins, their places and how they are made.

Each peer has a directory of its own below one root, made once and remade when its pins change. Refuses to touch any
other environment, and to hide a failed installation: only a tool that the machine lacks is `ToolMissing`.

`python tests/peers/install.py [ROOT]` makes all of them.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"
VERSIONS = {"python-sdk": "0.12.1", "typescript-sdk": "2.4.0", "acpx": "0.19.1", "fast-agent": "0.10.46"}
PINS = {
    "python-sdk": [f"agent-client-protocol=={VERSIONS['python-sdk']}"],
    "fast-agent": [f"fast-agent-mcp=={VERSIONS['fast-agent']}"],
    "typescript-sdk": [f"@agentclientprotocol/sdk@{VERSIONS['typescript-sdk']}", "zod@4.6.7"],
    # acpx needs a newer Node than many machines have; the package "node" is one.
    "acpx": [f"acpx@{VERSIONS['acpx']}", "node@24.21.0"],
}
NEEDS_NODE = frozenset({"typescript-sdk", "acpx"})
FAST_AGENT_PYTHONS = ((3, 12), (3, 13), (3, 14), (3, 15))


class ToolMissing(Exception):
    """The machine lacks a program that this peer needs; the text names it."""


class InstallFailed(Exception):
    """The registry could not be reached, or the installer failed; the text has its last words."""


def default_root() -> Path:
    """Where the environments are made: `ACP_TRIO_PEERS`, or the user's cache directory."""
    chosen = os.environ.get("ACP_TRIO_PEERS")
    if chosen:
        return Path(chosen).resolve()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "acp-trio-peers"


@cache
def missing_tool(peer: str) -> str | None:
    """Say which program this machine lacks for `peer`, or None."""
    try:
        _node_tools() if peer in NEEDS_NODE else _python_for(peer)
    except ToolMissing as missing:
        return str(missing)
    return None


def install(peer: str, root: Path) -> Path:
    """Make the environment of `peer` below `root` unless it is there already, and return its directory.

    Raises `ToolMissing` and `InstallFailed`.
    """
    place = root / peer
    pins = "\n".join(PINS[peer])
    with _locked(root):
        ready = place / "ready"
        if not (ready.exists() and ready.read_text() == pins):
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            _INSTALLERS[peer](peer, place)
            ready.write_text(pins)
        for program in PROGRAMS.glob("*.mjs"):
            # Node looks for packages beside the importing file, so the programs live where the packages are.
            shutil.copy(program, place)
    return place


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """Let one process at a time make environments below `root`."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _with_pip(peer: str, place: Path) -> None:
    _run([_python_for(peer), "-m", "venv", str(place / "venv")], place)
    _run([str(place / "venv" / "bin" / "python"), "-m", "pip", "install", "--quiet", *PINS[peer]], place)


def _with_npm(peer: str, place: Path) -> None:
    _node, npm = _node_tools()
    (place / "package.json").write_text('{"private": true}\n')
    _run([npm, "install", "--save-exact", "--no-audit", "--no-fund", *PINS[peer]], place)


_INSTALLERS: dict[str, Callable[[str, Path], None]] = {
    "python-sdk": _with_pip,
    "fast-agent": _with_pip,
    "typescript-sdk": _with_npm,
    "acpx": _with_npm,
}


def _run(argv: list[str], place: Path) -> None:
    done = subprocess.run(argv, cwd=place, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        last_words = (done.stdout + done.stderr).strip()[-2000:]
        raise InstallFailed(f"`{' '.join(argv)}` failed with exit status {done.returncode}:\n{last_words}")


def _node_tools() -> tuple[str, str]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise ToolMissing("Node is not installed (node and npm): the TypeScript SDK and acpx are not run")
    return node, npm


def _python_for(peer: str) -> str:
    if peer != "fast-agent" or sys.version_info[:2] in FAST_AGENT_PYTHONS:
        return sys.executable
    for candidate in _other_pythons():
        if subprocess.run([candidate, "--version"], capture_output=True, check=False).returncode == 0:
            return candidate
    raise ToolMissing("no Python 3.12 to 3.15 is installed: fast-agent is not run")


def _other_pythons() -> Iterator[str]:
    """Interpreters that fast-agent would take; pyenv's stand-ins on the path may name ones that it has not enabled."""
    pyenv = shutil.which("pyenv")
    for major, minor in FAST_AGENT_PYTHONS:
        name = f"python{major}.{minor}"
        if found := shutil.which(name):
            yield found
        if pyenv is not None:
            whence = subprocess.run([pyenv, "whence", "--path", name], capture_output=True, text=True, check=False)
            yield from whence.stdout.split()


def main() -> None:
    """Make every environment and say where it is, or which tool it lacks."""
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else default_root()
    for peer, version in VERSIONS.items():
        print(f"{peer} {version}: {missing_tool(peer) or install(peer, root)}", flush=True)


if __name__ == "__main__":
    main()
