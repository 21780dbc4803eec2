"""What may fail around the work, in words that hold nothing of a payload."""

from typing import Protocol

TOO_BIG_TO_HAND_OVER = "DeliveryTooLarge"
"""The code of a recovery queue that takes no message of this size."""


class StoreUnavailable(Exception):  # noqa: N818 - the field's term
    """A store did not do what it was asked, retries included.

    Attributes
    ----------
    store
        Which: "records table", "deliveries table", "records queue", "recovery queue", "token secret".
    code
        The service's error code, or the client's exception name. Never a message: those can quote values.
    """

    def __init__(self, store: str, code: str) -> None:
        super().__init__(f"{store}: {code}")
        self.store = store
        self.code = code


class OutOfTime(StoreUnavailable):
    """The time for this delivery ran short before the store was asked, or before it answered."""

    def __init__(self, store: str) -> None:
        super().__init__(store, "OutOfTime")


class Patience(Protocol):
    """How long the work may still take."""

    def left(self) -> float:
        """Give the seconds left before the answer must be written; may be negative."""
        ...

    def share(self, seconds: float) -> "Patience":
        """Set aside at most so much of it, from now on, for one piece of the work."""
        ...

    def pause(self, attempt: int) -> bool:
        """Back off before attempt number `attempt` (from 1); False, at once, where no time is left for it."""
        ...
