"""Where the programs of a peer run, and the commands that start them.

Owns throw-away environments: made once below a cache directory, never in the project's own. A peer in another language
needs one function here that returns its `Programs`, or raises `Unavailable`.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs

PROGRAMS = Path(__file__).parent / "programs"
_INSTALL_SECONDS = 1200
_VERSIONS = "import sys, importlib.metadata as m; [print(f'{name}=={m.version(name)}') for name in sys.argv[1:]]"

Command = tuple[str, ...]


class Unavailable(Exception):
    """This peer cannot be measured here; the text says why."""


@attrs.frozen(kw_only=True)
class Programs:
    """The commands of one peer."""

    client: Command
    agent: Command
    hosted_agent: Command | None = None
    """The agent with a relay between it and the client. None where there is no such thing."""
    proxy: Command | None = None
    """A proxy that changes nothing; the agent's command is put behind it. None where there is none."""
    importing: Command | None = None
    """Start the interpreter, import the library, end. None where there is no such thing."""
    bare: Command | None = None
    """The same without the import."""
    versions: Sequence[str] = ()
    """What is worth putting on record of the environment, as `name==version`."""


Prepare = Callable[[Path], Programs]
"""Make a peer ready below a cache directory. Raises Unavailable."""


def this_python(name: str, *, imports: str, distributions: Sequence[str]) -> Prepare:
    """Run `programs/NAME_agent.py` and `programs/NAME_client.py` in the environment the harness runs in.

    `distributions` are those whose versions are put on record.
    """

    def prepare(cache: Path) -> Programs:
        return _python_programs(sys.executable, name, imports, distributions)

    return prepare


def python_with(*packages: str, name: str, imports: str, distributions: Sequence[str]) -> Prepare:
    """Run them in an environment that holds these packages (pinned requirements) and nothing of ours."""

    def prepare(cache: Path) -> Programs:
        return _python_programs(_environment(cache, packages), name, imports, distributions)

    return prepare


def node_with(*packages: str) -> Prepare:
    """Run `programs/typescript/*.mjs` on Node beside these packages (pinned)."""

    def prepare(cache: Path) -> Programs:
        node, npm = shutil.which("node"), shutil.which("npm")
        if node is None or npm is None:
            raise Unavailable("Node is not installed (node and npm)")
        directory = _node_packages(npm, cache, packages)
        for program in (PROGRAMS / "typescript").glob("*.mjs"):
            # Node looks for packages beside the importing file, so the programs go where the packages are.
            shutil.copy(program, directory)
        return Programs(
            client=(node, str(directory / "client.mjs")),
            agent=(node, str(directory / "agent.mjs")),
            proxy=(node, str(directory / "proxy.mjs")),
            importing=(node, str(directory / "importing.mjs")),
            bare=(node, "-e", ""),
            versions=(f"node=={_check([node, '--version']).strip()}", *packages),
        )

    return prepare


def cargo_build(*versions: str) -> Prepare:
    """Build `programs/rust` with cargo, and run its `client` and `agent`. Needs a registry the first time."""

    def prepare(cache: Path) -> Programs:
        cargo = shutil.which("cargo")
        if cargo is None:
            raise Unavailable("Rust is not installed (cargo)")
        built = _cargo_target(cargo, cache)
        rust = _check([cargo, "--version"]).split()[1]
        return Programs(
            client=(str(built / "client"),), agent=(str(built / "agent"),), versions=(f"cargo=={rust}", *versions)
        )

    return prepare


def _cargo_target(cargo: str, cache: Path) -> Path:
    """Return where the programs are, built now from a copy of their source if it has changed."""
    source = PROGRAMS / "rust"
    files = sorted(path for path in source.rglob("*") if path.suffix in (".rs", ".toml"))
    key = hashlib.sha256(b"\n".join(path.read_bytes() for path in files)).hexdigest()[:16]
    directory = cache / f"rust-{key}"
    complete = directory / "complete"
    if not complete.exists():
        shutil.rmtree(directory, ignore_errors=True)
        for path in files:
            copy = directory / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
        _check([cargo, "build", "--release", "--quiet"], directory=directory)
        complete.touch()
    return directory / "target" / "release"


def _node_packages(npm: str, cache: Path, packages: Sequence[str]) -> Path:
    """Return a directory with these packages, made now if it is not there yet."""
    directory = cache / hashlib.sha256("\n".join(("node", *packages)).encode()).hexdigest()[:16]
    complete = directory / "complete"
    if not complete.exists():
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        (directory / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        _check([npm, "install", "--save-exact", "--no-audit", "--no-fund", *packages], directory=directory)
        complete.touch()
    return directory


def _environment(cache: Path, packages: Sequence[str]) -> str:
    """Return the interpreter of a virtual environment with these packages, made now if it is not there yet."""
    key = hashlib.sha256("\n".join((sys.version, *packages)).encode()).hexdigest()[:16]
    directory = cache / key
    complete = directory / "complete"
    python = directory / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not complete.exists():
        venv.create(directory, with_pip=True, clear=True)
        _check([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages])
        complete.touch()
    return str(python)


def _python_programs(python: str, name: str, imports: str, distributions: Sequence[str]) -> Programs:
    _check([python, "-c", f"import {imports}"])

    def program(part: str) -> Command | None:
        path = PROGRAMS / f"{name}_{part}.py"
        return (python, str(path)) if path.exists() else None

    return Programs(
        client=(python, str(PROGRAMS / f"{name}_client.py")),
        agent=(python, str(PROGRAMS / f"{name}_agent.py")),
        hosted_agent=program("hosted_agent"),
        proxy=program("proxy"),
        importing=(python, "-c", f"import {imports}"),
        bare=(python, "-c", "pass"),
        versions=_check([python, "-c", _VERSIONS, *distributions]).splitlines(),
    )


def _check(command: Sequence[str], *, directory: Path | None = None) -> str:
    """Run a command and return its output. Raises Unavailable with the last line of its complaint."""
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=_INSTALL_SECONDS, cwd=directory
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(str(error)) from error
    if done.returncode:
        complaint = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise Unavailable(complaint[-1])
    return done.stdout
