import json
from datetime import UTC, datetime
from typing import Any

import pytest

from rubeus.stack.request_line import request_line

MOMENT = datetime(2026, 11, 25, 13, 7, 48, tzinfo=UTC)
ID = "01a2122c-e4c3-7a02-883e-566a04cfdb0a"
MANY = {"novos": 1000, "atualizados": 1000, "repetidos": 1000, "atrasados": 1000, "recusados": 1000}


def line(status: int, **body: Any) -> str:
    """Word the line of an answer with this body."""
    return request_line(MOMENT, status, {"body": json.dumps(body)})


@pytest.mark.parametrize(
    ("body", "summary"),
    [
        ({"resumo": {"novos": 1}, "registros": ["1: contato novo, versão 1"]}, "contato novo v1"),
        (
            {"resumo": {"novo": 1}, "registros": ["1: registro de processo novo, versão 12"]},
            "registro de processo novo v12",
        ),
        ({"resumo": {"na_fila": 1}, "registros": ["1: contato na fila"]}, "contato na fila"),
        ({"resumo": {"novos": 3, "recusados": 1}, "registros": ["", "", ""]}, "3 novos, 1 recusado"),
        ({"resumo": {"na_fila": 2}, "registros": ["", ""]}, "2 na fila"),
        ({"resumo": {"recusados": 1}, "title": "Nenhum registro aceito"}, "1 recusado"),
        ({"mensagem": "Conexão confirmada. Nenhum registro no corpo."}, "Conexão confirmada"),
        ({"title": "Corpo ilegível"}, "Corpo ilegível"),
    ],
)
def test_a_line_says_what_became_of_the_records(body: dict[str, Any], summary: str) -> None:
    """Of one, what it is; of several, how many; of none, what was said; at the time in Brasília."""
    assert line(200, **body, protocolo=ID) == f"10:07:48 200 {summary} {ID}"


@pytest.mark.parametrize(
    "answer", [None, {}, {"body": "not JSON"}, {"body": "[]"}, {"body": '{"title": "x"}'}]
)
def test_who_was_not_let_in_gets_the_status_alone(answer: dict[str, Any] | None) -> None:
    """Without a protocolo there is nothing to look up."""
    assert request_line(MOMENT, 401, answer) == "10:07:48 401"


@pytest.mark.parametrize("left_out", range(6))
def test_a_line_has_at_most_80_columns(left_out: int) -> None:
    """The protocolo is shortened first, and then what comes before it."""
    counts = dict(list(MANY.items())[left_out:])
    told = line(207, resumo=counts, registros=["", ""], protocolo=ID)
    assert len(told) <= 80
    assert told.endswith(ID if len(counts) <= 2 else " 01a2122c…")
