"""What may fail around the work, in words that hold nothing of a payload."""

TOO_BIG_TO_ENQUEUE = "DeliveryTooLarge"
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
