import gzip
import json
import random
import string
from datetime import timedelta
from typing import Any

import pytest
from tests.integration.receiving import PREVIOUS, Receiver, body_of
from tests.payloads import DOCUMENTED, documented

from aws.item_codec import decode
from models.clock import moment

CONTATO = {"id": "341", "codigo": None, "nome": "Ana Exemplo", "cpf": None}


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_a_documented_payload_is_stored_linked_published_and_closed(receiver: Receiver, kind: str) -> None:
    """One POST: 200, current and version items, links, a CloudEvent, and a delivery that is done."""
    answer = receiver.post(DOCUMENTED[kind])

    record = documented(kind)
    items = receiver.items(f"{kind}#{record['id']}")
    assert answer.status == 200
    assert set(items) == {"current", "version#0000000001"}
    assert all(decode(item) == record for item in items.values())
    (message,) = receiver.messages()
    assert message["id"] == f"{kind}/{record['id']}/1"
    assert message["type"] == f"br.com.rubeus.{kind}.created"
    assert message["data"] == record
    assert message["attributes"]["subject"]["StringValue"] == f"{kind}/{record['id']}"
    delivery = receiver.delivery(answer)
    assert delivery["state"]["S"] == "done"
    assert "state_shard" not in delivery
    assert body_of(delivery) == DOCUMENTED[kind].encode()
    assert delivery["outcome"]["L"][0]["M"]["verdict"]["S"] == "new"
    links = {"registro_processo": ["635", "636"], "atividade": ["635"], "evento": ["635", "634", "633"]}
    for contato in links.get(kind, []):
        assert f"link#{kind}#{record['id']}" in receiver.items(f"contato#{contato}")


def test_a_repeat_makes_no_version_and_no_message(receiver: Receiver) -> None:
    """The same content again is answered as repeated and changes nothing that a consumer sees."""
    receiver.post_records(CONTATO)
    answer = receiver.post_records(CONTATO)

    assert answer.status == 200
    assert answer.body["resumo"] == {"repetidos": 1}
    assert set(receiver.items("contato#341")) == {"current", "version#0000000001"}
    assert len(receiver.messages()) == 1


def test_changed_content_is_a_new_version_that_names_the_fields(receiver: Receiver) -> None:
    """An update keeps the version before, and says in table and message which fields differ."""
    receiver.post_records({**CONTATO, "cidade": "Recife", "uf": "PE"})
    receiver.post_records({**CONTATO, "cidade": "Olinda", "cpf": "52998224725"})

    items = receiver.items("contato#341")
    names = [name["S"] for name in items["current"]["changed"]["L"]]
    assert items["current"]["version"]["N"] == "2"
    assert names == ["cidade", "cpf", "uf"]
    assert decode(items["version#0000000001"])["cidade"] == "Recife"
    assert receiver.messages()[1]["changed"] == "cidade,cpf,uf"
    assert items["current"]["first_received_at"] == items["version#0000000001"]["received_at"]


def test_bad_records_do_no_harm_to_their_neighbours(receiver: Receiver) -> None:
    """Three of six are stored; the other three are named, and the delivery is quarantined."""
    good = [{"id": str(number), "codigo": None, "nome": "Ana", "cpf": None} for number in range(1, 4)]
    answer = receiver.post_records(
        good[0], 7, good[1], {"nome": "sem id", "codigo": None, "cpf": None}, {"id": "9"}, good[2]
    )

    assert answer.status == 207
    assert [error["posicao"] for error in answer.body["erros"]] == [2, 4, 5]
    assert len(receiver.messages()) == 3
    delivery = receiver.delivery(answer)
    assert delivery["state"]["S"] == "quarantined"
    assert delivery["state_shard"]["S"].startswith("quarantined#")
    assert len(delivery["outcome"]["L"]) == 6


