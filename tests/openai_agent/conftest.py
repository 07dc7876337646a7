"""What the tests of the OpenAI agent share: the endpoint, and the agent as a module."""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType

import pytest

from acp_trio.testing import no_leaks

from .endpoint import Endpoint, open_endpoint

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "openai_agent.py"


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    """A model that a test scripts. Nothing is left behind."""
    async with no_leaks(), open_endpoint() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def example() -> ModuleType:
    """The example, imported."""
    spec = importlib.util.spec_from_file_location("docs_example_openai_agent", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
