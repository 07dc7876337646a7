"""What users implement: transports, components, handlers and attachments of their own."""

from .connection import DispatchHandler as DispatchHandler
from .session import Attachment as Attachment
from .transports import Component as Component
from .transports import Link as Link
from .transports import Transport as Transport

__all__ = ["Attachment", "Component", "DispatchHandler", "Link", "Transport"]
