"""A list, its older pages, its file and its batch are of the same deliveries; so is a chart and its table."""

import csv
import html
import random
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from tests.e2e.browsing import Visitor, settled
from tests.e2e.operating import Operator
from tests.e2e.serving import Served, contato

from models.clock import BRASILIA, day, timestamp
from models.delivery import receive_at

DAY = "2026-03-02"
MORNING = datetime(2026, 3, 2, 9, tzinfo=BRASILIA)
NOBODY = {"codigo": "C", "nome": "Ana Exemplo", "emails": None}
EVENTO: dict[str, object] = {
    "tipo": {"id": "1", "nome": "Ligação"},
    "contatosSecundarios": [],
    "dataAgendamento": None,
}


@pytest.fixture(scope="module")
def visitor(served: Served) -> Visitor:
    """Come in when a day long ago has 55 eventos, and 21 contatos that were answered in 0 to 200 ms."""
    operator, contatos = Operator(served), [contato("971"), contato("971", cidade="Santos")]
    evento = {"id": "972", **EVENTO, "contato": {"id": "971"}}
    copies = (
        *(
            (record, number * 10, MORNING + timedelta(seconds=number))
            for number, record in _cycle(contatos, 21)
        ),
        *((evento, 7, MORNING + timedelta(hours=1, seconds=number)) for number in range(55)),
        *((record, 7, MORNING + timedelta(hours=12)) for record in (NOBODY, {"assunto": "x"}, "x")),
        ([contato("973"), NOBODY], 7, MORNING + timedelta(hours=12)),
    )
    heads: dict[str, dict[str, object]] = {}
    with operator.table() as table, table.batch_writer() as batch:
        for record, milliseconds, at in copies:
            records = record if isinstance(record, list) else [record]
            name = repr(records)
            if name not in heads:
                heads[name] = operator.stored(operator.post_records(*records))[-1]
            delivery_id, _ = receive_at(int(at.timestamp() * 10**9), random.randbytes(8))
            own = {"delivery_id": delivery_id, "received_at": timestamp(at), "day": DAY}
            batch.put_item(Item={**heads[name], **own, "milliseconds": milliseconds})
    return Visitor(served.where["inspector_url"])


def _cycle(records: list[dict[str, object]], count: int) -> Iterator[tuple[int, dict[str, object]]]:
    return ((number, records[number % len(records)]) for number in range(count))


def file(visitor: Visitor, path: str) -> list[dict[str, str]]:
    """Read a file of a list."""
    return [*csv.DictReader(visitor.get(path).text.removeprefix("\ufeff").splitlines(), delimiter=";")]


def listed(visitor: Visitor, path: str) -> Iterator[str]:
    """Give the ids of a list, and of its older pages."""
    while path:
        page = visitor.get(path).text
        yield from re.findall(r'<tr id="e-([^"]+)"', page)
        older = re.search(r'href="([^"]+)">Mais antigas', page)
        path = html.unescape(older[1]) if older else ""


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 80),
        ("&tipo=evento", 55),
        ("&veredito=recusado", 4),
        ("&problema=n%C3%A3o%20veio", 2),
        ("&situacao=quarentena", 3),
        ("&situacao=conclu%C3%ADda&tipo=contato", 21),
        ("&tipo=contato&veredito=recusado&problema=id", 2),
    ],
)
def test_a_list_its_file_and_its_batch_are_of_the_same(visitor: Visitor, query: str, count: int) -> None:
    """By each filter, and over all pages: none left out, none twice, none besides."""
    ids = [*listed(visitor, f"/entregas?dia={DAY}{query}")]
    assert len(ids) == count
    page = visitor.get(f"/entregas?dia={DAY}{query}").text
    link = re.search(r'href="(/entregas/exportar[^"]*formato=csv)"', page)
    assert link
    assert [each["protocolo"] for each in file(visitor, html.unescape(link[1]))] == ids
    forms = re.findall(r'action="/entregas/lote" method="post">(.*?)</form>', page, re.DOTALL)
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', forms[-1]))
    if "situacao=conclu" in query:
        assert fields == {"quais": "pendentes"}  # of what is done there is nothing to do
        return
    batch = visitor.post("/entregas/lote", fields).headers["location"]
    assert f"{count} entregas escolhidas" in settled(visitor, batch).text


def test_a_chart_its_table_and_its_file_say_the_same(visitor: Visitor) -> None:
    """In hours of Brasília: p50 and p95 of 0, 10, … 200 ms are 100 and 190; and what became of each."""
    page = visitor.get(f"/painel?dia={DAY}").text
    row = r'<tr><th scope="row">{}h</th>(?:<td class="n">([^<]*)</td>)(?:<td class="n">([^<]*)</td>)'
    assert ("100 ms", "190 ms") in re.findall(row.format(9), page)
    times = file(visitor, f"/painel/exportar?dia={DAY}&tabela=tempos-de-resposta&formato=csv")
    assert times[9] == {"hora": "9", "p50_ms": "100", "p95_ms": "190"}
    hours = file(visitor, f"/painel/exportar?dia={DAY}&tabela=entregas-por-hora&formato=csv")
    told = {each["hora"]: [*each.values()][1:] for each in hours}
    assert (told["9"], told["10"], told["21"]) == (["21", "0", "0"], ["55", "0", "0"], ["0", "1", "3"])
    assert sum(int(count) for counts in told.values() for count in counts) == 80
    assert re.search(r'21h</th><td class="n">0</td><td class="n">1</td><td class="n">3</td>', page)
    assert "Pico às 10 horas, com 55 entregas." in page


def test_days_between_stages_are_told_as_they_are(served: Served, visitor: Visitor) -> None:
    """Three and a half are not four; who has stood longest comes first, and is in the file."""
    ago = {"981": 9.0, "982": 5.5, "983": 20.0}
    steps = [("981", "981", "Alfa"), ("982", "981", "Beta"), ("983", "983", "Alfa")]
    for identifier, person, stage in steps:
        tipo = {"id": "36", "codigo": None, "nome": f"Entrou na etapa {stage} - Mestrado"}
        served.post([{**EVENTO, "id": identifier, "tipo": tipo, "contato": {"id": person, "codigo": "C"}}])
    with Operator(served).records() as table:
        for identifier, days in ago.items():
            came = datetime.now(BRASILIA) - timedelta(days=days)
            table.update_item(
                Key={"pk": f"evento#{identifier}", "sk": "current"},
                UpdateExpression="SET #day = :day, received_at = :at, first_received_at = :at",
                ExpressionAttributeNames={"#day": "day"},
                ExpressionAttributeValues={":day": f"evento#{day(came)}", ":at": timestamp(came)},
            )
    visitor.work_out("/painel/etapas")
    page = " ".join(re.sub(r"<[^>]+>", " ", visitor.get("/painel/etapas").text).split())
    assert "Beta 1 1 (50%) 3,5 dias" in page
    assert "contato 983 Alfa 20" in page
    path = "/painel/exportar?formato=csv&tabela="
    stages = [[*each.values()] for each in file(visitor, f"{path}etapas")]
    assert ["Mestrado", "Beta", "1", "1", "3,5"] in stages
    (standing,) = (each for each in file(visitor, f"{path}parados") if each["processo"] == "Mestrado")
    assert (standing["contato"], standing["etapa"], standing["dias"]) == ("983", "Alfa", "20")
