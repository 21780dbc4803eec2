import gzip
import json
from typing import Any

import pytest
from tests.integration.receiving import Receiver
from tests.payloads import documented

from aws.item_codec import decode

FORM = {"content-type": "application/x-www-form-urlencoded"}
CONTATO: dict[str, Any] = documented("contato")
TEXT = json.dumps([CONTATO], ensure_ascii=False)
MULTIPART = (
    '--x\r\nContent-Disposition: form-data; name="id"\r\n\r\n7\r\n'
    '--x\r\nContent-Disposition: form-data; name="emails[principal]"\r\n\r\nana@exemplo.invalid\r\n--x--\r\n'
)


def links(receiver: Receiver, contato: str) -> list[str]:
    """Give the sort keys of what concerns a contato."""
    return [key for key in receiver.items(f"contato#{contato}") if key.startswith("link#")]


@pytest.mark.parametrize(
    ("change", "linked"),
    [
        ({"contato": {"id": None, "codigo": None}, "contatosSecundarios": []}, []),
        ({"contato": "Ligação de retorno", "contatosSecundarios": [None]}, []),
        ({"contato": {"id": "635"}, "contatosSecundarios": "634,633"}, ["635", "634", "633"]),
        ({"contato": "635|634", "contatosSecundarios": [{"id": 0}, 633]}, ["635", "634", "633"]),
    ],
)
def test_a_reference_is_read_or_absent(
    receiver: Receiver, change: dict[str, object], linked: list[str]
) -> None:
    """What names nobody rejects nobody; a text of several ids links each; the answer warns."""
    evento = {**documented("evento"), **change}
    answer = receiver.post_records(evento)

    assert answer.status == 200
    assert answer.body["avisos"]
    assert decode(receiver.items("evento#934")["current"]) == evento
    assert [contato for contato in ("635", "634", "633") if links(receiver, contato)] == linked
    assert len(receiver.messages()) == 1


@pytest.mark.parametrize(
    ("change", "name", "indexed"),
    [
        ({"cpf": 1234567890}, "cpf", "01234567890"),
        ({"cpf": "000.000.000-00"}, "cpf", None),
        ({"emails": {"principal": "Ana@x.invalid; rui@x.invalid"}}, "email", "ana@x.invalid"),
        ({"emails": {"principal": "não tem"}}, "email", None),
    ],
)
def test_an_index_finds_one_person_or_nobody(
    receiver: Receiver, change: dict[str, object], name: str, indexed: str | None
) -> None:
    """What lost its zeros is found whole, a placeholder is not indexed, and the data stay as sent."""
    contato = {**CONTATO, **change}
    answer = receiver.post_records(contato)
    current = receiver.items(f"contato#{CONTATO['id']}")["current"]

    assert answer.status == 200
    assert answer.body["avisos"]
    assert current.get(name, {}).get("S") == indexed
    assert decode(current) == contato


@pytest.mark.parametrize("identity", [0, "0", "undefined", "{{id}}", None])
def test_an_id_that_is_none_rejects(receiver: Receiver, identity: object) -> None:
    """Nothing is stored under it."""
    answer = receiver.post_records({**CONTATO, "id": identity})

    assert answer.status == 422
    assert receiver.messages() == []


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(TEXT.encode()), {"content-encoding": "gzip"}),
        (gzip.compress(TEXT.encode()), {}),
        (TEXT.encode("cp1252"), {"content-type": "application/json; charset=ISO-8859-1"}),
        (TEXT.encode("utf-16"), {}),
        (json.dumps(TEXT).encode(), {}),
        (f"payload={TEXT}".replace("&", "%26").encode(), FORM),
    ],
    ids=["gzip", "gzip unsaid", "ISO-8859-1", "UTF-16", "JSON in a text", "JSON in a field"],
)
def test_an_encoded_body_is_the_record_inside(
    receiver: Receiver, body: bytes, headers: dict[str, str]
) -> None:
    """With a warning, and a repeat of the same record sent plainly; the body is kept byte for byte."""
    plain = receiver.post(TEXT)
    encoded = receiver.post(body, headers=headers)

    assert (plain.status, encoded.status) == (200, 200)
    assert encoded.body["resumo"] == {"repetidos": 1}
    assert any(line.startswith("1: o ") for line in encoded.body["avisos"])
    assert gzip.decompress(receiver.delivery(encoded)["body"]["B"]) == body


def test_a_form_of_php_is_nested(receiver: Receiver) -> None:
    """Urlencoded on the main path, multipart on that of a flow."""
    form = b"id=980051&nome=Ana&cpf=52998224725&codigo=&emails%5Bprincipal%5D=ana%40exemplo.invalid"
    contato = receiver.post(form, headers=FORM)
    fluxo = receiver.post(MULTIPART, "fluxo", headers={"content-type": "multipart/form-data; boundary=x"})

    current = receiver.items("contato#980051")["current"]
    assert current["email"] == {"S": "ana@exemplo.invalid"}
    assert decode(current)["emails"] == {"principal": "ana@exemplo.invalid"}
    key = f"fluxo#{fluxo.body['protocolo']}"
    assert decode(receiver.items(key)["current"])["emails"] == {"principal": "ana@exemplo.invalid"}
    assert (contato.status, fluxo.status) == (200, 200)


@pytest.mark.parametrize(
    ("body", "headers", "named"),
    [
        (b"\x1f\x8bx", {}, "comprimido"),
        (b"\x0b\x02\x80", {"content-encoding": "br"}, "comprimido (br)"),
        (MULTIPART.replace('name="id"', 'name="id"; filename="a"').encode(), {}, "multipart com arquivo"),
        (MULTIPART[:-9].encode(), {}, "multipart está incompleto"),
    ],
)
def test_what_is_not_taken_is_named(
    receiver: Receiver, body: bytes, headers: dict[str, str], named: str
) -> None:
    """In Portuguese, and the body is kept."""
    answer = receiver.post(body, headers=headers)

    assert answer.status == 400
    assert named in answer.body["erros"][0]["motivo"]
    assert gzip.decompress(receiver.delivery(answer)["body"]["B"]) == body
