import http.client
import json
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from tests.e2e.serving import Served, contato, python, versions

from rubeus.samples import EVENTS, post, read_event
from rubeus.stack.template import function_environment, read_template

DOCUMENTED = {"contato": "341", "registro_processo": "150", "atividade": "108", "evento": "934"}


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_a_documented_payload_ends_in_the_table_and_in_the_queue(served: Served, kind: str) -> None:
    """It is answered 200; the record is there as sent, with version 1, and is published as a CloudEvent."""
    event = read_event(kind)
    sent = json.loads(event["body"])[0]
    assert post(event, served.where["url"])[0] == 200
    items = served.items(f"{kind}#{sent['id']}")
    assert items["current"]["data"] == items["version#0000000001"]["data"] == sent
    (message,) = served.messages(f"{kind}/{sent['id']}")
    assert message["specversion"] == "1.0"
    assert message["id"] == f"{kind}/{sent['id']}/1"
    assert message["type"] == f"br.com.rubeus.{kind}.created"
    assert message["group"] == ("contato/341" if kind == "contato" else "contato/635")
    assert message["data"] == sent


def test_one_query_on_a_contato_gives_all_that_concerns_it(served: Served) -> None:
    """The records that name a contato are linked under it, with the role it has in them."""
    served.post(
        [
            {
                "id": "7150",
                "processo": {"id": "1"},
                "contatos": [{"id": "7635", "principal": "1", "tipo": "Aluno"}],
            },
            {"id": "7108", "contato": {"id": "7635"}, "vencimento": None, "registroProcesso": "7150"},
        ]
    )
    items = served.items("contato#7635")
    assert set(items) == {"link#atividade#7108", "link#registro_processo#7150"}
    assert items["link#registro_processo#7150"]["role"] == "Aluno"
    assert items["link#registro_processo#7150"]["principal"] is True


def test_the_same_payload_twice_is_one_version_and_one_message(served: Served) -> None:
    """A trigger that fires twice is answered 200 as repeated; nothing is stored or published again."""
    assert served.post([contato("1001")])[0] == 200
    status, answer = served.post([contato("1001")])
    assert status == 200
    assert "repetid" in answer
    assert versions(served.items("contato#1001")) == [1]
    assert len(served.messages("contato/1001")) == 1


def test_changed_content_is_a_second_version_that_names_the_fields(served: Served) -> None:
    """Other content under the same id is version 2; `changed` names what differs."""
    served.post([contato("1002", cidade="Santos", uf="SP")])
    assert served.post([contato("1002", cidade="Campinas", uf="SP")])[0] == 200
    items = served.items("contato#1002")
    assert versions(items) == [1, 2]
    assert items["current"]["changed"] == ["cidade"]
    assert items["version#0000000001"]["data"]["cidade"] == "Santos"
    assert served.messages("contato/1002")[-1]["type"] == "br.com.rubeus.contato.updated"
    assert served.messages("contato/1002")[-1]["changed"] == "cidade"


def test_64_simultaneous_states_of_one_contato_are_all_kept_in_order(served: Served) -> None:
    """No gap in the versions, late ones make up 64, and current is what was received last."""
    with ThreadPoolExecutor(64) as senders:
        answers = list(senders.map(lambda turn: served.post([contato("1064", numero=str(turn))]), range(64)))
    assert [status for status, _ in answers] == [200] * 64
    items = served.items("contato#1064")
    current = items.pop("current")
    numbers = sorted(versions(items))
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(items) == 64
    assert {item["data"]["numero"] for item in items.values()} == {str(turn) for turn in range(64)}
    assert current["receipt"] == max(item["receipt"] for item in items.values())
    assert current["version"] == numbers[-1]
    messages = served.messages("contato/1064")
    assert len(messages) == len({message["id"] for message in messages}) == 64


