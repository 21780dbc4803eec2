"""What the panel works out: with a bar that moves, and the result afterwards."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from botocore.exceptions import ClientError
from playwright.sync_api import Browser, expect
from tests.browser.conftest import Seen
from tests.browser.synthetic import evento
from tests.e2e.serving import Served

from models.record import Key
from rubeus.inspector.serving import inspector
from rubeus.inspector.stack import Stack
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.queues import Queues
from rubeus.reading.record_state import RecordState
from rubeus.reading.records import Records
from rubeus.stack.child import listen
from rubeus.stack.stores import local_session

EVENTOS = 250
DENIED = ClientError(
    {
        "Error": {
            "Code": "AccessDeniedException",
            "Message": "User: arn:aws:sts::1:assumed-role/a/ana is not authorized to perform:"
            " dynamodb:BatchGetItem on resource: arn:aws:dynamodb:table because no policy allows it",
        }
    },
    "BatchGetItem",
)


@dataclass(frozen=True)
class Gated(Records):
    """Gives the states of records one by one, as it is allowed to; or AWS refuses."""

    gate: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    refusals: list[ClientError] = field(default_factory=list)

    def current(self, keys: Iterable[Key]) -> Iterator[RecordState]:
        """Wait before each, for at most as long as a test may take."""
        for each in super().current(keys):
            assert self.gate.acquire(timeout=60)
            if self.refusals:
                raise self.refusals.pop()
            yield each


@contextmanager
def gated(served: Served) -> Iterator[tuple[str, Gated]]:
    """Serve the pages of a stack whose records come as they are allowed to."""
    session = local_session()
    endpoint = served.where["aws_endpoint"]
    dynamodb = session.client("dynamodb", endpoint_url=endpoint)
    sqs = session.client("sqs", endpoint_url=endpoint)
    records = Gated(dynamodb, served.where["records_table"])

    def unused(*_: object) -> None:
        raise AssertionError

    stack = Stack(
        name=None,
        options="--local",
        caller="ana",
        deliveries=Deliveries(dynamodb, served.where["deliveries_table"]),
        records=records,
        queues=Queues(sqs, None, {}, threading),  # type: ignore[arg-type] # no page of these tests reads it
        receiver=unused,  # type: ignore[arg-type]
        redrive=unused,  # type: ignore[arg-type]
        webhook_url=unused,  # type: ignore[arg-type]
        trace=unused,
    )
    with listen(0, "--port") as listener, inspector(stack, listener, ("127.0.0.1",)) as url:
        yield url, records
    dynamodb.close()
    sqs.close()


def people(served: Served) -> None:
    """Let people enter two stages."""
    inscritos = [evento(number, "Inscrito", str(number)) for number in range(1000, 1200)]
    convocados = [evento(number + 1000, "Convocado", str(number)) for number in range(1000, 1050)]
    served.post([*inscritos, *convocados])


def test_the_bar_moves_and_the_result_comes_by_itself(seen: Seen, served: Served) -> None:
    """Worked out on demand: nothing before the button, the share and the count meanwhile, then the funnel."""
    people(served)
    with gated(served) as (url, records):
        page = seen.page
        page.goto(url)
        page.goto(url.partition("/?")[0] + "/painel/etapas")
        page.get_by_role("button", name="Calcular as etapas").press("Enter")
        bar = page.get_by_role("progressbar", name="Calculando")
        shares: list[float] = []
        for more in (1, 100, 100):
            records.gate.release(more)
            page.wait_for_function(
                "known => document.querySelector('progress').value > known", arg=max(shares, default=0.2)
            )
            shares.append(bar.evaluate("each => each.value"))
        expect(page.get_by_text("201 eventos lidos, 84% do total.")).to_be_visible()
        assert 0.2 < shares[0] < shares[1] < shares[2] < 1
        records.gate.release(EVENTOS)
        expect(page.get_by_role("heading", level=2)).to_have_text("Captação")
        sentence = "A maior perda é entre Inscrito e Convocado: passam 25%."
        expect(page.locator("figure > p")).to_contain_text(sentence)
        expect(page.locator("svg desc")).to_contain_text(sentence)
        expect(page.locator("figure tbody tr").last).to_contain_text("50 (25%)")
        expect(page.get_by_text("E mais 140 pessoas que não chegaram à última etapa.")).to_be_visible()
        page.goto(url.partition("/?")[0] + "/entregas")
        page.goto(url.partition("/?")[0] + "/painel/etapas")
        expect(page.get_by_role("heading", level=2)).to_have_text("Captação")


def test_what_ends_the_work_is_said_and_it_may_begin_again(browser: Browser, served: Served) -> None:
    """An action that is missing has its name; also without a script the page comes by itself."""
    people(served)
    with gated(served) as (url, records):
        context = browser.new_context(java_script_enabled=False, locale="pt-BR")
        page = context.new_page()
        page.goto(url)
        page.goto(url.partition("/?")[0] + "/painel/etapas")
        records.refusals.append(DENIED)
        records.gate.release()
        page.get_by_role("button", name="Calcular as etapas").click()
        expect(page.get_by_text("A AWS não deixa ana fazer dynamodb:BatchGetItem.")).to_be_visible()
        records.gate.release(EVENTOS)
        page.get_by_role("button", name="Calcular as etapas de novo").click()
        expect(page.get_by_role("heading", level=2)).to_have_text("Captação")
        context.close()


def test_unknown_fields_have_a_chart_by_day_with_its_table(seen: Seen, served: Served) -> None:
    """Worked out on demand; keys that no programmer would give are covered."""
    served.post([{**evento(3000, "Inscrito"), "oportunidades": [], "Ana Exemplo": "1"}])
    page = seen.open("/painel/campos")
    page.get_by_role("button", name="Procurar campos desconhecidos").click()
    expect(page.locator(".mono").first).to_contain_text("evento.")
    expect(page.get_by_text("evento.oportunidades")).to_be_visible()
    assert "Ana Exemplo" not in page.content()
    page.get_by_text("Ver os números").click()
    expect(page.locator("figure tbody tr")).to_have_count(14)
    expect(page.locator("figure tbody tr").last).to_contain_text("hoje")
