import json
from contextlib import closing
from typing import Any

import pytest
from tests.e2e.serving import Served, contato, versions
from tests.sam.local import VARIABLES, SamLocal

from rubeus.samples import EVENTS
from rubeus.stack.stores import local_session

FILES = {path.stem: path for path in sorted(EVENTS.glob("*.json")) if path != VARIABLES}
REQUESTS = {
    name: event
    for name, event in ((name, json.loads(path.read_text())) for name, path in FILES.items())
    if "requestContext" in event
}
# The status of the answer, and the records that are in the stores then.
OUTCOMES: dict[str, tuple[int, set[str]]] = {
    "atividade": (200, {"atividade/108"}),
    "bad_token": (401, set()),
    "bare_object": (200, {"contato/344"}),
    "connection_test": (200, set()),
    "contato": (200, {"contato/341"}),
    "evento": (200, {"evento/934"}),
    "malformed_json": (400, set()),
    "mixed_batch": (207, {"contato/342", "evento/935", "atividade/110"}),
    "registro_processo": (200, {"registro_processo/150"}),
    "unknown_kind": (422, set()),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_every_sample_request_is_answered_stored_and_published(
    sam_local: SamLocal, served: Served, name: str
) -> None:
    """In Lambda's container, `sam local invoke` does with each file of events/ what it is a sample of."""
    status, expected = OUTCOMES[name]
    before = _current(served)

    answer = sam_local.invoke("WebhookFunction", FILES[name])

    assert answer["statusCode"] == status
    body = json.loads(answer["body"])
    assert body["mensagem" if status in {200, 207} else "title"]
    new = {key: item for key, item in _current(served).items() if key not in before}
    assert set(new) == expected
    for key, item in new.items():
        assert item["data"] in _records(REQUESTS[name])
        (message,) = served.messages(key)
        assert message["id"] == f"{key}/1"
        assert message["data"] == item["data"]


@pytest.mark.parametrize("name", sorted(FILES.keys() - REQUESTS.keys()))
def test_every_other_sample_event_is_taken_by_recovery(sam_local: SamLocal, name: str) -> None:
    """The schedule's event and the queue's messages run in Lambda's container, and fail nothing."""
    answer = sam_local.invoke("RecoveryFunction", FILES[name])

    assert "errorMessage" not in answer
    assert answer["batchItemFailures"] == []


def test_start_api_takes_a_post_as_api_gateway_does(sam_local: SamLocal, served: Served) -> None:
    """A POST over HTTP is answered, stored and published; other methods and paths reach the function, too."""
    path = "/webhook/token-local"
    sent = contato("9001")
    with sam_local.api() as connection, closing(connection):
        headers = {"Content-Type": "application/json"}
        posted = _ask(connection, "POST", path, json.dumps([sent]), headers)
        got = _ask(connection, "GET", path)
        elsewhere = _ask(connection, "POST", "/elsewhere", "[]", headers)

    assert [status for status, _ in (posted, got, elsewhere)] == [200, 405, 404]
    assert "contato novo" in posted[1]
    items = served.items("contato#9001")
    assert items["current"]["data"] == sent
    assert versions(items) == [1]
    (message,) = served.messages("contato/9001")
    assert message["data"] == sent


def _ask(connection: Any, *request: Any) -> tuple[int, str]:
    connection.request(*request)
    response = connection.getresponse()
    return response.status, response.read().decode()


def _current(served: Served) -> dict[str, dict[str, Any]]:
    """Give what the records table holds as current, by kind and id."""
    resource = local_session().resource("dynamodb", endpoint_url=served.where["aws_endpoint"])
    with closing(resource.meta.client):
        items = resource.Table(served.where["records_table"]).scan()["Items"]
    return {str(item["pk"]).replace("#", "/"): item for item in items if item["sk"] == "current"}


def _records(event: dict[str, Any]) -> list[Any]:
    sent = json.loads(event["body"])
    return sent if isinstance(sent, list) else [sent]
