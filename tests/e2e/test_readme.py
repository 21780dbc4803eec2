import json
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore import xform_name
from botocore.validate import ParamValidator
from tests.e2e.serving import Served, contato

ROOT = Path(__file__).parents[2]
BIN = Path(sys.prefix) / "bin"
READMES = ("README.md", "README.pt-BR.md")
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", (ROOT / READMES[0]).read_text(), re.DOTALL)
    for line in block.splitlines()
]
URL = "http://127.0.0.1:3000/webhook/token-local"
DOING = re.compile(rf"\.venv/bin/rubeus (watch|send|doctor|records export) .*(--local|{URL})")
SETTING = "export "
GUIDE = [
    line
    for block in re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "guia.pt-BR.md").read_text(), re.DOTALL)
    for line in block.splitlines()
]
GLOBAL_OPTIONS = {"endpoint-url", "region", "query", "output"}
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
BY_HAND = [
    line.strip()
    for block in re.findall(r"```sh\n(.*?)```", OPERATIONS, re.DOTALL)
    for line in block.splitlines()
    if line.strip().startswith("aws ")
]
(FOUND,) = (each for each in re.findall(r"```json\n(.*?)```", OPERATIONS, re.DOTALL) if each.startswith("[{"))


def _run(*command: str | Path) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 (our own)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _client(service: str, **client: str) -> Any:
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
    make: Any = boto3.client  # its stubs know each service's name, but no text
    return make(service, region_name="sa-east-1", **keys, **client)


