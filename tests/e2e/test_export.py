import csv
import io
import json
import os
import re
import select
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import openpyxl
import pytest
from tests.e2e.operating import in_terminal, rubeus, run_here
from tests.e2e.serving import Served, contato, python

from rubeus.samples import read_event
from rubeus.stack.stores import STACK


def export(served: Served, *arguments: str) -> str:
    """Run `rubeus records export`; gives its standard output."""
    where = ("--local", "--aws-port", str(urlsplit(served.where["aws_endpoint"]).port))
    done = python("-m", "rubeus", "records", "export", *arguments, *where)
    assert done.returncode == 0, done.stderr
    return done.stdout


def lines(served: Served, kind: str, *arguments: str) -> list[dict[str, Any]]:
    """Export as jsonl to a pipe."""
    text = export(served, "--kind", kind, "--format", "jsonl", "--out", "-", *arguments)
    return [json.loads(line) for line in text.splitlines()]


def test_a_workbook_holds_what_was_sent(served: Served, tmp_path: Path) -> None:
    """Through receiver, stores and index: each value of the documented registro_processo, as text."""
    registro = json.loads(read_event("registro_processo")["body"])[0]
    sent = registro | {"formaIngresso": "=1+1", "notaEnem": "0760"}
    served.post([sent])
    file = tmp_path / "registros.xlsx"
    told = json.loads(export(served, "--kind", "registro_processo", "--reveal", "--out", str(file), "--json"))
    names, cells = openpyxl.load_workbook(file).worksheets[0].iter_rows(values_only=True)
    found = dict(zip(names, cells, strict=True))

    assert told == {"exported": 1, "kind": "registro_processo", "format": "xlsx", "out": str(file)}
    assert found["formaIngresso"] == "=1+1"
    assert found["notaEnem"] == "0760"
    assert found["curso_1_codCurso"] == sent["cursos"][0]["codCurso"]
    assert found["contato_1_id"] == sent["contatos"][0]["id"]
    assert found["versao"] == "1"
    assert list(tmp_path.iterdir()) == [file]


def test_a_csv_is_masked_unless_revealed(served: Served) -> None:
    """By default nobody's data leaves the stores."""
    served.post(
        [{"id": "700", "codigo": "S700", "nome": "Zuleica Segredo", "emails": None, "telefones": None}]
    )
    masked = export(served, "--kind", "contato", "--format", "csv", "--out", "-")
    revealed = export(served, "--kind", "contato", "--format", "csv", "--out", "-", "--reveal")
    rows = csv.DictReader(io.StringIO(revealed.removeprefix("\ufeff"), newline=""), delimiter=";")

    assert "Zuleica" not in masked
    assert [each["nome"] for each in rows if each["id"] == "700"] == ["Zuleica Segredo"]


def test_every_form_of_content_comes_as_it_was_sent(served: Served) -> None:
    """A native map, text, compressed, and compressed in parts."""
    forms: dict[str, dict[str, object]] = {
        "801": {"nota": 1.5},
        "802": {"": "a name that DynamoDB has no room for"},
        "803": {"observacao": "á" * 200_000},
        "804": {"observacao": "".join(chr(0x4E00 + (n * 7919) % 20_000) for n in range(300_000))},
    }
    for identifier, extra in forms.items():
        assert served.post([contato(identifier, **extra)], "/contato")[0] == 200
    holds = [served.items(f"contato#{identifier}")["current"].keys() for identifier in forms]
    found = {each["id"]: each["data"] for each in lines(served, "contato", "--reveal")}

    assert [sorted(each & {"data", "data_json", "data_gzip", "data_parts"}) for each in holds] == [
        ["data"], ["data_json"], ["data_gzip"], ["data_parts"],
    ]  # fmt: skip
    for identifier, extra in forms.items():
        assert found[identifier] == contato(identifier, **extra)


