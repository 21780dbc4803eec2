"""One line for each request: when it came, its status, what became of its records, the protocolo.

10:07:48 200 contato novo v1 01a2122c-e4c3-7a02-883e-566a04cfdb0a
10:07:49 207 3 novos, 1 recusado 01a2122c-e7a0-7d11-b1c2-0f6a2b1c9d3e
10:07:50 401
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.clock import BRASILIA

WIDTH = 80
_SHORTENED = len("01a2122c…")
# Of the answer's `resumo`: its keys, and how one of them is called.
_ONE = {
    "novos": "novo",
    "atualizados": "atualizado",
    "repetidos": "repetido",
    "atrasados": "atrasado",
    "recusados": "recusado",
    "na_fila": "na fila",
}


def request_line(moment: datetime, status: int, answer: Mapping[str, Any] | None) -> str:
    """Word the line.

    Parameters
    ----------
    moment
        When it was answered; aware. The line has the time in Brasília.
    status
        Of the HTTP answer.
    answer
        The function's answer (payload format 2.0); None where there was none.
    """
    body = _body(answer)
    protocolo = str(body.get("protocolo") or "")
    parts = [moment.astimezone(BRASILIA).strftime("%H:%M:%S"), str(status)]
    room = WIDTH - sum(len(part) + 1 for part in parts) - len(protocolo)
    if protocolo:
        summary = _summary(body)
        if len(summary) >= room:
            protocolo = f"{protocolo[: _SHORTENED - 1]}…"
            summary = _cut(summary, WIDTH - sum(len(part) + 1 for part in parts) - _SHORTENED - 1)
        parts += [summary, protocolo]
    return " ".join(part for part in parts if part)


def _body(answer: Mapping[str, Any] | None) -> Mapping[str, Any]:
    try:
        body = json.loads((answer or {}).get("body") or "")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _summary(body: Mapping[str, Any]) -> str:
    """Say what became of the records: of one, what it is; of several, how many; of none, what was said."""
    counts: Mapping[str, int] = body.get("resumo") or {}
    records = body.get("registros") or []
    if sum(counts.values()) == len(records) == 1:
        return _record(str(records[0]))
    if counts:
        return ", ".join(f"{count} {_name(key, count)}" for key, count in counts.items())
    return str(body.get("mensagem") or body.get("title") or "").partition(".")[0]


def _record(line: str) -> str:
    """Shorten "1: contato novo, versão 1" to "contato novo v1"."""
    record, _, version = re.sub(r"^\d+: ", "", line).partition(", versão ")
    number = re.match(r"\d+", version)
    return f"{record} v{number[0]}" if number else record


def _name(key: str, count: int) -> str:
    return _ONE.get(key, key) if count == 1 else key.replace("_", " ")


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"
