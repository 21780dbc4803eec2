from collections.abc import Mapping
from datetime import timedelta
from itertools import product
from typing import Any

import boto3
import pytest
from tests.integration.receiving import Receiver
from tests.payloads import documented

from models.clock import moment
from models.kind import FLUXO, KINDS
from models.outcome import State, Verdict
from rubeus.operating.states import put_aside, reopen
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.selection import Selection
from rubeus.reading.summary import Dismissal

CONTATO = {**documented("contato"), "id": "635"}
EVENTO = {**documented("evento"), "id": "930"}


@pytest.fixture
def deliveries(receiver: Receiver) -> Deliveries:
    """Hold deliveries of all sorts: of one record, of several, of none; closed, open again, put aside."""
    receiver.post_records(CONTATO)
    receiver.post_records(CONTATO)
    receiver.post_records({**CONTATO, "nome": "Outro"}, kind="contato")
    receiver.post_records(CONTATO, EVENTO)
    receiver.post_records({**EVENTO, "id": ""}, {**CONTATO, "id": "7"})
    receiver.post_records({"passo": "1"}, kind=FLUXO)
    receiver.post_records({"teste": 1})
    receiver.post_records({"teste": 1}, kind="atividade")
    receiver.post("[]", kind="evento")
    receiver.post("[{", kind="evento")
    receiver.post_records({"nada": "disso"}, kind="registro_processo")
    again = receiver.post_records({**CONTATO, "id": ""}).body["protocolo"]
    aside = receiver.post_records({**EVENTO, "id": ""}).body["protocolo"]
    found = Deliveries(boto3.client("dynamodb"), "rubeus-deliveries", receiver)
    now = moment(receiver.time_ns())
    assert (head := found.get(again))
    assert reopen(found, head, now, timedelta()) is None
    assert (head := found.get(aside))
    assert put_aside(found, head, Dismissal(now, "Bia", "em teste"), int(now.timestamp()) + 9_999) is None
    return found


def test_a_list_by_the_index_holds_what_the_deliveries_themselves_say(
    receiver: Receiver, deliveries: Deliveries
) -> None:
    """For each kind, verdict and problem, and any of them together."""
    day = moment(receiver.time_ns()).date().isoformat()
    heads = [*deliveries.find(Selection(day=day))]
    assert len(heads) == 13
    seen = set()
    for state, kind, verdict, problem in product(
        (None, State.DONE), (None, *KINDS, FLUXO), (None, *Verdict), (None, "id")
    ):
        selection = Selection(state, day, None, kind, problem, verdict)
        listed = [each.id for each in deliveries.list(selection)]
        assert listed == [each.id for each in heads if selection.holds(each)], selection
        seen.add(len(listed))
    assert {0, 1, 2, 3, 13} <= seen


def test_a_filter_leaves_out_in_the_store_what_cannot_be_meant(
    receiver: Receiver, deliveries: Deliveries
) -> None:
    """Ten thousand entries of a day need not come over the wire for one of them."""
    day = moment(receiver.time_ns()).date().isoformat()
    counts: list[tuple[int, int]] = []

    def count(parsed: Mapping[str, Any], **_: object) -> None:
        counts.append((parsed["Count"], parsed["ScannedCount"]))

    deliveries.dynamodb.meta.events.register("after-call.dynamodb.Query", count)
    (flow,) = deliveries.list(Selection(day=day, kind=FLUXO))
    (again,) = deliveries.list(Selection(day=day, verdict=Verdict.REPEATED))
    assert flow.kinds == [FLUXO]
    assert again.counts == {Verdict.REPEATED: 1}
    assert [scanned for _, scanned in counts] == [13, 13]
    assert all(count <= 9 for count, _ in counts)
