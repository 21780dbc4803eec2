"""Testar: send a body to the receiver as Rubeus would, and see what it would see."""

import http.client
import json
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from models.kind import FLUXO, KINDS
from models.record import Key
from rubeus.inspector import words
from rubeus.inspector.pages import page, read_form, stack_of
from rubeus.inspector.stack import Stack
from rubeus.inspector.views.records import record_path
from rubeus.reading import masking
from rubeus.reading.bodies import pretty, unpacked
from rubeus.reading.deliveries import UnreadableBodyError
from rubeus.reading.synthetic import NoSampleError, synthetic
from rubeus.samples import read_event

_SECONDS = 35
_SAMPLES = {
    "contato": ("contato", "Um contato como o da página do Rubeus."),
    "registro_processo": ("registro de processo", "Um registro de processo como o da página do Rubeus."),
    "atividade": ("atividade", "Uma atividade como a da página do Rubeus."),
    "evento": ("evento", "Um evento como o da página do Rubeus."),
    "mixed_batch": ("entrega mista", "Seis registros, três deles com problemas: a resposta é 207."),
    "connection_test": ("teste de conexão", "Uma lista vazia, como a de quem só confere a URL."),
    "malformed_json": ("JSON quebrado", "Um corpo que não é JSON: a resposta é 400, com a posição."),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver answered.

    Attributes
    ----------
    protocolo
        None where there was none.
    record
        The path of the only record's page; None where there were more, or none, or its id is covered.
    """

    status: int
    text: str
    milliseconds: int
    protocolo: str | None = None
    record: str | None = None


async def form(request: Request) -> Response:
    """Show the form; on POST, send what it holds and show the answer."""
    if request.method == "POST":
        values = await read_form(request)
        return await run_in_threadpool(_sent, request, values)
    return await run_in_threadpool(_asked, request)


def _asked(request: Request) -> Response:
    name = request.query_params.get("exemplo", "contato")
    name = name if name in _SAMPLES else "contato"
    body, note, kind = pretty_sample(name), _SAMPLES[name][1], ""
    delivery_id = request.query_params.get("entrega", "")
    if delivery_id:
        body, note, kind = _of_delivery(request, delivery_id, body)
    return _page(request, name="" if delivery_id else name, note=note, body=body, kind=kind)


def _sent(request: Request, values: dict[str, str]) -> Response:
    body, kind = values.get("corpo", ""), values.get("fim", "")
    kind = kind if kind in (*KINDS, FLUXO) else ""
    answer = _send(stack_of(request), body, kind)
    return _page(request, name=values.get("exemplo", ""), note="", body=body, kind=kind, answer=answer)


def _page(  # noqa: PLR0913 (the form's values)
    request: Request, *, name: str, note: str, body: str, kind: str, answer: Answer | None = None
) -> Response:
    return page(
        request,
        "testar.html",
        samples={each: title for each, (title, _) in _SAMPLES.items()},
        name=name,
        note=note,
        body=body,
        kind=kind,
        kinds=[*KINDS, FLUXO],
        answer=answer,
        words=words,
    )


def pretty_sample(name: str) -> str:
    """Give the body of a sample, laid out."""
    return pretty(read_event(name)["body"].encode())


def _of_delivery(request: Request, delivery_id: str, otherwise: str) -> tuple[str, str, str]:
    """Give the body of a delivery, with invented values while its data is covered; a note, its URL's kind."""
    deliveries = stack_of(request).deliveries
    try:
        summary = deliveries.get(delivery_id)
        delivery = deliveries.delivery(summary) if summary else None
    except UnreadableBodyError:
        delivery = None
    if delivery is None:
        return otherwise, "O corpo daquela entrega não pode mais ser lido; aqui está um exemplo.", ""
    kind = delivery.path_kind if delivery.path_kind in (*KINDS, FLUXO) else ""
    if request.app.state.shown.get(f"entrega/{delivery_id}"):
        note = "O corpo da entrega, como chegou. Enviado de novo, é uma entrega nova."
        return pretty(unpacked(delivery)[0]), note, kind
    first = "Para editar o corpo verdadeiro, mostre primeiro os dados na página da entrega."
    try:
        made = pretty(synthetic(delivery).body)
    except NoSampleError:
        return (
            otherwise,
            f"Os dados pessoais daquela entrega estão cobertos; aqui está um exemplo. {first}",
            "",
        )
    return (
        made,
        f"O corpo da entrega com valores inventados, porque os dados pessoais estão cobertos. {first}",
        kind,
    )


def _send(stack: Stack, body: str, kind: str) -> Answer:
    """Post a body as Rubeus does."""
    url = urlsplit(stack.webhook_url())
    connect = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = connect(url.netloc, timeout=_SECONDS)
    begun = time.monotonic()
    try:
        path = f"{url.path}/{kind}" if kind else url.path
        # A browser ends the lines of a form by CR LF.
        content = body.replace("\r\n", "\n").encode()
        connection.request("POST", path, content, {"Accept": "*/*", "Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return Answer(0, "", 0)
    finally:
        connection.close()
    milliseconds = round((time.monotonic() - begun) * 1000)
    return Answer(response.status, text, milliseconds, *_about(stack, text))


def _about(stack: Stack, text: str) -> tuple[str | None, str | None]:
    """Give the protocolo in an answer, and which record it was about."""
    try:
        protocolo = json.loads(text).get("protocolo")
    except (ValueError, AttributeError):
        return None, None
    if not isinstance(protocolo, str):
        return None, None
    summary = stack.deliveries.get(protocolo)
    outcomes = list(summary.outcomes.values()) if summary else []
    if (
        len(outcomes) != 1
        or "version" not in outcomes[0]
        or masking.identity(outcomes[0]["id"]) == masking.MASK
    ):
        return protocolo, None
    return protocolo, record_path(Key(outcomes[0]["kind"], outcomes[0]["id"]))
