import base64
import json
from datetime import datetime

import pytest
from tests.e2e.operating import SECRET, Operator, ago, rubeus
from tests.e2e.serving import contato

from models.clock import BRASILIA
from rubeus.cli import main
from rubeus.stack.stores import STACK


def test_a_body_that_is_not_json_is_listed_described_and_revealed(
    operator: Operator, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """What is wrong is said in words; the body itself is seen by --reveal only, byte for byte."""
    body = b'[{"nome": "Zuleica Segredo "\xff\x00\n'
    protocolo = operator.post(body)

    (entry,) = (e for e in operator.json("list")["deliveries"] if e["delivery_id"] == protocolo)
    assert entry["state"] == "quarantined"
    assert entry["size"] == len(body)
    assert entry["problem"] == "O byte 29 não é UTF-8."
    assert entry["received_at"].endswith("Z")
    text = operator.run("list").stdout
    assert f"{protocolo}  {datetime.now(BRASILIA):%Y-%m-%d}" in text
    assert "\n  O byte 29 não é UTF-8.\n" in text
    assert max(map(len, text.splitlines())) <= 100

    assert "nothing of it is shown" in operator.run("show", protocolo).stdout
    shown = operator.json("show", protocolo)
    assert not [key for key in shown if key.startswith("body")]
    assert (shown["content_type"], shown["problem"]) == ("•••", "O byte 29 não é UTF-8.")
    revealed = operator.json("show", protocolo, "--reveal")
    assert base64.b64decode(revealed["body_base64"]) == body
    assert revealed["content_type"] == "text/x-Zuleica"
    capfdbinary.readouterr()
    assert main(["deliveries", "show", protocolo, "--reveal", "--local", "--aws-port", operator.port]) == 0
    assert capfdbinary.readouterr().out.endswith(b"as it was sent:\n" + body)


def test_a_record_that_was_rejected_is_shown_with_its_neighbours(operator: Operator) -> None:
    """Every record has its outcome; of the body, structure, names and the records' ids are shown."""
    odd = {"zuleica@segredo.test": 1, "Zuleica Segredo": [1.5, None, True], "novidade": "Zuleica"}
    protocolo = operator.post_records(contato("31", **SECRET, **odd), contato("", **SECRET), path="/contato")

    (entry,) = (e for e in operator.json("list")["deliveries"] if e["delivery_id"] == protocolo)
    assert (entry["records"], entry["rejected"], entry["attempts"]) == (2, 1, 1)
    assert entry["problem"] == "1 de 2 registro recusado: id: não é um id utilizável"
    shown = operator.json("show", protocolo)
    assert shown["path_kind"] == "contato"
    assert [(each["position"], each["verdict"], each.get("id")) for each in shown["records"]] == [
        (1, "new", "31"),
        (2, "rejected", None),
    ]
    assert shown["records"][1]["problems"] == [{"field": "id", "reason": "não é um id utilizável"}]
    assert set(shown["unknown_fields"]) == {"contato.•••", "contato.novidade"}
    first, second = shown["body_masked"]
    assert (first["id"], second["id"]) == ("31", "•••")
    assert first["emails"] == {"principal": "•••"}
    assert (first["•••"], first["•••2"]) == ("•••", ["•••", None, True])
    text = operator.run("show", protocolo).stdout
    assert "registro 1 (contato 31): novo, versão 1\n" in text
    assert "registro 2 (contato): recusado\n" in text
    assert "problem: id: não é um id utilizável\n" in text
    revealed = operator.json("show", protocolo, "--reveal")
    assert json.loads(revealed["body_text"])[0]["nome"] == SECRET["nome"]
    assert "contato.zuleica@segredo.test" in revealed["unknown_fields"]


def test_filters_choose(operator: Operator) -> None:
    """By state, day, time, kind and words of the problem; at most so many, oldest first."""
    first = operator.post_records(contato(""), path="/evento")
    last = operator.post_records(contato(""), path="/fluxos-da-Zuleica")
    done = operator.post_records(contato("41"))
    today = f"{datetime.now(BRASILIA):%Y-%m-%d}"

    assert operator.listed("--kind", "evento") == [first]
    assert operator.listed("--kind", "fluxos-da-Zuleica") == [last]
    assert operator.listed("--problem", "TIPO NO FIM da URL") == [last]
    assert operator.listed("--since", ago(hours=-1)) == []
    everything = operator.listed("--since", today)
    assert everything.index(first) < everything.index(last)
    assert operator.listed("--state", "quarantined", "--limit", "1") == everything[:1]
    assert done not in everything
    assert operator.listed("--day", today)[-3:] == [first, last, done]
    assert done not in operator.listed("--day", today, "--state", "quarantined")
    assert operator.listed("--day", "2020-01-01") == []
    assert operator.run("list", "--day", "2020-01-01").stdout == "No deliveries.\n"
    assert operator.json("show", last)["path_kind"] == "•••"


def test_a_deployed_stack_is_reached_with_the_callers_aws(operator: Operator) -> None:
    """The same commands, with --stack; AWS_ENDPOINT_URL counts, as for all that uses boto3."""
    account = {
        "AWS_ENDPOINT_URL": operator.served.where["aws_endpoint"],
        "AWS_ACCESS_KEY_ID": "someone",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }
    protocolo = operator.post_records(contato("62", **SECRET))
    stack = ("--stack", STACK, "--region", operator.served.where["region"], "--json")

    shown = json.loads(rubeus("deliveries", "show", protocolo, *stack, **account).stdout)
    assert shown["records"][0]["id"] == "62"
    operator.fail(protocolo)
    done = rubeus("deliveries", "replay", "--all", "--state", "failed", *stack, **account)
    assert [each["after"] for each in json.loads(done.stdout)["deliveries"]] == ["done"]
    moved = json.loads(rubeus("queue", "redrive", *stack, **account).stdout)
    assert moved == {"moved": {"records": 0, "recovery": 0}}
    missing = rubeus(
        "deliveries", "list", "--stack", "nenhuma", "--region", operator.served.where["region"], **account
    )
    assert (missing.returncode, missing.stdout, missing.stderr.count("\n")) == (1, "", 1)
    assert "nenhuma" in missing.stderr


def test_the_local_stack_is_reached_without_the_callers_aws(operator: Operator) -> None:
    """Whatever account and endpoint the shell has, --local means this machine."""
    account = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "x", "AWS_SESSION_TOKEN": "y"}
    protocolo = operator.post_records(contato("63"))

    local = ("--local", "--aws-port", operator.port)
    assert rubeus("deliveries", "show", protocolo, *local, **account).returncode == 0
    assert rubeus("deliveries", "replay", protocolo, *local, **account).returncode == 0


def test_expected_errors_are_one_line(operator: Operator) -> None:
    """A delivery that is not there, and a stack that does not run."""
    done = operator.run("show", "nenhuma")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "rubeus deliveries: no such delivery: nenhuma\n"
    gone = rubeus("deliveries", "list", "--local", "--aws-port", "1")
    assert (gone.returncode, gone.stdout, gone.stderr.count("\n")) == (1, "", 1)
    assert "does `rubeus serve` run" in gone.stderr
