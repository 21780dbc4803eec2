"""The front door: what API Gateway calls for every request."""

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from handlers import bootstrap, responses, telemetry
from handlers.invocation import deadline
from handlers.request import Request, read_request
from ingest.receive import receive
from models.delivery import Delivery, gateway_time, receive_at
from models.failures import StoreUnavailable
from settings import SettingsError


def handler(event: dict[str, Any], context: LambdaContext) -> responses.Response:
    """Answer one request (HTTP API, payload format 2.0); never raises."""
    try:
        return _respond(read_request(event), context)
    except StoreUnavailable as failure:
        telemetry.auth_unavailable(failure)
    except SettingsError as error:
        telemetry.misconfigured(error)
    except Exception as error:  # noqa: BLE001 - the runtime would log the message, and that can quote a record
        telemetry.defect(error)
    return responses.unavailable()


def _respond(request: Request, context: LambdaContext) -> responses.Response:
    if request.token is None:
        return responses.not_found()
    receiver = bootstrap.receiver()
    if not request.is_from(receiver.settings.allowed_sources):
        telemetry.denied("source")
        return responses.forbidden()
    check = receiver.token.check(request.token)
    if check.refresh_failure:
        telemetry.token_refresh_failed(check.refresh_failure)
    if check.matched is None:
        telemetry.denied("token")
        return responses.unauthorized()
    if request.method != "POST":
        return responses.method_not_allowed(request.method)
    clock = receiver.clock
    started = clock.monotonic()
    delivery = _delivery(request, clock.time_ns())
    result = receive(delivery, receiver.stores, deadline(context, clock))
    response = responses.result(result)
    try:
        seconds = clock.monotonic() - started
        telemetry.delivery(
            result, response["statusCode"], seconds, previous_token=check.matched == "previous"
        )
    except Exception as error:  # noqa: BLE001 - what is stored is stored, whether or not it can be logged
        telemetry.defect(error)
    return response


def _delivery(request: Request, now: int) -> Delivery:
    """Stamp a request with the time at which the gateway received it.

    An instance's own clock would order by when it started, and instances start cold; see docs/decisions.md.
    """
    received = gateway_time(request.received_at, now)
    if received is None:
        telemetry.gateway_time_unusable()
    identifier, received_at = receive_at(now if received is None else received, os.urandom(8))
    return Delivery(
        identifier,
        received_at,
        request.body,
        request.content_type,
        request.kind,
        request.query,
        request.content_encoding,
    )
