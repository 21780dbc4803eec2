"""What Lambda says about one invocation."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from models.clock import Clock
from models.deadline import Deadline

# What the answer itself takes, from the last store's call to the gateway.
_ANSWER_SECONDS = 1.5


def deadline(context: LambdaContext, clock: Clock) -> Deadline:
    """Give the moment at which the answer must be written, a little before Lambda ends the invocation."""
    return Deadline.after(context.get_remaining_time_in_millis() / 1000 - _ANSWER_SECONDS, clock)
