"""The stack that the pages show, and who looks at it."""

from collections.abc import Callable
from dataclasses import dataclass

from handlers.bootstrap import Receiver
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.queues import Queues
from rubeus.reading.records import Records

MIN_REASON = 5
"""How many characters the reason for looking at personal data has at least."""


@dataclass(frozen=True)
class Stack:
    """What the pages read, and by what they change something.

    Attributes
    ----------
    name
        That of the CloudFormation stack; None: a `rubeus serve`.
    options
        By which a command of `rubeus` finds it: `--stack rubeus-webhook --region sa-east-1`.
    caller
        Who looks: the ARN that AWS knows the caller by, or the user of this machine.
    receiver
        Gives the receiver of the stack, composed in this process, for what operates.
    redrive
        Moves what lies in the dead letters of "records" or "recovery" back, and gives how many it was.
    webhook_url
        Gives the URL that Rubeus posts to; it holds the token.
    trace
        Keeps that the caller saw, or searched by, personal data: what (never a value), and why; on this
        machine, nothing.
    """

    name: str | None
    options: str
    caller: str
    deliveries: Deliveries
    records: Records
    queues: Queues
    receiver: Callable[[], Receiver]
    redrive: Callable[[str], int]
    webhook_url: Callable[[], str]
    trace: Callable[[str, str], None]

    @property
    def is_local(self) -> bool:
        """Whether it is a `rubeus serve`, whose data is its user's own."""
        return self.name is None

    def is_reason(self, text: str) -> bool:
        """Say whether personal data may be looked at for this reason; on this machine for none."""
        return self.is_local or len(text) >= MIN_REASON

    @property
    def caller_name(self) -> str:
        """The caller in one word: the last part of an ARN."""
        return self.caller.rpartition("/")[2]
