import base64
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

from tests.e2e.serving import Served, python

from rubeus.calling.payload import payload, samples
from rubeus.samples import read_event


def send(served: Served, *arguments: str) -> tuple[int, str]:
    """Run `rubeus send` to the running receiver, found by its stack; gives exit status and output."""
    where = ("--local", "--aws-port", str(urlsplit(served.where["aws_endpoint"]).port))
    done = python("-m", "rubeus", "send", *arguments, *where)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_sample_is_posted_and_the_dialog_shown(served: Served) -> None:
    """As Testar does: the status and the answer, in 80 columns."""
    status, shown = send(served, "contato", "--set", "id=411", "--set", "emails.principal=ana@example.com")

    assert status == 0
    assert "│ 200" in shown
    assert "Retorno" in shown
    assert max(map(len, shown.splitlines())) <= 80
    data = served.items("contato#411")["current"]["data"]
    assert data["emails"]["principal"] == "ana@example.com"


def test_a_name_and_a_password_in_a_url_are_no_part_of_the_host(served: Served) -> None:
    """They come with what some browsers copy."""
    url = served.where["url"].replace("//", "//ana:segredo@")
    done = python("-m", "rubeus", "send", "connection_test", "--url", url)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_help_names_every_sample() -> None:
    """But the one whose point is its token, which is not what is sent."""
    told = " ".join(python("-m", "rubeus", "send", "--help").stdout.split())
    done = python("-m", "rubeus", "send", "bad_token", "--url", "http://127.0.0.1:1/webhook/x")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert samples()
    for each in samples():
        assert re.search(rf"\b{each}\b", told)
        assert each in done.stderr


def test_a_file_is_posted_as_it_is(served: Served, tmp_path: Path) -> None:
    """Byte for byte, to any URL; a refusal is exit status 1."""
    file = tmp_path / "body.json"
    file.write_bytes(b'[{"id": 1.,}]')
    done = python("-m", "rubeus", "send", str(file), "--url", served.where["url"], "--json")
    told = json.loads(done.stdout)

    assert (done.returncode, told["status"]) == (1, 400)
    assert json.loads(told["answer"])["protocolo"]


def test_an_event_in_a_file_gives_its_body(served: Served, tmp_path: Path) -> None:
    """As the inspector's "Guardar como exemplo" makes it, and as API Gateway logs it, in base64."""
    event = read_event("contato")
    file = tmp_path / "exemplo.json"
    for packed in (False, True):
        body = base64.b64encode(event["body"].encode()).decode() if packed else event["body"]
        file.write_text(json.dumps({**event, "body": body, "isBase64Encoded": packed}))
        assert payload(str(file)) == payload("contato")
    assert send(served, str(file), "--set", "id=412")[0] == 0
    assert served.items("contato#412")["current"]["version"] == 1


def test_what_is_not_set_is_posted_as_it_stands(served: Served, tmp_path: Path) -> None:
    """With all digits of its numbers: what a double can't hold is no Infinity."""
    file = tmp_path / "corpo.json"
    contato = '{"id":"413","nome":"A","cpf":null,"codigo":"N","camposPersonalizados":{"a":1.10,"b":1e400}}'
    file.write_text(contato)
    assert send(served, str(file), "--set", "nome=B")[0] == 0
    posted = payload(str(file)).changed([("nome", "B")], 1)
    assert posted.endswith(b'"camposPersonalizados":{"a":1.10,"b":1E+400}}')


def test_many_are_posted_over_several_connections(served: Served) -> None:
    """Each with its number; answers by status, and how long they took."""
    status, shown = send(
        served, "contato", "--set", "id=5{n}", "--count", "20", "--concurrency", "4", "--json"
    )
    told = json.loads(shown)

    assert status == 0
    assert told["answers"] == {"200": 20}
    assert told["milliseconds"].keys() == {"p50", "p95", "p99"}
    assert served.items("contato#520")["current"]["version"] == 1
    assert "answers: 200 (2)\n" in send(served, "contato", "--set", "id=6{n}", "--count", "2")[1]


def test_what_can_not_be_sent_is_told(served: Served, tmp_path: Path) -> None:
    """No such sample, a field of what has none, no such receiver: a line, and exit status 1."""
    (tmp_path / "text").write_text("nada")
    status, told = send(served, "aluno")
    assert (status, told.count("\n")) == (1, 1)
    assert "registro_processo" in told
    (tmp_path / "deep").write_text("[" * 100_000 + "]" * 100_000)
    for file in ("text", "deep"):
        status, told = send(served, str(tmp_path / file), "--set", "id=1")
        assert (status, told.count("\n")) == (1, 1)
    for url in ("http://127.0.0.1:1/webhook/x", "nada", "https://nada.invalid/webhook/x"):
        done = python("-m", "rubeus", "send", "contato", "--url", url)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert "doctor" in done.stderr
