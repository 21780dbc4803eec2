"""How much a delivery may hold: the figures that code, answers and documents share."""

from typing import Final

MAX_EVENT_BYTES: Final = 6 * 1024 * 1024
"""Of an event, as JSON. Lambda takes no more ("Lambda quotas", invocation payload).

A body of JSON is a text in it, with every quote escaped; a body of another content type is base64.
"""

ALWAYS_FITS_BYTES: Final = MAX_EVENT_BYTES * 3 // 4 // 500_000 * 500_000
"""Of a body, however it is sent: base64 makes four bytes of three, and escaped quotes are fewer."""

MAX_BODY_BYTES: Final = 6_000_000
"""Of a body in an event, also when decompressed."""

MAX_ELEMENTS: Final = 10_000
"""Enough for any body of real records; an array of six million digits must not fill the memory."""