def test_a_delivery_without_a_good_record_is_quarantined(receiver: Receiver) -> None:
    """Every record rejected: 422, a problem as RFC 9457 has it, the body kept."""
    answer = receiver.post('[{"id": "1"}, 5]')

    assert answer.status == 422
    assert answer.headers["content-type"] == "application/problem+json; charset=utf-8"
    assert body_of(receiver.delivery(answer)) == b'[{"id": "1"}, 5]'
    assert receiver.states() == ["quarantined"]


@pytest.mark.parametrize("body", [b'[{"id": "1",', b"\xff\xfd", b"5", b"[" * 5_000, b'[{"id": NaN}]'])
def test_an_unreadable_body_is_kept_byte_for_byte(receiver: Receiver, body: bytes) -> None:
    """What can't be read is answered 400 with the position, and quarantined as it came."""
    answer = receiver.post(body)

    assert answer.status == 400
    assert answer.body["erros"][0]["coluna"] >= 1
    delivery = receiver.delivery(answer)
    assert delivery["state"]["S"] == "quarantined"
    assert body_of(delivery) == body


@pytest.mark.parametrize("body", ["", "[]", "{}", "null", " \n", "\ufeff[]"])
def test_a_connection_test_is_confirmed(receiver: Receiver, body: str) -> None:
    """Whatever "Testar" sends without a record is answered 200."""
    answer = receiver.post(body)

    assert answer.status == 200
    assert answer.body["mensagem"] == "Conexão confirmada. Nenhum registro no corpo."


def test_a_wrong_token_leaves_nothing(receiver: Receiver) -> None:
    """401 says where to copy the URL; neither store nor queue sees anything."""
    refused = [receiver.post(json.dumps([CONTATO]), token=token) for token in ("errado", "é", "\ud800")]

    assert [each.status for each in refused] == [401, 401, 401]
    assert receiver.deliveries() == []
    assert receiver.items("contato#341") == {}
    assert receiver.messages() == receiver.messages(receiver.recovery) == []


def test_the_previous_token_opens_during_a_rotation(receiver: Receiver) -> None:
    """Rubeus may go on with the old URL until it is retired."""
    assert receiver.post("[]", token=PREVIOUS).status == 200


def test_paths_and_methods(receiver: Receiver) -> None:
    """No such path is 404, another method 405 with Allow; an unknown kind is 404 and kept."""
    assert receiver.post("[]", "contato/mais").status == 404
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        answer = receiver.post("", method=method)
        assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert receiver.deliveries() == []
    answer = receiver.post_records(CONTATO, kind="aluno")
    assert answer.status == 404
    assert receiver.delivery(answer)["path_kind"]["S"] == "aluno"


def test_a_fluxo_takes_any_object_or_form(receiver: Receiver) -> None:
    """A flow's object or form is stored under the protocolo; an id of its own stays in the data."""
    with_id = receiver.post("nome=Ana+Exemplo&id=7&tag=a&tag=b", "fluxo")
    without = receiver.post('{"0": {"x": 1.50}}', "fluxo")

    assert (with_id.status, without.status) == (200, 200)
    assert decode(receiver.items(f"fluxo#{with_id.body['protocolo']}")["current"]) == {
        "nome": "Ana Exemplo",
        "id": "7",
        "tag": ["a", "b"],
    }
    assert "current" in receiver.items(f"fluxo#{without.body['protocolo']}")


def test_many_records_are_one_delivery(receiver: Receiver) -> None:
    """60 records: 60 verdicts, 60 messages, and an answer that lists twenty."""
    records = [{"id": str(number), "codigo": None, "nome": "Ana", "cpf": None} for number in range(1, 61)]
    answer = receiver.post_records(*records)

    assert answer.status == 200
    assert len(answer.body["registros"]) == 21
    assert answer.body["registros"][-1] == "e mais 40"
    assert len(receiver.delivery(answer)["outcome"]["L"]) == 60
    assert len({message["id"] for message in receiver.messages()}) == 60


def test_thousands_of_outcomes_are_kept_too(receiver: Receiver) -> None:
    """Where the outcomes outgrow the item they are kept gzipped."""
    answer = receiver.post_records(*range(5_000))

    assert answer.status == 422
    assert "outcome_gzip" in receiver.delivery(answer)