def test_versions_and_since(served: Served) -> None:
    """All versions on demand; with --since those that came since then."""
    for name in ("a", "b"):
        served.post(
            [{"id": "900", "nome": name, "tipo": None, "vencimento": None, "duracao": None}], "/atividade"
        )

    assert [each["version"] for each in lines(served, "atividade")] == [2]
    assert [each["version"] for each in lines(served, "atividade", "--all-versions")] == [1, 2]
    assert [each["nome"] for each in lines(served, "atividade", "--raw", "--reveal")] == ["b"]
    assert lines(served, "atividade", "--since", "2026-11-20")
    assert not lines(served, "atividade", "--since", "2999-01-01")


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_export_beside_a_writer_misses_nothing(served: Served, form: str) -> None:
    """Beside 200 posts every record is there, those that had changed when it began in their new state."""
    first = 2000 if form == "csv" else 3000
    served.post([contato(str(first + n), profissao="antes") for n in range(600)])
    with ThreadPoolExecutor(5) as pool:
        posts = [
            pool.submit(served.post, [contato(str(first + 4 * n), profissao=f"depois {n}")])
            for n in range(200)
        ]
        before = [n for n in range(60) if posts[n].result()[0] == 200]
        columns = ("--columns", "id,versao") if form == "csv" else ()
        text = export(served, "--kind", "contato", "--format", form, "--out", "-", *columns)
        assert {each.result()[0] for each in posts} == {200}
    if form == "csv":
        rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";")
        found = {each["id"]: each["versao"] for each in rows}
    else:
        found = {each["id"]: str(each["version"]) for each in map(json.loads, text.splitlines())}
    assert {str(first + n) for n in range(600)} <= found.keys()
    assert {found[str(first + 4 * n)] for n in before} == {"2"}


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx"])
def test_whoever_reads_may_stop(served: Served, form: str) -> None:
    """`| head` is no error to tell of."""
    served.post([contato(str(number), observacao=token_hex(1_000)) for number in range(5001, 5301)])
    port = str(urlsplit(served.where["aws_endpoint"]).port)
    command = "rubeus records export --kind contato --reveal --out - --local --aws-port"
    with subprocess.Popen(  # noqa: S603 (the test's own words)
        [sys.executable, "-m", *command.split(), port, "--format", form],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.read(1)
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.parametrize("options", [("csv", "--reveal"), ("xlsx",)])
def test_a_terminal_gets_nothing_that_it_could_obey(served: Served, options: tuple[str, ...]) -> None:
    """What a sender wrote may be a command to it; a file and a pipe take everything."""
    port = str(urlsplit(served.where["aws_endpoint"]).port)
    command = ("records", "export", "--kind", "contato", "--out", "-", "--local", "--aws-port", port)
    assert in_terminal(*command, "--format", *options, status=2)[0].startswith("Usage: ")


def test_what_is_no_regular_file_stays_what_it_is(served: Served, tmp_path: Path) -> None:
    """A FIFO is written through, and a link's target is replaced."""
    served.post([contato("950")])
    fifo, link, linked = (tmp_path / name for name in ("fifo", "link", "linked"))
    os.mkfifo(fifo)
    link.symlink_to(linked)
    arguments = ("--kind", "contato", "--format", "jsonl", "--out")
    with ThreadPoolExecutor(1) as pool:
        came = pool.submit(fifo.read_text)
        export(served, *arguments, str(fifo))
        text = came.result()
    export(served, *arguments, str(link))

    assert '"950"' in text
    assert fifo.is_fifo()
    assert link.is_symlink()
    assert linked.read_text() == text


def test_columns_that_no_record_has_are_told(served: Served) -> None:
    """They stay empty, as whoever reads the file by its columns needs them; a typing error is seen."""
    port = str(urlsplit(served.where["aws_endpoint"]).port)
    served.post([contato("951")])
    done = rubeus(
        *("records", "export", "--kind", "contato", "--format", "csv", "--out", "-"),
        *("--columns", "id,nada", "--local", "--aws-port", port),
    )
    assert "no record has: nada\n" in done.stderr
    assert done.stdout.lstrip("\ufeff").startswith("id;nada")


@pytest.mark.parametrize(
    "command", ["deliveries list --day 2026-11-24", "records export --kind contato --format csv --out -"]
)
def test_a_full_disk_is_told_in_one_line(served: Served, command: str) -> None:
    """Behind `>`, too, where the output is nobody's file by name."""
    port = str(urlsplit(served.where["aws_endpoint"]).port)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(  # noqa: S603 (the tests' own words)
            [sys.executable, "-m", "rubeus", *command.split(), "--local", "--aws-port", port],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1,
        "rubeus: cannot write: No space left on device",
    )
    assert "Traceback" not in done.stderr


def test_a_file_is_whole_or_as_it_was(served: Served, tmp_path: Path) -> None:
    """Its form is that of its ending, in capitals, too; what fails in between leaves nothing beside it."""
    served.post([contato("8001")])
    port = str(urlsplit(served.where["aws_endpoint"]).port)
    out = tmp_path / "Tudo.XLSX"
    command = ("records", "export", "--kind", "contato", "--out", str(out), "--local", "--aws-port", port)
    assert run_here(command).returncode == 0
    before = out.read_bytes()
    too_many = ",".join(f"c{number}" for number in range(16_385))
    failed = run_here((*command, "--columns", too_many))
    assert (failed.returncode, "Excel takes 16384" in failed.stderr) == (1, True)
    assert [each.name for each in tmp_path.iterdir()] == ["Tudo.XLSX"]
    assert out.read_bytes() == before
    assert openpyxl.load_workbook(out).active


def test_what_can_not_be_written_is_told_in_one_line(served: Served, tmp_path: Path) -> None:
    """Which file, and why; exit status 1, and no half file."""
    port = str(urlsplit(served.where["aws_endpoint"]).port)
    out = str(tmp_path / "nada" / "x.csv")
    done = python(
        "-m", "rubeus", "records", "export", "--kind", "contato", "--out", out, "--local", "--aws-port", port
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"rubeus records export: cannot write {out}: No such file or directory\n"


def test_what_is_revealed_of_a_stack_needs_a_reason_and_leaves_a_trace(
    served: Served, tmp_path: Path
) -> None:
    """Without a reason there is no file; masked, neither is asked for nor left."""
    account = {
        "AWS_ENDPOINT_URL": served.where["aws_endpoint"],
        "AWS_ACCESS_KEY_ID": "someone",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }
    stack = ("--stack", STACK, "--region", served.where["region"])
    served.post([contato("6001", nome="Zuleica Segredo")])

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return rubeus("records", "export", "--kind", "contato", *arguments, *stack, **account)

    masked, refused, revealed = (tmp_path / f"{name}.csv" for name in ("masked", "refused", "revealed"))
    assert run("--out", str(masked)).returncode == 0
    without = run("--out", str(refused), "--reveal")
    assert (without.returncode, refused.exists()) == (2, False)
    assert "--reason" in without.stderr
    assert run("--out", str(revealed), "--reveal", "--reason", "chamado 813").returncode == 0

    assert "Zuleica" not in masked.read_text()
    assert "Zuleica" in revealed.read_text()
    (left,) = json.loads(rubeus("traces", *stack, "--json", **account).stdout)["traces"]
    assert (left["what"], left["why"]) == ("records export --kind contato", "chamado 813")
    assert left["who"].startswith("arn:aws:")


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_terminal_is_told_how_far_it_is(served: Served, *, is_terminal: bool) -> None:
    """Once it takes over a second, since the reader of the file stalls; a pipe gets the last line alone."""
    served.post([contato(str(number), observacao=token_hex(2_000)) for number in range(7001, 7301)])
    port = str(urlsplit(served.where["aws_endpoint"]).port)
    command = "rubeus records export --kind contato --format jsonl --reveal --out - --local --aws-port"
    began = time.monotonic()
    ours, theirs = os.openpty() if is_terminal else os.pipe()
    with (
        os.fdopen(ours, "rb", buffering=0) as told,
        subprocess.Popen(  # noqa: S603 (the test's own words)
            [sys.executable, "-m", *command.split(), port],
            stdout=subprocess.PIPE,
            stderr=theirs,
            env=os.environ | {"TERM": "xterm", "COLUMNS": "80", "NO_COLOR": "1"},
        ) as process,
    ):
        os.close(theirs)
        assert process.stdout
        assert process.stdout.read(1)
        at_once, _, _ = select.select([told], [], [], 1.1)
        waited = time.monotonic() - began
        count = process.stdout.read().count(b"\n")
        text = b""
        with suppress(OSError):  # a terminal's end
            while more := told.read(65_536):
                text += more
    assert not at_once or waited > 1  # a busy machine may take that long to begin
    last = f"{count} exported"
    if is_terminal:
        assert re.search(r"\d+ +records", text.decode())
        assert text.decode().rstrip().endswith(last)
    else:
        assert text.decode() == f"{last}\n"
