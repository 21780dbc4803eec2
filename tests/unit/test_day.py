from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rubeus.reading.day import tell, week_before
from rubeus.reading.drift import shape
from rubeus.reading.summary import DeliverySummary, read_summary

MORNING = datetime(2026, 11, 24, 11, tzinfo=UTC)


def summary(number: int, *outcomes: dict[str, str], **more: Any) -> DeliverySummary:
    """Make one of a delivery, so many minutes after eight in Brasília."""
    entries = [{name: {"S": text} for name, text in each.items()} for each in outcomes]
    item: dict[str, Any] = {
        "delivery_id": {"S": f"0199-{number}"},
        "received_at": {"S": (MORNING + timedelta(minutes=number)).isoformat()},
        "state": {"S": "done"},
        "attempts": {"N": "1"},
        "size": {"N": "10"},
        "sha256": {"S": ""},
        "content_type": {"S": ""},
        "milliseconds": {"N": str(number)},
        "outcome": {
            "L": [
                {"M": {"position": {"N": str(position)}, **entry}}
                for position, entry in enumerate(entries, 1)
            ]
        },
        **more,
    }
    return read_summary(item)


def test_a_day_is_told_in_ten_lines() -> None:
    """What came, what became of it, how fast it was answered, what was new."""
    contato = {"kind": "contato", "id": "1"}
    found = [
        summary(number, {**contato, "verdict": verdict})
        for number, verdict in enumerate(("new", "new", "updated", "repeated", "late"))
    ]
    unknown = {"L": [{"S": "contato.etapa"}, {"S": "contato.Ana Exemplo"}]}
    found.append(summary(30, {"kind": "evento", "verdict": "rejected"}, unknown_fields=unknown))
    assert tell("2026-11-24", found, 3) == [
        "Resumo de terça-feira, 24/11/2026.",
        "Entregas: 6; no mesmo dia da semana anterior, 3.",
        "A primeira chegou às 08:00:00; a última, às 08:30:00.",
        "Registros aceitos: 5 (novos 2, atualizados 1, repetidos 1, atrasados 1).",
        "Registros recusados: 1.",
        "Motivos das recusas: nenhum.",
        "Por tipo: contato (5); evento (1).",
        "Entregas por terminar: em aberto 0, com falha 0, em quarentena 0.",
        "Tempo de resposta: metade em até 2 ms, 95% em até 24 ms.",
        "Campos desconhecidos: contato.etapa (1); contato.••• (1).",
    ]


def test_a_day_is_compared_with_that_of_the_week_before() -> None:
    """Over the ends of months, too."""
    assert [week_before(day) for day in ("2026-11-24", "2026-12-03")] == ["2026-11-17", "2026-11-26"]


@pytest.mark.parametrize(
    ("value", "looks"),
    [
        ("01310-100", "texto '99999-999'"),
        ("Ána@B.test", "texto 'aaa@a.aaaa'"),
        ("x" * 50, f"texto '{'a' * 40}'"),
        ("", "texto vazio"),
        (7, "número"),
        (None, "null"),
        (True, "verdadeiro ou falso"),
        (["a"], "lista de 1"),
        ({"a": 1}, "objeto"),
    ],
)
def test_a_shape_says_no_value(value: object, looks: str) -> None:
    """Letters are a, digits 9, and no more than forty of them."""
    assert shape(value) == looks