def test_one_key_several_times_in_a_delivery(receiver: Receiver) -> None:
    """Records of one key are applied in their order, past a transaction's limit too."""
    answer = receiver.post_records(
        *({**CONTATO, "cidade": str(number // 2)} for number in range(120)), {**CONTATO, "cidade": "59"}
    )

    assert answer.body["resumo"] == {"novos": 1, "atualizados": 59, "repetidos": 61}
    current = receiver.items("contato#341")["current"]
    assert current["version"]["N"] == "60"
    assert [message["version"] for message in receiver.messages()] == list(range(1, 61))


def test_a_link_goes_with_the_reference(receiver: Receiver) -> None:
    """A registro that no longer names a contato is no longer linked to it."""
    registro = documented("registro_processo")
    receiver.post_records(registro)
    receiver.post_records({**registro, "contatos": registro["contatos"][:1]})

    assert "link#registro_processo#150" in receiver.items("contato#635")
    assert receiver.items("contato#636") == {}


def test_more_links_than_a_transaction_holds(receiver: Receiver) -> None:
    """An evento of 150 contatos is stored with all its links, and loses them all."""
    evento = documented("evento") | {"contatosSecundarios": [str(number) for number in range(1_000, 1_150)]}
    assert receiver.post_records(evento).status == 200
    assert "link#evento#934" in receiver.items("contato#1149")
    assert receiver.post_records({**evento, "contatosSecundarios": []}).status == 200
    assert receiver.items("contato#1149") == {}


def _noise(length: int) -> str:
    letters = random.Random(7)
    return "".join(letters.choices(string.ascii_letters + string.digits, k=length))


@pytest.mark.parametrize(
    ("more", "form"),
    [
        ('"x": 1.50', "data"),
        ('"x": "\\ud83d\\ude00"', "data"),
        ('"x": "\\ud800"', "data_json"),
        ('"x": 1, "x": 2', "data_json"),
        ('"": 1', "data_json"),
        (f'"x": {"9" * 39}', "data_json"),
        ('"x": 1e200', "data_json"),
        (f'"x": [{"1," * 9_999}1]', "data_json"),  # 250 bytes of memory for each, as DynamoDB has it
        (f'"x": {"[" * 40}{"]" * 40}', "data_json"),
        (f'"x": "{"a" * 300_000}"', "data"),
        (f'"x": "{"a" * 500_000}"', "data_gzip"),
        (f'"x": "{_noise(700_000)}"', "data_parts"),
    ],
    ids=lambda value: value[:20],
)
def test_every_content_has_a_form(receiver: Receiver, more: str, form: str) -> None:
    """What DynamoDB can't hold as a map is held as text, gzipped or in pieces, and updates on top of it."""
    text = f'{{"id": "341", "nome": "Ana", "cpf": null, "uf": null, {more}}}'
    assert receiver.post(f"[{text}]").status == 200
    items = receiver.items("contato#341")
    assert form in items["current"]
    (message,) = receiver.messages()
    if form == "data_json":
        assert items["current"]["data_json"]["S"] == text
    assert receiver.post(f"[{text}]").body["resumo"] == {"repetidos": 1}
    other = text.replace('"Ana"', '"Bia"')
    changed = receiver.post(f"[{other}]")
    assert changed.body["resumo"] == {"atualizados": 1}
    assert [name["S"] for name in receiver.items("contato#341")["current"]["changed"]["L"]] == ["nome"]
    assert message["id"] == "contato/341/1"


def test_a_message_over_the_limit_points_to_the_item(receiver: Receiver) -> None:
    """Past SQS's megabyte `dataref` stands in place of `data`."""
    receiver.post_records({**CONTATO, "x": "a" * 1_100_000})

    (message,) = receiver.messages()
    assert message["dataref"] == "dynamodb://rubeus-records/contato%23341/version%230000000001"
    assert "data" not in message


def test_a_big_body_is_kept_in_parts(receiver: Receiver) -> None:
    """A body that fits no item is cut, and the parts expire with their head."""
    body = json.dumps([{**CONTATO, "x": _noise(900_000)}])
    answer = receiver.post(body)

    head = receiver.delivery(answer)
    found: list[dict[str, Any]] = receiver.clients.dynamodb.scan(TableName="rubeus-deliveries")["Items"]
    parts = sorted((item["part"]["S"], item) for item in found if item["part"]["S"].startswith("body#"))
    assert int(head["body_parts"]["N"]) == len(parts) > 1
    assert gzip.decompress(b"".join(item["body"]["B"] for _, item in parts)) == body.encode()
    assert {item["expires_at"]["N"] for _, item in parts} == {head["expires_at"]["N"]}


def test_contatos_are_found_by_what_people_know(receiver: Receiver) -> None:
    """The indexes hold codigo, the CPF's digits, and the e-mail in lower case."""
    contato = {
        **CONTATO,
        "codigo": "COD9",
        "cpf": "529.982.247-25",
        "emails": {"principal": "Ana@Example.com"},
    }
    receiver.post_records(contato)

    for index, name, value in (
        ("by_codigo", "codigo", "COD9"),
        ("by_cpf", "cpf", "52998224725"),
        ("by_email", "email", "ana@example.com"),
    ):
        found = receiver.clients.dynamodb.query(
            TableName="rubeus-records",
            IndexName=index,
            KeyConditionExpression=f"{name} = :value",
            ExpressionAttributeValues={":value": {"S": value}},
        )["Items"]
        assert [item["pk"]["S"] for item in found] == ["contato#341"]


def test_a_day_is_brasilia_s(receiver: Receiver) -> None:
    """What comes at half past ten in the evening is of that day, though UTC has the next; in both tables."""
    now = moment(receiver.time_ns())
    evening = now.replace(hour=1, minute=30) + timedelta(days=1)
    receiver.seconds += (evening - now).total_seconds()
    answer = receiver.post_records(CONTATO)
    day = f"{evening - timedelta(days=1):%Y-%m-%d}"

    assert receiver.delivery(answer)["received_at"]["S"][:10] == f"{evening:%Y-%m-%d}"
    assert receiver.delivery(answer)["day"]["S"] == day
    assert receiver.items("contato#341")["current"]["day"]["S"] == f"contato#{day}"


def test_what_is_new_or_odd_is_kept_on_the_delivery(receiver: Receiver) -> None:
    """A key that no model knows and a value out of the ordinary are accepted, and noted for people."""
    registro = documented("registro_processo") | {"etapa": "x", "criacao": "amanhã"}
    registro["processo"] = registro["processo"] | {"sigla": "y"}
    answer = receiver.post_records(registro)

    assert answer.status == 200
    delivery = receiver.delivery(answer)
    unknown = [path["S"] for path in delivery["unknown_fields"]["L"]]
    assert unknown == ["registro_processo.etapa", "registro_processo.processo.sigla"]
    (outcome,) = delivery["outcome"]["L"]
    assert [warning["M"]["field"]["S"] for warning in outcome["M"]["warnings"]["L"]] == ["criacao"]
    assert outcome["M"]["kind_reason"]["S"].startswith("registro_processo: ")
    assert decode(receiver.items("registro_processo#150")["current"]) == registro


def test_a_field_called_as_dynamodb_calls_bytes_is_a_field(receiver: Receiver) -> None:
    """What is stored comes back as it was, also where it looks like one of DynamoDB's own words."""
    first, second = ({**CONTATO, "camposPersonalizados": {"B": each}} for each in ("YQ==", "Yg=="))

    answers = [receiver.post_records(record).body["registros"] for record in (first, second, second)]

    assert [answer[0].split()[2] for answer in answers] == ["novo,", "atualizado,", "repetido,"]
    assert receiver.messages()[1]["changed"] == "camposPersonalizados"
