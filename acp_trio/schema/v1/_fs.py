"""Files as the client sees them, unsaved changes included."""

from __future__ import annotations

from typing import ClassVar

from .._message import MetaRecord, Request, Side, record
from .._wire import U32
from ._ids import SessionId


@record
class ReadTextFileResponse(MetaRecord):
    """The text that was asked for."""

    content: str


@record
class ReadTextFileRequest(Request[ReadTextFileResponse]):
    """Read a text file.

    Attributes:
      path: absolute.
      line: the first line to read; the file's first is 1.
      limit: how many lines to read at most.
    """

    method = "fs/read_text_file"
    side: ClassVar[Side] = "client"

    session_id: SessionId
    path: str
    line: U32 | None = None
    limit: U32 | None = None


@record
class WriteTextFileResponse(MetaRecord):
    """Written."""


@record
class WriteTextFileRequest(Request[WriteTextFileResponse]):
    """Replace a text file, or create it.

    Attributes:
      path: absolute.
    """

    method = "fs/write_text_file"
    side: ClassVar[Side] = "client"

    session_id: SessionId
    path: str
    content: str
