"""Guardar como exemplo: a delivery as an event like those of events/, with no true value in it."""

import json
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from models.delivery import Delivery
from rubeus.inspector.pages import page, stack_of
from rubeus.reading.deliveries import UnreadableBodyError
from rubeus.reading.summary import DeliverySummary
from rubeus.reading.synthetic import MAX_BYTES, NoSampleError, synthetic
from rubeus.samples import read_event


def one(request: Request) -> Response:
    """Give the event as a file; or say why there can be none."""
    deliveries = stack_of(request).deliveries
    summary = deliveries.get(request.path_params["id"])
    if summary is None:
        raise HTTPException(404)
    try:
        delivery = deliveries.delivery(summary)
        made = synthetic(delivery) if delivery else None
    except (UnreadableBodyError, NoSampleError):
        made = None
    if made is None:
        return page(request, "sem_exemplo.html", 422, delivery=summary, kilobytes=MAX_BYTES // 1000)
    name = file_name(summary)
    return Response(
        json.dumps(_event(made, name.removesuffix(".json")), ensure_ascii=False, indent=2) + "\n",
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def file_name(summary: DeliverySummary) -> str:
    """Name the file of a delivery's sample."""
    kinds = {kind for kind in summary.kinds if kind}
    return f"exemplo-{kinds.pop()}.json" if len(kinds) == 1 else "exemplo.json"


def _event(made: Delivery, name: str) -> dict[str, Any]:
    """Give what API Gateway would hand over; all but the delivery's own is that of the other samples."""
    event = read_event("contato")
    path = event["rawPath"] + (f"/{made.path_kind}" if made.path_kind else "")
    body = made.body.decode()
    event["headers"] |= {"content-length": str(len(body)), "content-type": made.content_type}
    event["requestContext"]["http"]["path"] = path
    event["requestContext"]["requestId"] = f"local-{name}"
    if made.path_kind:
        event["pathParameters"]["kind"] = made.path_kind
        event["routeKey"] = event["requestContext"]["routeKey"] = "ANY /webhook/{token}/{kind}"
    return event | {"rawPath": path, "rawQueryString": made.query, "body": body}
