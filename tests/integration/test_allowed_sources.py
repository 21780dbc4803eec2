import json
from typing import Any

import pytest
from tests.integration.receiving import TOKEN, Receiver

from handlers import bootstrap
from handlers.webhook import handler

CONTATO = '[{"id": "341", "codigo": null, "nome": "Ana Exemplo", "cpf": null}]'


@pytest.fixture
def behind_a_list(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """Give a receiver that takes deliveries from one network only."""
    monkeypatch.setenv("ALLOWED_SOURCES", "203.0.113.0/24")
    bootstrap.receiver.cache_clear()
    return receiver


def post_from(source: str, receiver: Receiver, token: str = TOKEN) -> dict[str, Any]:
    """Post a record from an address."""
    path = f"/webhook/{token}"
    http = {"method": "POST", "path": path, "sourceIp": source}
    return handler({"rawPath": path, "requestContext": {"http": http}, "body": CONTATO}, receiver.context)


def test_another_address_is_refused_and_nothing_is_kept(
    behind_a_list: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """403 in Portuguese, the same for every token; the log says that it was the source, and not which."""
    answer, stranger = (post_from("198.51.100.7", behind_a_list, token) for token in (TOKEN, "outro"))

    assert answer == stranger
    assert answer["statusCode"] == 403
    assert answer["headers"]["content-type"].startswith("application/problem+json")
    assert json.loads(answer["body"]) == {
        "type": "about:blank",
        "title": "Origem não permitida",
        "status": 403,
        "detail": "Este endereço de rede não pode enviar para esta URL.",
    }
    assert behind_a_list.deliveries() == []
    assert [(record.message, vars(record)["wrong"]) for record in caplog.records] == [
        ("not admitted", "source")
    ] * 2
    assert "198.51.100.7" not in str([vars(record) for record in caplog.records])


def test_an_address_of_the_network_needs_the_token_all_the_same(behind_a_list: Receiver) -> None:
    """The list is a second lock, not another key."""
    assert post_from("203.0.113.9", behind_a_list)["statusCode"] == 200
    assert post_from("203.0.113.9", behind_a_list, "outro")["statusCode"] == 401
