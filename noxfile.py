"""Every check of the project, one session each. `nox --list` names them, `nox -s lint` runs one, `.ci/run` all.

It owns which tool runs with which arguments in which environment. What the tools are told to look for is in
pyproject.toml, and so are the versions they need.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import nox

HERE = Path(__file__).parent
PROJECT = nox.project.load_toml(HERE / "pyproject.toml")
PYTHONS = nox.project.python_versions(PROJECT)

# What the tests read besides the installed package.
TEST_FILES = ("tests", "benchmarks", "docs", "README.md", "LICENSE", "pyproject.toml")

# What flake8-async looks for in the package. Left out: what ruff has already, what is about other libraries, 91x (a
# checkpoint on every path, which our docstrings promise function by function instead), and 121 (leaving a nursery with
# `return` is how a block ends).
ASYNC_RULES = (
    "ASYNC101",  # yield inside a nursery or scope
    "ASYNC102",  # await in cleanup without a shield and a bound
    "ASYNC103",  # except BaseException that does not re-raise
    "ASYNC104",  # Cancelled swallowed
    "ASYNC111",  # a task that uses what an inner block closes first
    "ASYNC112",  # a nursery for one task
    "ASYNC113",  # start_soon in __aenter__ where start is meant
    "ASYNC119",  # yield inside a context manager in a generator
    "ASYNC120",  # a checkpoint inside except, where a cancellation loses the exception
    "ASYNC122",  # a deadline that starts to run before its scope is entered
    "ASYNC123",  # one exception of a group raised without its context
    "ASYNC125",  # an absolute deadline that is a constant
    "ASYNC126",  # an exception group without derive
    "ASYNC231",  # blocking reads and writes of files
    "ASYNC232",
    "ASYNC400",  # attributes of an exception asked of a group
    "ASYNC900",  # an async generator that is neither a context manager nor a fixture
)

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False  # one line says so and the session is skipped, on CI too
nox.options.sessions = ["tests", "lint", "typing", "layers", "docs"]


def offer_pyenv_interpreters() -> None:
    """Put pyenv's own interpreters on PATH for the versions that no python3.X there can start (a shim may not)."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for version in PYTHONS:
        if starts(f"python{version}"):
            continue
        for executable in root.glob(f"versions/{version}.*/bin/python{version}"):
            os.environ["PATH"] = f"{executable.parent}{os.pathsep}{os.environ['PATH']}"
            break


def starts(interpreter: str) -> bool:
    """Whether this name on PATH is an interpreter that runs."""
    found = shutil.which(interpreter)
    return found is not None and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0


offer_pyenv_interpreters()


def group(*names: str) -> list[str]:
    """Return the requirements of dependency groups: pip learnt `--group` late, and a new venv may hold an older one."""
    return list(nox.project.dependency_groups(PROJECT, *names))


def away_from_the_tree(session: nox.Session) -> Path:
    """Copy the tests, without the package, to a directory of their own and make it the current one."""
    elsewhere = Path(session.create_tmp()) / "elsewhere"
    shutil.rmtree(elsewhere, ignore_errors=True)
    elsewhere.mkdir()
    for name in TEST_FILES:
        source = HERE / name
        if source.is_dir():
            shutil.copytree(source, elsewhere / name, ignore=shutil.ignore_patterns("__pycache__", "_build"))
        else:
            shutil.copy2(source, elsewhere / name)
    session.chdir(elsewhere)
    return elsewhere


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests against the installed package; arguments go to pytest."""
    session.install(".", *group("tests"))
    session.run("pytest", *session.posargs)


@nox.session(python=PYTHONS)
def wheel(session: nox.Session) -> None:
    """Build the wheel and test that, where the source cannot be imported by accident."""
    built = Path(session.create_tmp()) / "dist"
    shutil.rmtree(built, ignore_errors=True)
    session.run("pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(built), ".")
    (package,) = built.glob("*.whl")
    session.install("--force-reinstall", str(package), *group("tests"))
    away_from_the_tree(session)
    session.run("python", "-c", "import acp_trio, sys; sys.exit('site-packages' not in acp_trio.__file__)")
    session.run("pytest", *session.posargs)


@nox.session(python=PYTHONS[0])
def oldest(session: nox.Session) -> None:
    """Run the tests with the oldest versions of our dependencies that pyproject.toml promises, in Python's dev mode."""
    session.install(".", *group("tests"), *(need.replace(">=", "==") for need in PROJECT["project"]["dependencies"]))
    session.run("python", "-X", "dev", "-m", "pytest", *session.posargs)


