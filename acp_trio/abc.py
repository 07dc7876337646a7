"""What users implement: a transport of their own."""

from .transports import Link as Link
from .transports import Transport as Transport

__all__ = ["Link", "Transport"]
