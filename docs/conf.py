"""How the documentation is built: Markdown through MyST, docstrings through autodoc, every reference checked.

Nothing is fetched: a build works without a network and gives the same pages tomorrow.
"""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # for live, which prints tables from the code

import live

from acp_trio.schema import v1

project = "acp_trio"
author = "The acp_trio maintainers"
copyright = f"2026, {author}"  # noqa: A001 -- the name Sphinx gives it
version = release = importlib.metadata.version(project)

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "live"]
exclude_patterns = ["_build", "examples", "live"]
default_role = "literal"  # our docstrings use single backticks
nitpicky = True
# Types of other projects, whose inventories would have to be fetched; and type variables, which have no page.
nitpick_ignore_regex = [
    (r"py:.*", r"(trio|outcome|attrs?|cattrs|msgspec|mcp)(\..*)?"),
    (r"py:.*", r"(abc|collections|contextlib|enum|os|pathlib|signal|subprocess|types|typing|typing_extensions)(\..*)?"),
    (
        r"py:(class|exc|data|obj)",
        r"(Any|Awaitable|AsyncIterator|Callable|Iterable|Iterator|Literal|Mapping|Path|Self|Sequence|TracebackType)",
    ),
    (
        r"py:(class|exc)",
        r"(bool|bytes|dict|float|int|list|object|set|str|tuple|type|None|[A-Z][A-Za-z]*(Error|Exit|Group))",
    ),
    (r"py:(class|obj)", r"(.*\.)?~?(_[A-Za-z]+|[A-Z]|[A-Z][a-z]*T|[A-Z][a-z]?s|[A-Z][a-z]*_co)"),
    (r"py:class", r"OverAcp|TokenStorageOf"),  # written with types of the mcp package, which is not imported for it
    (r"py:class", r"AgentLoop|Expand|OnCrash|OnEvent"),  # aliases, which are no classes
    (r"py:class", r"(AbstractAsyncContextManager|MCPServer|Server)"),
    (r"py:class", r"Inbox"),  # the generic form of a class that has no page, see live
    (r"py:class", r"SentRequests"),  # as well; its module imports the one whose signature names it
]

autodoc_member_order = "bysource"
autodoc_typehints = "description"
# Unions of messages are shown by their names, not by what they are made of.
autodoc_type_aliases = {
    f"v1.{name}": f"acp_trio.schema.v1.{name}" for names in live.topics(v1).values() for name in names
}
autodoc_default_options = {
    "members": True,
    "imported-members": True,
    "show-inheritance": True,
    # What a class has from these is other people's, and known.
    "inherited-members": "BaseException, Enum, Generic, Struct, TaskStatus, dict, float, int, object, str, tuple",
}
autodoc_class_signature = "separated"
napoleon_numpy_docstring = False
napoleon_custom_sections = [("Class attributes", "Attributes")]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "acp_trio"
