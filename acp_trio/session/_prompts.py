"""Prompts given as plain text or as content blocks, and the text of what came back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ..schema import Record, v1

Prompt: TypeAlias = "str | v1.ContentBlock | Sequence[str | v1.ContentBlock]"
"""What a turn is prompted with: text, a content block, or several of them."""


def content_blocks(prompt: Prompt) -> list[v1.ContentBlock]:
    """The blocks of a prompt; a string stands for a block of text, alone or among others."""
    parts = [prompt] if isinstance(prompt, str | Record) else prompt
    return [v1.TextContent(text=part) if isinstance(part, str) else part for part in parts]


def text_of(block: v1.ContentBlock) -> str:
    """A block as plain text: its text, or a stand-in that names what it is."""
    match block:
        case v1.TextContent(text=text):
            return text
        case v1.ImageContent(mime_type=mime_type):
            return f"[image: {mime_type}]"
        case v1.AudioContent(mime_type=mime_type):
            return f"[audio: {mime_type}]"
        case v1.ResourceLink(uri=uri):
            return uri
        case v1.EmbeddedResource(resource=resource):
            return resource.uri
        case _:
            return f"[{block.tag}]"
