"""JSON-RPC 2.0 as ACP uses it, without I/O: messages, ids, frames, error codes, and one table of transitions."""

from ._codes import ErrorCode as ErrorCode
from ._errors import AcpError as AcpError
from ._errors import LocalMisuse as LocalMisuse
from ._errors import PeerError as PeerError
from ._errors import ProtocolViolation as ProtocolViolation
from ._errors import RequestError as RequestError
from ._frames import Frame as Frame
from ._frames import Junk as Junk
from ._frames import Malformed as Malformed
from ._frames import Oversize as Oversize
from ._frames import parse_line as parse_line
from ._ids import IdCounter as IdCounter
from ._ids import RequestId as RequestId
from ._ids import is_request_id as is_request_id
from ._json import JSONInvalid as JSONInvalid
from ._json import as_object as as_object
from ._json import dumps as dumps
from ._json import loads as loads
from ._lines import FrameSplitter as FrameSplitter
from ._messages import Envelope as Envelope
from ._messages import answer_text as answer_text
from ._messages import error_text as error_text
from ._messages import notification_text as notification_text
from ._messages import request_text as request_text
from ._messages import result_text as result_text
from ._state import CONNECTION as CONNECTION
from ._state import INCOMING as INCOMING
from ._state import OUTGOING as OUTGOING
from ._state import ConnectionState as ConnectionState
from ._state import Event as Event
from ._state import IncomingState as IncomingState
from ._state import OutgoingState as OutgoingState
from ._state import connection_after as connection_after
from ._state import incoming_after as incoming_after
from ._state import outgoing_after as outgoing_after
from ._untyped import UntypedMessage as UntypedMessage

__all__ = [
    "CONNECTION",
    "INCOMING",
    "OUTGOING",
    "AcpError",
    "ConnectionState",
    "Envelope",
    "ErrorCode",
    "Event",
    "Frame",
    "FrameSplitter",
    "IdCounter",
    "IncomingState",
    "JSONInvalid",
    "Junk",
    "LocalMisuse",
    "Malformed",
    "OutgoingState",
    "Oversize",
    "PeerError",
    "ProtocolViolation",
    "RequestError",
    "RequestId",
    "UntypedMessage",
    "answer_text",
    "as_object",
    "connection_after",
    "dumps",
    "error_text",
    "incoming_after",
    "is_request_id",
    "loads",
    "notification_text",
    "outgoing_after",
    "parse_line",
    "request_text",
    "result_text",
]
