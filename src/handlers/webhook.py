"""The front door: what API Gateway calls for every request."""

import os
import time
from typing import Any, Protocol

from handlers import replies, report
from handlers.request import Request, parse
from handlers.wiring import TimeLeft, receiver
from ingest.receive import receive
from models.delivery import Delivery, receive_at
from models.failures import StoreUnavailable
from settings import SettingsError


class Context(Protocol):
    """What the handler needs of Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        """Give the milliseconds until Lambda ends the invocation."""
        ...


def handler(event: dict[str, Any], context: Context) -> replies.Answer:
    """Answer one request (HTTP API, payload format 2.0); never raises."""
    try:
        return _answer(parse(event), context)
    except StoreUnavailable as failure:
        report.nobody_let_in(failure)
    except SettingsError as error:
        report.misconfigured(error)
    except Exception as error:  # noqa: BLE001 - the runtime would log the message, and that can quote a record
        report.defect(error)
    return replies.unavailable()


def _answer(request: Request, context: Context) -> replies.Answer:
    if request.token is None:
        return replies.not_found()
    if not receiver().may_post(request.source):
        report.not_admitted("source")
        return replies.not_from_here()
    token = receiver().token
    admitted = token.admits(request.token)
    if token.failure:
        report.token_not_renewed(token.failure)
    if not admitted:
        report.not_admitted("token")
        return replies.not_admitted()
    if request.method != "POST":
        return replies.not_allowed(request.method)
    started = time.perf_counter()
    identifier, received_at = receive_at(time.time_ns(), os.urandom(8))
    delivery = Delivery(identifier, received_at, request.body, request.content_type, request.kind)
    result = receive(delivery, receiver().stores, TimeLeft(context.get_remaining_time_in_millis))
    answer = replies.result(result)
    try:
        report.delivery(
            result, answer["statusCode"], time.perf_counter() - started, previous_token=admitted == "previous"
        )
    except Exception as error:  # noqa: BLE001 - what is stored is stored, whatever the report says
        report.defect(error)
    return answer
