"""Files that go with a prompt: their text where the agent takes it and it is short, or else a link."""

from __future__ import annotations

from pathlib import Path

from ..schema import v1

_LONGEST = 256 * 1024  # bytes of a file whose text is sent


def attach(path: Path, *, embed: bool) -> v1.ContentBlock:
    """Make the block for one file; `embed` says that the agent takes text. Reads the file; raises OSError."""
    text = _short_text(path) if embed else None
    if text is None:
        return v1.ResourceLink(name=path.name, uri=path.as_uri(), size=path.stat().st_size)
    return v1.EmbeddedResource(resource=v1.TextResourceContents(uri=path.as_uri(), text=text))


def _short_text(path: Path) -> str | None:
    with path.open("rb") as file:
        content = file.read(_LONGEST + 1)
    if len(content) > _LONGEST:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None
