import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore import xform_name
from botocore.validate import ParamValidator
from tests.e2e.serving import Served

ROOT = Path(__file__).parents[2]
BIN = Path(sys.prefix) / "bin"
READMES = ("README.md", "README.pt-BR.md")
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", (ROOT / READMES[0]).read_text(), re.DOTALL)
    for line in block.splitlines()
]
GLOBAL_OPTIONS = {"endpoint-url", "region", "query", "output"}


def _run(*command: str | Path) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 (our own)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _call(words: list[str], **client: str) -> tuple[object, str, dict[str, object]]:
    """Read a command of the `aws` tool as the call of boto3 that it stands for."""
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
    make: Any = boto3.client  # its stubs know each service's name, but no text
    service = make(words[1], region_name="sa-east-1", **keys, **client)
    operation = service.meta.method_to_api_mapping[words[2].replace("-", "_")]
    members = service.meta.service_model.operation_model(operation).input_shape.members
    names = {xform_name(member, "-"): member for member in members}
    options = {name.removeprefix("--"): value for name, value in zip(words[3::2], words[4::2], strict=True)}
    given = {
        names[name]: json.loads(value) if value.startswith("{") else value
        for name, value in options.items()
        if name not in GLOBAL_OPTIONS
    }
    shape = service.meta.service_model.operation_model(operation).input_shape
    assert not ParamValidator().validate(given, shape).has_errors()
    return service, words[2].replace("-", "_"), given


def test_both_readmes_say_the_same() -> None:
    """The same commands, the same number of headings and rows, and no link that leads nowhere."""
    english, portuguese = ((ROOT / name).read_text() for name in READMES)
    for pattern in (r"```(?:sh|python)\n.*?```", r"^#", r"^\|", r"\]\((docs/[^)]+)\)"):
        found = [re.findall(pattern, text, re.DOTALL | re.MULTILINE) for text in (english, portuguese)]
        assert found[0] == found[1]
    for text in (english, portuguese):
        assert all((ROOT / link).exists() for link in re.findall(r"\]\(([^):]+)\)", text))


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.startswith("make ")])
def test_make_knows_the_target(command: str) -> None:
    """Every `make` command has its rule; CI runs demo and test themselves."""
    assert _run("make", "--dry-run", command.removeprefix("make "))


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.startswith(".venv/bin/")])
def test_the_installed_commands_take_these_options(command: str) -> None:
    """`sam` and `rubeus` know the subcommand and every option; what it does is shown by other tests."""
    words = shlex.split(command)
    options = [word for word in words if word.startswith("-")]
    names = [word for word in words[1:3] if re.fullmatch("[a-z]+", word)]
    text = _run(BIN / Path(words[0]).name, *names, "--help")
    assert all(re.search(rf"(?<![\w-]){option}(?![\w-])", text) for option in options)


def test_the_local_commands_do_what_they_say(served: Served) -> None:
    """A POST by curl, then the record by `rubeus` and by `aws dynamodb`, and all else that looks."""
    post, query = (shlex.split(each) for each in COMMANDS if "127.0.0.1" in each and "export" not in each)
    assert post[:3] == ["curl", "-i", "http://127.0.0.1:3000/webhook/token-local"]
    answer = _run("curl", "-s", "-i", served.where["url"], *post[3:])
    assert answer.startswith("HTTP/1.1 200")
    assert "http://127.0.0.1:5000" in query
    client, method, given = _call(query, endpoint_url=served.where["aws_endpoint"])
    found = getattr(client, method)(**given)["Items"]
    assert {"pk": {"S": "contato#341"}, "sk": {"S": "current"}}.items() <= found[0].items()
    port = str(urlsplit(served.where["aws_endpoint"]).port)
    looks = [shlex.split(each) for each in COMMANDS if each.endswith(" --local")]
    assert len(looks) > 10
    for words in looks:
        assert _run(sys.executable, "-m", "rubeus", *words[1:], "--aws-port", port)


def test_one_line_brings_every_sdk_to_the_local_aws(served: Served) -> None:
    """With these variables, boto3 finds the tables without any other option."""
    (line,) = (each for each in COMMANDS if each.startswith("export "))
    variables = dict(word.split("=", 1) for word in shlex.split(line)[1:])
    assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:5000"
    variables["AWS_ENDPOINT_URL"] = served.where["aws_endpoint"]
    code = "import boto3; print(boto3.client('dynamodb').list_tables()['TableNames'])"
    done = subprocess.run(  # noqa: S603 (our own)
        [sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True
    )
    assert "rubeus-local-records" in done.stdout


@pytest.mark.parametrize(
    "command", [each for each in COMMANDS if each.startswith("aws ") and "127." not in each]
)
def test_the_aws_commands_are_well_formed(command: str) -> None:
    """Service, operation and every option exist, with values of the right type."""
    assert _call(shlex.split(command))


def test_every_command_is_tested() -> None:
    """A command of another tool would need a test of its own."""
    assert {shlex.split(each)[0] for each in COMMANDS} == {
        "make", "curl", "aws", "export", ".venv/bin/sam", ".venv/bin/rubeus",
    }  # fmt: skip
