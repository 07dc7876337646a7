"""Rows of cells as a table in Markdown."""

from __future__ import annotations

Rows = list[list[str]]
"""The header, then a row each. Cells are Markdown."""


def markdown_table(rows: Rows) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])