def test_252_records_are_one_delivery(served: Served) -> None:
    """A big batch is stored and published whole."""
    assert served.post([contato(str(number)) for number in range(2000, 2252)])[0] == 200
    for number in (2000, 2125, 2251):
        assert versions(served.items(f"contato#{number}")) == [1]
        assert len(served.messages(f"contato/{number}")) == 1
    assert (
        len({message["subject"] for message in served.consumed if "contato/2" in message["subject"]}) == 252
    )


def test_bad_records_do_no_harm_to_their_neighbours(served: Served) -> None:
    """Of six records with three bad ones three are stored; the answer tells of the others."""
    status, answer = post(read_event("mixed_batch"), served.where["url"])
    assert status == 207
    for key in ("contato#342", "evento#935", "atividade#110"):
        assert versions(served.items(key)) == [1]
    assert not served.items("atividade#109")
    assert "aceit" in answer


@pytest.mark.parametrize(
    ("name", "status"),
    [("connection_test", 200), ("bad_token", 401), ("malformed_json", 400), ("unknown_kind", 422)],
)
def test_what_cannot_be_taken_is_answered_in_portuguese(served: Served, name: str, status: int) -> None:
    """The status says who has to act; the answer is words, in lines that fit Rubeus's dialog."""
    answered, answer = post(read_event(name), served.where["url"])
    assert answered == status
    assert max(map(len, answer.splitlines())) <= 78


@pytest.mark.parametrize(("length", "status"), [(5_999_000, 200), (6_000_001, 413), (11 * 1024 * 1024, 413)])
def test_a_body_over_the_limit_is_answered_413(served: Served, length: int, status: int) -> None:
    """Whether handler or gateway refuses it, it is said in Portuguese; up to the limit it is taken."""
    filler = "x" * (length - len(json.dumps([contato("1413", nome="")])))
    answered, answer = served.post([contato("1413", nome=filler)])
    assert answered == status
    assert ("Corpo grande demais" in answer) == (status == 413)


def test_headers_over_the_limit_are_answered_431(served: Served) -> None:
    """As API Gateway, it takes 10,240 bytes of request line and headers."""
    with closing(http.client.HTTPConnection(urlsplit(served.where["url"]).netloc, timeout=10)) as connection:
        connection.request("POST", "/webhook/token-local", b"[]", {"X-Long": "a" * 10_300})
        assert connection.getresponse().status == 431


def test_sam_local_invoke_does_the_whole_job_against_a_running_serve(served: Served) -> None:
    """The function works with no more than what `sam local invoke --env-vars` passes."""
    template = read_template()
    ids = dict.fromkeys(template["Resources"], "given by local-env.json")
    given = (
        (EVENTS / "local-env.json")
        .read_text()
        .replace("http://host.docker.internal:5000", served.where["aws_endpoint"])
    )
    environment = function_environment(template, ids) | json.loads(given)["WebhookFunction"]
    credentials = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "sa-east-1"}
    script = (
        "import json, sys, time\n"
        "from handlers.webhook import handler\n"
        "from rubeus.stack.worker import LambdaContext\n"
        "answer = handler(json.load(sys.stdin), LambdaContext('test', 'webhook', time.monotonic() + 29))\n"
        "print('\\n', answer['statusCode'])\n"
    )
    event = read_event("contato")
    event["body"] = json.dumps([contato("1500")])
    done = python(
        "-c",
        script,
        env={"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "sa-east-1", **credentials, **environment},
        stdin=json.dumps(event),
    )
    assert done.stdout.split()[-1] == "200"
    assert versions(served.items("contato#1500")) == [1]


def test_no_log_line_holds_personal_data_or_the_token(served: Served) -> None:
    """Of the samples' names, e-mails, CPFs and phones and of the token, nothing is in the log."""
    for name in (*DOCUMENTED, "mixed_batch", "bad_token", "malformed_json"):
        post(read_event(name), served.where["url"])
    log = served.log.read_text()
    assert '"level"' in log
    for secret in (
        "Matheus",
        "Exemplo",
        "12547854577",
        "@example.com",
        "2323342342",
        "token-local",
        "token-errado",
    ):
        assert secret not in log, secret
