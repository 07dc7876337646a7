"""What users may import: every public name resolves, has one home, and packages offer nothing else."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import pytest

import acp_trio

# They re-export what other packages own, so that users find it under one short name.
FACADES = {"acp_trio", "acp_trio.abc", "acp_trio.errors", "acp_trio.lowlevel"}

# What `from __future__` and conditional imports leave behind in any module.
LANGUAGE = {"annotations", "TYPE_CHECKING"}

# Where the values of type aliases come from: `SessionId` is `str`, a `Taker` is a `Callable`.
ALIASED = {"builtins", "collections.abc", "types", "typing"}


def public_modules() -> list[str]:
    """Return the package and every module below it that has no underscore anywhere in its path."""
    found = pkgutil.walk_packages(acp_trio.__path__, "acp_trio.")
    return ["acp_trio", *sorted(info.name for info in found if not has_private_part(info.name))]


def has_private_part(name: str) -> bool:
    return any(part.startswith("_") for part in name.split("."))


MODULES = public_modules()


def promised(module: str) -> list[str]:
    """Return what a module says it offers. One that loads its names when they are asked for says it by `dir`."""
    loaded = importlib.import_module(module)
    if "__getattr__" in vars(loaded) and not hasattr(loaded, "__all__"):
        return [name for name in dir(loaded) if not name.startswith("_") and name not in LANGUAGE]
    return list(loaded.__all__)


def exported(module: str) -> dict[str, object]:
    loaded = importlib.import_module(module)
    return {name: getattr(loaded, name) for name in promised(module)}


def is_ours(value: object) -> bool:
    """Whether this is a class or function, and not a second name of something that everybody has."""
    return callable(value) and getattr(value, "__module__", "builtins") not in ALIASED


@pytest.mark.parametrize("module", MODULES)
def test_every_name_that_a_module_promises_is_there(module: str) -> None:
    names = promised(module)
    assert len(names) == len(set(names))
    assert exported(module).keys() == set(names)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_offers_nothing_that_it_does_not_promise(module: str) -> None:
    loaded = importlib.import_module(module)
    visible = {
        name
        for name in dir(loaded)
        if not name.startswith("_") and name not in LANGUAGE and not isinstance(getattr(loaded, name), ModuleType)
    }
    assert visible <= set(promised(module))


def test_a_name_has_one_home() -> None:
    homes: dict[int, set[str]] = {}
    names: dict[int, str] = {}
    for module in MODULES:
        if module in FACADES:
            continue
        for name, value in exported(module).items():
            if is_ours(value):
                homes.setdefault(id(value), set()).add(module)
                names[id(value)] = name
    assert {names[key]: where for key, where in homes.items() if len(where) > 1} == {}


@pytest.mark.parametrize("module", sorted(set(MODULES) - FACADES))
def test_a_name_is_defined_below_the_package_that_exports_it(module: str) -> None:
    strangers = {
        name: value.__module__
        for name, value in exported(module).items()
        if is_ours(value) and not f"{value.__module__}.".startswith(f"{module}.")
    }
    assert strangers == {}


@pytest.mark.parametrize("facade", sorted(FACADES & set(MODULES)))
def test_a_facade_invents_nothing(facade: str) -> None:
    elsewhere = {id(value) for module in set(MODULES) - FACADES for value in exported(module).values()}
    own = {name for name, value in exported(facade).items() if is_ours(value) and id(value) not in elsewhere}
    assert own == set()
