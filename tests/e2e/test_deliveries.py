import base64
import gzip
import json
import subprocess
import sys
from datetime import datetime, timedelta

from tests.e2e.operating import SECRET, Operator, ago, in_terminal, rubeus
from tests.e2e.serving import contato

from models.clock import BRASILIA
from rubeus.stack.stores import STACK


def test_a_body_that_is_not_json_is_listed_described_and_revealed(operator: Operator) -> None:
    """What is wrong is said in words; the body itself is seen by --reveal and --raw only."""
    body = b'[{"nome": "Zuleica Segredo "\xff\x00\n'
    protocolo = operator.post(body)

    (entry,) = (e for e in operator.json("list")["deliveries"] if e["delivery_id"] == protocolo)
    assert entry["state"] == "quarantined"
    assert entry["size"] == len(body)
    assert entry["problem"] == "O byte 29 não é UTF-8."
    assert entry["received_at"].endswith("Z")
    text = operator.run("list").stdout
    assert f"{protocolo}  {operator.day(protocolo)}" in text
    assert "\n  O byte 29 não é UTF-8.\n" in text

    assert "nothing of it is shown" in operator.run("show", protocolo).stdout
    shown = operator.json("show", protocolo)
    assert not {"body_masked", "body_text", "body_base64"} & shown.keys()
    assert (shown["content_type"], shown["problem"]) == ("•••", "O byte 29 não é UTF-8.")
    revealed = operator.json("show", protocolo, "--reveal")
    assert base64.b64decode(revealed["body_base64"]) == body
    assert revealed["content_type"] == "text/x-Zuleica"
    assert operator.run("show", protocolo, "--reveal").stdout.endswith(
        'byte for byte):\n[{"nome": "Zuleica Segredo "\\xff\\u0000\n\n'
    )
    command = ("deliveries", "show", protocolo, "--raw", "--local", "--aws-port", operator.port)
    raw = subprocess.run([sys.executable, "-m", "rubeus", *command], capture_output=True, check=True)  # noqa: S603 (our own words)
    assert raw.stdout == body


def test_a_body_that_was_sent_gzipped_is_shown_unpacked(operator: Operator) -> None:
    """With a line that says so; --raw gives what was sent, and what is damaged is left as it is."""
    body = gzip.compress(json.dumps([contato("32", **SECRET)]).encode())
    protocolo = operator.post(body, "/contato")
    shown = operator.json("show", protocolo)
    assert (shown["body_unpacked"], shown["body_masked"][0]["nome"]) == (True, "•••")
    told = operator.run("show", protocolo).stdout
    assert "\nThe body was sent gzipped; this is what is in it.\nThe body, masked" in told
    assert '"nome": "Zuleica Segredo"' in operator.run("show", protocolo, "--reveal").stdout
    where = ("--local", "--aws-port", operator.port)
    command = ("deliveries", "show", protocolo, "--raw", *where)
    raw = subprocess.run([sys.executable, "-m", "rubeus", *command], capture_output=True, check=True)  # noqa: S603 (our own words)
    assert raw.stdout == body
    damaged = operator.json("show", operator.post(body[:-9], "/contato"), "--reveal")
    assert not damaged["body_unpacked"]
    assert base64.b64decode(damaged["body_base64"]) == body[:-9]


def test_a_record_that_was_rejected_is_shown_with_its_neighbours(operator: Operator) -> None:
    """Every record has its outcome; of the body, structure, names and the records' ids are shown."""
    odd = {"zuleica@segredo.test": 1, "Zuleica Segredo": [1.5, None, True], "novidade": "Zuleica"}
    protocolo = operator.post_records(contato("31", **SECRET, **odd), contato("", **SECRET), path="/contato")

    (entry,) = (e for e in operator.json("list")["deliveries"] if e["delivery_id"] == protocolo)
    assert (entry["records"], entry["rejected"], entry["counts"]) == (2, 1, {"new": 1, "rejected": 1})
    assert entry["problem"] == "1 recusado de 2: id: não é um id utilizável"
    assert entry["problems"] == ["id: não é um id utilizável"]
    assert "\n  1 recusado de 2\n  registro 2: id: não é um id utilizável\n" in operator.run("list").stdout
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
    assert "registro 1  contato 31: novo v1\n" in text
    assert "registro 2  contato: recusado\n" in text
    assert "problema: id: não é um id utilizável\n" in text
    revealed = operator.json("show", protocolo, "--reveal")
    assert json.loads(revealed["body_text"])[0]["nome"] == SECRET["nome"]
    assert "contato.zuleica@segredo.test" in revealed["unknown_fields"]