@nox.session(python=PYTHONS)
def slow(session: nox.Session) -> None:
    """Run the tests that a plain `pytest` leaves out; arguments go to pytest."""
    session.install(".", *group("tests"))
    session.run("pytest", "-m", "slow", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Measure which lines and branches the tests reach, in child processes too."""
    session.install(".", *group("coverage"))
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", "-m", "", *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session
def soak(session: nox.Session) -> None:
    """Load agents in other processes for ten minutes, see tests/faults/soak.py; arguments go there."""
    session.install(".")
    session.run("python", "tests/faults/soak.py", *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Plant defects, one at a time, in what keeps the promises; arguments are promises to do this for alone."""
    session.install("-e", ".", *group("tests"))
    session.run("python", "tests/faults/plant.py", *session.posargs)


@nox.session
def mutation(session: nox.Session) -> None:
    """Let mutmut change three packages everywhere, one change at a time, and list those that no test notices.

    That takes hours; arguments are names of changes to make alone, such as `acp_trio.session.*`.
    """
    session.install("-e", ".", *group("mutation"))
    session.run("mutmut", "run", *session.posargs)
    session.run("mutmut", "results")


@nox.session(python=PYTHONS[0])
def fuzz(session: nox.Session) -> None:
    """Let a fuzzer look for bytes that the parsers take wrongly, for five minutes; arguments go to libFuzzer."""
    session.install(".", *group("fuzz"))
    found = Path(session.create_tmp()) / "corpus"
    found.mkdir(exist_ok=True)
    arguments = session.posargs or ["-max_total_time=300", "-max_len=600"]
    session.run("python", "tests/faults/fuzz.py", *arguments, str(found), "tests/faults/corpus")


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff's rules and formatting, then flake8-async for the rules about trio that ruff does not have."""
    session.install(*group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    sources = [str(path) for path in sorted(HERE.glob("acp_trio/**/*.py"))]
    # Our `block` is asynccontextmanager with one more check.
    blocks = "--transform-async-generator-decorators=block"
    session.run("flake8-async", f"--enable={','.join(ASYNC_RULES)}", blocks, *sources)


@nox.session(name="typing")
def typing_(session: nox.Session) -> None:
    """Mypy and pyright on the package, tests/typing and examples, then whether every public name has a full type."""
    session.install(".", *group("typing"))
    session.run("mypy")
    session.run("mypy", "tests/typing/good.py", "tests/typing/bad.py", "docs/examples")
    session.run("pyright")
    session.run("pyright", "--verifytypes", "acp_trio", "--ignoreexternal")


@nox.session(name="trio-typing")
def trio_typing(session: nox.Session) -> None:
    """Check a program that still uses trio_typing's names: docs/design/decisions.md says what stands in its way."""
    session.install(".", *group("trio-typing"))
    where = Path(session.create_tmp())
    typings = where / "typings"
    shutil.rmtree(typings, ignore_errors=True)
    typings.mkdir()
    site = session.run("python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", silent=True)
    for package in ("trio", "outcome"):
        # trio-typing's stubs outrank the annotations that these packages carry; a stub directory outranks the stubs.
        (typings / package).symlink_to(Path(str(site).strip()) / package)
    shutil.copy2(HERE / "tests/typing/legacy.py", where)
    (where / "mypy.ini").write_text(
        "[mypy]\nstrict = True\nmypy_path = typings\nplugins = trio_typing.plugin\n"
        "[mypy-trio.*,outcome.*]\nignore_errors = True\n"
    )
    (where / "pyrightconfig.json").write_text(
        json.dumps({"include": ["legacy.py"], "stubPath": "typings", "typeCheckingMode": "strict"})
    )
    session.chdir(where)
    session.run("mypy", "legacy.py")
    session.run("pyright")
    session.run("python", "legacy.py")


@nox.session
def layers(session: nox.Session) -> None:
    """Check the direction of every import."""
    session.install(*group("layers"))
    session.run("lint-imports")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a reference that leads nowhere is an error."""
    session.install(".", *group("docs"))
    session.run("sphinx-build", "-n", "-W", "--keep-going", "-q", "-b", "html", "docs", "docs/_build/html")


@nox.session
def schema(session: nox.Session) -> None:
    """Print what moved between two official schema files: `nox -s schema -- OLD.json NEW.json`."""
    session.run("python", "tests/schema/digest.py", "diff", *session.posargs)


@nox.session
def peers(session: nox.Session) -> None:
    """Talk to the other implementations of the protocol, installed beside this session's environment."""
    session.install(".", *group("tests"))
    where = Path(session.virtualenv.location) / "peers"
    session.run("python", "tests/peers/install.py", str(where))
    session.run("pytest", "tests/peers", "-m", "peer", *session.posargs, env={"ACP_TRIO_PEERS": str(where)})


@nox.session
def bench(session: nox.Session) -> None:
    """Run all benchmarks, ours and the peers' interleaved; with arguments, `python -m benchmarks` with these alone."""
    session.install(".")
    for kind in [session.posargs] if session.posargs else [[], ["--cross"], ["--growth"], ["--fairness"]]:
        session.run("python", "-m", "benchmarks", *kind)
