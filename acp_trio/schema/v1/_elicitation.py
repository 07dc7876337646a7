"""Asking the user for input: a form described by a small part of JSON Schema, or a link to open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal, TypeAlias

from .._message import NOTHING_MORE, MetaRecord, Notification, Record, Request, Side, Unknown, record
from .._wire import I64, U32, U64, FirstOf, Tagged, field, lenient
from ._ids import ElicitationId, RequestId, SessionId, ToolCallId

ElicitationSchemaType: TypeAlias = Literal["object"]
"""A form is always an object."""

StringFormat: TypeAlias = Literal["email", "uri", "date", "date-time"]
"""What a string must look like."""

ElicitationContentValue: TypeAlias = str | I64 | float | bool | Sequence[str]
"""What a user can put into one field of a form."""


@record
class EnumOption(MetaRecord):
    """A value to choose, with a title for people."""

    const: str
    title: str
    description: str | None = lenient(default=None)


@record
class StringPropertySchema(MetaRecord):
    """A text field, or a choice of one from `enum` or `one_of`."""

    title: str | None = lenient(default=None)
    description: str | None = lenient(default=None)
    min_length: U32 | None = None
    max_length: U32 | None = None
    pattern: str | None = None
    format: StringFormat | None = None
    default: str | None = lenient(default=None)
    enum: Sequence[str] | None = None
    one_of: Sequence[EnumOption] | None = None


@record
class NumberPropertySchema(MetaRecord):
    """A number field."""

    title: str | None = lenient(default=None)
    description: str | None = lenient(default=None)
    minimum: float | None = None
    maximum: float | None = None
    default: float | None = lenient(default=None)


@record
class IntegerPropertySchema(MetaRecord):
    """A field for whole numbers."""

    title: str | None = lenient(default=None)
    description: str | None = lenient(default=None)
    minimum: I64 | None = None
    maximum: I64 | None = None
    default: I64 | None = lenient(default=None)


@record
class BooleanPropertySchema(MetaRecord):
    """A field that is on or off."""

    title: str | None = lenient(default=None)
    description: str | None = lenient(default=None)
    default: bool | None = lenient(default=None)


@record
class StringMultiSelectItems(MetaRecord):
    """The values to choose from."""

    enum: Sequence[str]


@record
class TitledMultiSelectItems(MetaRecord):
    """The values to choose from, with titles."""

    any_of: Sequence[EnumOption]


@record
class UnknownMultiSelectItems(Unknown):
    """Items of a kind that this version does not know; do not show the field."""

    tag: str = field(name="type")


MultiSelectItems: TypeAlias = Annotated[
    StringMultiSelectItems | TitledMultiSelectItems | UnknownMultiSelectItems,
    Tagged("type", {"string": StringMultiSelectItems}, other=UnknownMultiSelectItems, untagged=TitledMultiSelectItems),
]
"""What a field with several choices offers."""


@record
class MultiSelectPropertySchema(MetaRecord):
    """A choice of several values."""

    title: str | None = lenient(default=None)
    description: str | None = lenient(default=None)
    min_items: U64 | None = None
    max_items: U64 | None = None
    items: MultiSelectItems
    default: Sequence[str] | None = lenient(default=None, skip_invalid=True)


@record
class UnknownElicitationPropertySchema(Unknown):
    """A field of a kind that this version does not know; do not show it as one that you do."""

    tag: str = field(name="type")


ElicitationPropertySchema: TypeAlias = Annotated[
    StringPropertySchema
    | NumberPropertySchema
    | IntegerPropertySchema
    | BooleanPropertySchema
    | MultiSelectPropertySchema
    | UnknownElicitationPropertySchema,
    Tagged(
        "type",
        {
            "string": StringPropertySchema,
            "number": NumberPropertySchema,
            "integer": IntegerPropertySchema,
            "boolean": BooleanPropertySchema,
            "array": MultiSelectPropertySchema,
        },
        other=UnknownElicitationPropertySchema,
    ),
]
"""One field of a form."""


@record
class ElicitationSchema(MetaRecord):
    """A form.

    Attributes:
      properties: the fields by name.
      required: the names of those that must be filled in.
    """

    type: ElicitationSchemaType = lenient(default="object")
    title: str | None = lenient(default=None)
    description: str | None = lenient(default=None)
    properties: Mapping[str, ElicitationPropertySchema] = NOTHING_MORE
    required: Sequence[str] | None = None


@record
class ElicitationSessionScope(Record):
    """The question belongs to a session.

    Attributes:
      tool_call_id: and there to this tool call.
    """

    session_id: SessionId
    tool_call_id: ToolCallId | None = lenient(default=None)


@record
class ElicitationRequestScope(Record):
    """The question belongs to a request that the client is waiting for, outside any session."""

    request_id: RequestId


ElicitationScope: TypeAlias = Annotated[ElicitationSessionScope | ElicitationRequestScope, FirstOf()]
"""What a question belongs to."""


@record
class ElicitationFormMode(Record):
    """Show a form."""

    requested_schema: ElicitationSchema


@record
class ElicitationUrlMode(Record):
    """Open a link; `elicitation/complete` with the same id tells when the user is done there."""

    elicitation_id: ElicitationId
    url: str


@record
class UnknownElicitationMode(Unknown):
    """A way to ask that this version does not know; refuse it."""

    tag: str = field(name="mode")


ElicitationMode: TypeAlias = Annotated[
    ElicitationFormMode | ElicitationUrlMode | UnknownElicitationMode,
    Tagged("mode", {"form": ElicitationFormMode, "url": ElicitationUrlMode}, other=UnknownElicitationMode),
]
"""How to ask."""


@record
class ElicitationAcceptAction(Record):
    """The user answered.

    Attributes:
      content: the form's values by field; None for a link.
    """

    content: Mapping[str, ElicitationContentValue] | None = None


@record
class ElicitationDeclineAction(Record):
    """The user refused to answer."""


@record
class ElicitationCancelAction(Record):
    """The user went away without answering."""


@record
class UnknownElicitationAction(Unknown):
    """An action that this version does not know; treat it as a cancel."""

    tag: str = field(name="action")


ElicitationAction: TypeAlias = Annotated[
    ElicitationAcceptAction | ElicitationDeclineAction | ElicitationCancelAction | UnknownElicitationAction,
    Tagged(
        "action",
        {
            "accept": ElicitationAcceptAction,
            "decline": ElicitationDeclineAction,
            "cancel": ElicitationCancelAction,
        },
        other=UnknownElicitationAction,
    ),
]
"""What the user did."""


@record
class CreateElicitationResponse(MetaRecord):
    """What the user did."""

    action: ElicitationAction = field(flat=True)


@record
class CreateElicitationRequest(Request[CreateElicitationResponse]):
    """Ask the user.

    Attributes:
      message: for the user to read.
    """

    method = "elicitation/create"
    side: ClassVar[Side] = "client"

    message: str
    scope: ElicitationScope = field(flat=True)
    mode: ElicitationMode = field(flat=True)


@record
class CompleteElicitationNotification(Notification):
    """The user is done with a link."""

    method = "elicitation/complete"
    side: ClassVar[Side] = "client"

    elicitation_id: ElicitationId