def test_filters_choose(operator: Operator) -> None:
    """By state, day, time, kind and words of the problem; at most so many, newest first."""
    first = operator.post_records(contato(""), path="/evento")
    last = operator.post_records(contato(""), path="/fluxos-da-Zuleica")
    dismissed = operator.post_records(contato(""), path="/atividade")
    operator.run("dismiss", dismissed, "--reason", "corrected")
    done = operator.post_records(contato("41"))
    today = operator.day(first)

    assert operator.listed("--kind", "evento") == [first]
    assert operator.listed("--problem", "TIPO NO FIM da URL") == [last]
    assert operator.listed("--since", ago(hours=-1)) == []
    later_there = datetime.now(BRASILIA) + timedelta(hours=1)
    assert operator.listed("--since", later_there.isoformat()) == []
    everything = operator.listed("--since", today)
    assert everything[:2] == [last, first]
    assert operator.listed("--state", "quarantined", "--limit", "1") == [last]
    assert not {done, dismissed} & set(everything)
    assert operator.listed("--day", operator.day(done))[:4] == [done, dismissed, last, first]
    assert operator.listed("--state", "done", "--limit", "1") == [done]
    assert operator.listed("--state", "done", "--since", ago(hours=30), "--limit", "1") == [done]
    assert operator.listed("--state", "done", "--since", ago(hours=-1)) == []
    assert operator.listed("--state", "dismissed", "--kind", "atividade") == [dismissed]
    assert done not in operator.listed("--day", today, "--state", "quarantined")
    assert operator.listed("--day", "2020-01-01") == []
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
    assert done.stderr == "rubeus deliveries show: no such delivery: nenhuma\n"
    gone = rubeus("deliveries", "list", "--local", "--aws-port", "1")
    assert (gone.returncode, gone.stdout, gone.stderr.count("\n")) == (1, "", 1)
    assert "does `rubeus serve` run" in gone.stderr


def test_an_empty_list_says_what_came_all_the_same(operator: Operator) -> None:
    """That nothing needs attention, how many deliveries the day had, and the command that lists those."""
    operator.run("dismiss", "--all", "--force", "--reason", "test")
    today = operator.day(operator.post_records(contato("64")))
    count = len(operator.listed("--day", today))

    assert operator.run("list").stdout == (
        f"Nothing needs attention.\nOn {today} there were {count} deliveries:\n"
        f"  rubeus deliveries list --day {today} --local --aws-port {operator.port}\n"
    )
    assert operator.run("list", "--day", "2020-01-01").stdout == (
        "No delivery is like that.\nOn 2020-01-01 there were 0 deliveries.\n"
    )


def test_all_distinct_problems_are_listed_once(operator: Operator) -> None:
    """With the positions of the records that have them."""
    protocolo = operator.post_records(contato(""), "Ana", contato("65"), contato(""), path="/contato")

    text = operator.run("list", "--problem", "objeto").stdout
    lines = text[text.index(protocolo) :].splitlines()[1:4]
    assert lines == [
        "  3 recusados de 4",
        "  registros 1, 4: id: não é um id utilizável",
        "  registro 2: não é um objeto",
    ]


def test_what_a_sender_wrote_cannot_command_a_terminal(operator: Operator) -> None:
    """No control character, C1 or mark of direction is printed as it is, by any way of showing it."""
    odd = "\x1b[2J\x9b2J\u202eabc\u2066\x7f\u200f"
    key = "campo\u202e"
    named = operator.post_records({**contato("66", nome=odd), key: odd}, path="/contato")
    broken = operator.post(f'[{{"nome": "{odd}'.encode())

    for protocolo in (named, broken):
        for options in ((), ("--reveal",), ("--reveal", "--json")):
            done = operator.run("show", protocolo, *options)
            assert done.returncode == 0
            assert all(each.isprintable() or each == "\n" for each in done.stdout)
    assert json.loads(operator.json("show", named, "--reveal")["body_text"])[0]["nome"] == odd


def test_a_terminal_gets_a_table(operator: Operator) -> None:
    """In 80 columns, with the whole protocolo."""
    protocolo = operator.post_records(contato(""), path="/contato")
    command = ("deliveries", "list", "--local", "--aws-port", operator.port)
    lines = in_terminal(*command)
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["delivery", "received", "state", "size"]
    row = next(number for number, line in enumerate(lines) if line.startswith(protocolo))
    assert "quarantined" in lines[row]
    assert lines[row + 2].strip() == "registro 1: id: não é um id utilizável"
