"""Content for people and models: text, pictures, sound, resources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

from .._message import MetaRecord, Unknown, record
from .._wire import I64, FirstOf, Tagged, field, lenient

Role: TypeAlias = Literal["assistant", "user"]
"""Who content is meant for."""


@record
class Annotations(MetaRecord):
    """Hints how to use content.

    Attributes:
      last_modified: when the content last changed, as ISO 8601.
      priority: how much it matters; larger matters more.
    """

    audience: Sequence[Role] | None = lenient(default=None, skip_invalid=True)
    last_modified: str | None = lenient(default=None)
    priority: float | None = lenient(default=None)


@record
class TextContent(MetaRecord):
    """Text, read as Markdown."""

    annotations: Annotations | None = lenient(default=None)
    text: str


@record
class ImageContent(MetaRecord):
    """A picture.

    Attributes:
      data: in base64.
      uri: where it came from.
    """

    annotations: Annotations | None = lenient(default=None)
    data: str
    mime_type: str
    uri: str | None = lenient(default=None)


@record
class AudioContent(MetaRecord):
    """Sound.

    Attributes:
      data: in base64.
    """

    annotations: Annotations | None = lenient(default=None)
    data: str
    mime_type: str


@record
class ResourceLink(MetaRecord):
    """A resource to be fetched by whoever needs it.

    Attributes:
      size: in bytes.
    """

    annotations: Annotations | None = lenient(default=None)
    description: str | None = lenient(default=None)
    mime_type: str | None = lenient(default=None)
    name: str
    size: I64 | None = lenient(default=None)
    title: str | None = lenient(default=None)
    uri: str


@record
class TextResourceContents(MetaRecord):
    """A resource that is text."""

    mime_type: str | None = lenient(default=None)
    text: str
    uri: str


@record
class BlobResourceContents(MetaRecord):
    """A resource that is bytes.

    Attributes:
      blob: in base64.
    """

    blob: str
    mime_type: str | None = lenient(default=None)
    uri: str


EmbeddedResourceResource: TypeAlias = Annotated[TextResourceContents | BlobResourceContents, FirstOf()]
"""A resource's contents."""


@record
class EmbeddedResource(MetaRecord):
    """A resource with its contents."""

    annotations: Annotations | None = lenient(default=None)
    resource: EmbeddedResourceResource


@record
class UnknownContentBlock(Unknown):
    """Content of a kind that this version does not know."""

    tag: str = field(name="type")


ContentBlock: TypeAlias = Annotated[
    TextContent | ImageContent | AudioContent | ResourceLink | EmbeddedResource | UnknownContentBlock,
    Tagged(
        "type",
        {
            "text": TextContent,
            "image": ImageContent,
            "audio": AudioContent,
            "resource_link": ResourceLink,
            "resource": EmbeddedResource,
        },
        other=UnknownContentBlock,
    ),
]
"""A piece of a message."""
