import re
import shlex
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.e2e.serving import Served, contato, python

GUIDE = (Path(__file__).parents[2] / "docs" / "guia.pt-BR.md").read_text()
COMMANDS = re.findall(r"^\.venv/bin/(rubeus .*?)(?: --stack rubeus-webhook)?$", GUIDE, re.MULTILINE)
# These have tests of their own: one does not end by itself, two wait, one says its version alone.
ELSEWHERE = ("rubeus watch", "rubeus token", "rubeus --version")

# What the guide says that a command shows.
SHOWN = {
    "url": "/webhook/",
    "doctor": "Nothing to mend.",
    "send": "1: contato novo, versão 1",
    "triggers": "nunca chegou",
    "summary": "Resumo de ",
    "records find": "contato 341  v2  ",
    "records get": "•••",
    "records history": "•••",
    "records timeline": "contato 341  v2",
    "records why": "Protocolo: ",
    "deliveries list": "quarantined",
    "deliveries dismiss": "→ dismissed",
    "deliveries replay": "→ done",
    "deliveries replay --dry-run": "nothing was written",
    "records export": " exported",
}


@pytest.fixture(scope="module", autouse=True)
def person(served: Served) -> None:
    """Post the person of the guide, in two versions."""
    contact = {"codigo": "COD156", "cpf": "11122233344", "emails": {"principal": "bia@example.com"}}
    for name in ("Bia Exemplo", "Beatriz Exemplo"):
        assert served.post([contato("341", **{**contact, "nome": name})])[0] == 200


@pytest.fixture
def protocolo(served: Served) -> str:
    """Post what is of no kind; gives the protocolo."""
    _, answer = served.post([{"id": uuid.uuid4().hex, "assunto": "Retorno"}])
    (found,) = re.findall(r'"protocolo": "(.+?)"', answer)
    return str(found)


@pytest.mark.parametrize("command", [each for each in COMMANDS if not each.startswith(ELSEWHERE)])
def test_the_commands_of_the_guide_show_what_it_says(
    command: str, served: Served, protocolo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As somebody types them, with the local stack in place of theirs."""
    monkeypatch.chdir(tmp_path)
    words = [re.sub("^https://….*", served.where["url"], each) for each in shlex.split(command)[1:]]
    words = [each.replace("PROTOCOLO", protocolo) for each in words]
    if words[0] != "doctor":
        words += ["--local", "--aws-port", str(urlsplit(served.where["aws_endpoint"]).port)]
    names = " ".join(words[: 2 if words[0] in ("records", "deliveries") else 1])
    done = python("-m", "rubeus", *words)
    assert done.returncode == 0
    assert SHOWN[f"{names} --dry-run" if "--dry-run" in words else names] in done.stdout + done.stderr
    files = [words[words.index("--out") + 1]] if "export" in words else []
    assert [each.name for each in tmp_path.iterdir()] == files