def _call(words: list[str], **client: str) -> tuple[object, str, dict[str, object]]:
    """Read a command of the `aws` tool as the call of boto3 that it stands for."""
    service = _client(words[1], **client)
    operation = service.meta.method_to_api_mapping[words[2].replace("-", "_")]
    members = service.meta.service_model.operation_model(operation).input_shape.members
    names = {xform_name(member, "-"): member for member in members}
    given_words = [
        part
        for word in words[3:]
        for part in (("--" + word.removeprefix("--no-"), "false") if word.startswith("--no-") else (word,))
    ]
    pairs = zip(given_words[::2], given_words[1::2], strict=True)
    options = {name.removeprefix("--"): value for name, value in pairs}
    given = {
        names[name]: json.loads(value) if value.startswith(("{", "[")) or value == "false" else value
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


@pytest.mark.parametrize(
    "command",
    [
        each
        for each in dict.fromkeys([*COMMANDS, *GUIDE])
        if each.startswith((".venv/bin/rubeus", ".venv/bin/sam"))
    ],
)
def test_the_installed_commands_take_these_options(command: str) -> None:
    """`sam` and `rubeus` know the subcommand and every option; what it does is shown by other tests."""
    words = shlex.split(command)
    options = [word for word in words if word.startswith("-")]
    names = [word for word in words[1:3] if re.fullmatch("[a-z]+", word)]
    text = _run(BIN / Path(words[0]).name, *names, "--help")
    assert all(re.search(rf"(?<![\w-]){option}(?![\w-])", text) for option in options)


def test_the_local_commands_do_what_they_say(served: Served) -> None:
    """A POST by curl, then the record by `rubeus` and by `aws dynamodb`, and all else that looks."""
    local = [each for each in COMMANDS if "127.0.0.1" in each and not DOING.match(each)]
    post, query = (shlex.split(each) for each in local if not each.startswith(SETTING))
    assert post[:3] == ["curl", "-i", "http://127.0.0.1:3000/webhook/token-local"]
    answer = _run("curl", "-s", "-i", served.where["url"], *post[3:])
    assert answer.startswith("HTTP/1.1 200")
    assert "http://127.0.0.1:5000" in query
    client, method, given = _call(query, endpoint_url=served.where["aws_endpoint"])
    found = getattr(client, method)(**given)["Items"]
    assert {"pk": {"S": "contato#341"}, "sk": {"S": "current"}}.items() <= found[0].items()
    port = str(urlsplit(served.where["aws_endpoint"]).port)
    looks = [shlex.split(each) for each in COMMANDS if each.endswith(" --local") and not DOING.match(each)]
    assert len(looks) > 10
    for words in looks:
        assert _run(sys.executable, "-m", "rubeus", *words[1:], "--aws-port", port)


@pytest.mark.parametrize("command", [each for each in COMMANDS if DOING.match(each)])
def test_the_local_commands_that_do_something_run(command: str, served: Served, tmp_path: Path) -> None:
    """Each ends with 0 against a running `rubeus serve`, but the one that goes on until Ctrl-C."""
    aws_port = str(urlsplit(served.where["aws_endpoint"]).port)
    words = [word.replace(URL, served.where["url"]) for word in shlex.split(command)[1:]]
    words += ["--aws-port", aws_port] if "--local" in words else []
    with subprocess.Popen(  # noqa: S603 (the READMEs' own words)
        [BIN / "rubeus", *words], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        first = process.stderr.readline()
        if words[0] == "watch":
            assert first.endswith("connected\n")
            process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == (130 if words[0] == "watch" else 0), first
    assert [each.name for each in tmp_path.iterdir()] == (["contatos.xlsx"] if "export" in words else [])


def test_one_line_brings_every_sdk_to_the_local_aws(served: Served) -> None:
    """With these variables, boto3 finds the tables without any other option."""
    (line,) = (each for each in COMMANDS if each.startswith(SETTING))
    variables = dict(word.split("=", 1) for word in shlex.split(line)[1:])
    assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:5000"
    variables["AWS_ENDPOINT_URL"] = served.where["aws_endpoint"]
    code = "import boto3; print(boto3.client('dynamodb').list_tables()['TableNames'])"
    done = subprocess.run(  # noqa: S603 (our own)
        [sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True
    )
    assert "rubeus-local-records" in done.stdout


@pytest.mark.parametrize(
    "command",
    [each for each in [*COMMANDS, *GUIDE, *BY_HAND] if each.startswith("aws ") and "127." not in each],
)
def test_the_aws_commands_are_well_formed(command: str) -> None:
    """Service, operation or waiter, and every option exist, with values of the right type."""
    words = shlex.split(command.replace("file://found.json", f"'{FOUND}'"))
    if words[2] == "wait":
        waiter = _client(words[1]).get_waiter(words[3].replace("-", "_"))
        words[2:4] = [xform_name(waiter.config.operation, "-")]
    assert _call(words)


def test_what_remains_of_a_stack_is_listed_by_the_command_of_the_operations_page() -> None:
    """The two tables, four queues and the secret, under the names that `found.json` has to give."""
    (command,) = re.findall(r"^\.venv/bin/python (-c .*) > stores\.json$", OPERATIONS, re.MULTILINE)
    stores = json.loads(_run(sys.executable, *shlex.split(command)))["Resources"]
    assert len(stores) == 7
    for each in json.loads(FOUND):
        assert stores[each["LogicalResourceId"]]["Type"] == each["ResourceType"]


@pytest.mark.parametrize("paper", [*READMES, "docs/consuming.md"])
def test_the_python_of_the_pages_runs(paper: str, served: Served) -> None:
    """It finds a person, and their messages, in the stores of a `rubeus serve` as in those of a stack."""
    assert served.post([contato("635", cpf="12547854577")])[0] == 200
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / paper).read_text(), re.DOTALL)
    shown = "print(story, same_cpf)" if "story" in code else ""
    local = code.replace("rubeus-webhook-", "rubeus-local-").replace(
        '"WaitTimeSeconds": 20', '"WaitTimeSeconds": 0'
    )
    (line,) = (each for each in COMMANDS if each.startswith(SETTING))
    variables = dict(word.split("=", 1) for word in shlex.split(line)[1:])
    variables["AWS_ENDPOINT_URL"] = served.where["aws_endpoint"]
    done = subprocess.run(  # noqa: S603 (our own)
        [sys.executable, "-c", f"{local}\n{shown}"], env=variables, capture_output=True, text=True, check=True
    )
    assert "contato/635/1" in done.stdout or done.stdout.count("'contato#635'") >= 2


def test_every_command_is_tested() -> None:
    """A command of another tool would need a test of its own."""
    assert {shlex.split(each)[0] for each in COMMANDS} == {
        "make", "curl", "aws", "export", ".venv/bin/sam", ".venv/bin/rubeus",
    }  # fmt: skip
