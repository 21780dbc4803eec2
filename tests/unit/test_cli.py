import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from models.kind import FLUXO, KINDS
from models.outcome import State, Verdict
from rubeus.cli import arguments, main
from rubeus.samples import EVENTS, read_event
from rubeus.stack.demo import posts
from rubeus.stack.template import (
    Function,
    function_environment,
    functions,
    read_template,
    routes,
    stores_only,
)

OTHERS = {"local-env", "recovery_queue", "recovery_schedule"}
REQUESTS = [path for path in EVENTS.glob("*.json") if path.stem not in OTHERS]


@pytest.mark.parametrize(
    "words",
    [
        "",
        "dance",
        "serve --port 70000",
        "serve --aws-port -1",
        "serve --token a/b",
        "serve --recovery 0",
        "serve --expose=",
        "serve --expose bridge",
        "url",
        "url --local --stack escola",
        "deliveries",
        "deliveries list",
        "deliveries list --local --stack escola",
        "deliveries list --local --day hoje",
        "deliveries list --local --since 2026-11-24T08:00:00",
        "deliveries list --local --limit 0",
        "deliveries list --local --state writing",
        "deliveries list --local --kind aluno",
        "deliveries show --local",
        "deliveries show 0199 --local --raw --json",
        "deliveries show 0199 --stack escola --raw",
        "deliveries show 0199 --stack escola --reveal",
        "records",
        "records get --local contato",
        "records get --local aluno 341",
        "records get --local contato 341 --as-of ontem",
        "records get --stack escola contato 341 --reveal",
        "records export --local --kind contato",
        "records export --local --kind contato --out x.doc",
        "records export --local --kind contato --out x.jsonl --columns id",
        "records export --local --kind contato --out x.csv --columns id,id",
        "records export --local --kind contato --out x.csv --raw",
        "records export --local --kind contato --out - --format csv --json",
        "records export --stack escola --kind contato --out x.csv --reveal",
        "send --local",
        "send contato",
        "send contato --local --url https://x",
        "send contato --local --set nome",
        "send contato --local --count 0",
        "watch",
        "doctor",
        "doctor https://x --timeout 0",
        "records find --local",
        "records find --local --codigo 1 --cpf 2",
        "records find --local --cpf x",
        "records why --local --email ana",
        "queue dead-letters --local --queue other",
        "records history --local contato 341 1 2",
        "records history --local contato 341 --diff 1",
        "records history --local contato 341 --diff 1 x",
        "records timeline --local",
        "records why --local contato",
        "records why --local",
        "records why --local contato 341 --cpf 1",
        "queue status",
        "triggers --local --since ontem",
        "drift",
        "summary --local --day hoje",
        "summary --local --day 0001-01-01",
        "deliveries list --local --day 9999-12-31",
        "traces --local --month 2026",
        "deliveries replay --local",
        "deliveries replay --local --all 0199",
        "deliveries replay --local 0199 --kind contato",
        "deliveries replay --local 0199 --as aluno",
        "deliveries replay --local --all --as-newest",
        "deliveries replay --local 0199 0200 --as-newest",
        "deliveries replay --local 0199 --as-newest --as contato",
        "deliveries dismiss --local 0199",
        "deliveries dismiss --local --reason feito",
        "deliveries dismiss --local 0199 --reason=",
        "queue redrive",
        "queue redrive --local --queue other",
        "records get contato 1 --local --as-of 0001-01-01T00:00:00+14:00",
        "triggers --local --since 9999-12-31T23:59:59-14:00",
        "token",
        "token rotate",
        "token rotate --local --stack escola",
        "token rotate --local --aws-port -1",
        "token retire",
        "token retire --local --force",
        "token show --local",
    ],
)
def test_wrong_arguments_exit_with_2_and_say_how(words: str) -> None:
    """What cannot be parsed ends with status 2 and the usage, before anything is asked of a stack."""
    result = CliRunner().invoke(main, words.split())
    assert result.exit_code == 2
    assert result.output.startswith("Usage: rubeus")


def test_a_blank_reason_is_none() -> None:
    """It would leave a trace that says nothing."""
    words = ["records", "get", "contato", "1", "--stack", "escola", "--reveal", "--reason", " "]
    result = CliRunner().invoke(main, words)
    assert (result.exit_code, "for a --reason TEXT" in result.output) == (2, True)


@pytest.mark.parametrize("words", ["deliveries list", "watch"])
def test_that_no_stack_runs_is_told_at_once(words: str) -> None:
    """Not after all that boto3 tries, which takes half a minute."""
    began = time.monotonic()
    result = CliRunner().invoke(main, [*words.split(), "--local", "--aws-port", "1"])
    assert (result.exit_code, "no emulated AWS answers" in result.output) == (1, True)
    assert time.monotonic() - began < 10


def commands(group: click.Group, *names: str) -> Iterator[tuple[str, ...]]:
    """Give the names of all commands, groups included."""
    for name, command in group.commands.items():
        yield (*names, name)
        if isinstance(command, click.Group):
            yield from commands(command, *names, name)


@pytest.mark.parametrize("names", [(), *commands(main)])
def test_every_command_and_every_option_has_its_help(names: tuple[str, ...]) -> None:
    """In 80 columns."""
    result = CliRunner().invoke(main, [*names, "--help"], prog_name="rubeus")
    assert result.exit_code == 0
    assert max(map(len, result.output.splitlines())) <= 80
    command: click.Command = main
    for name in names:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    assert command.help
    assert not [each.name for each in command.params if isinstance(each, click.Option) and not each.help]


def test_help_needs_neither_boto3_nor_the_models() -> None:
    """They take half a second, which `--help` and completion need not wait for."""
    code = (
        "import sys, rubeus.cli; print({'boto3', 'botocore', 'pydantic', 'rich', 'yaml'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 (our own words)
    assert done.stdout == "set()\n"


def test_the_shell_completes_commands_and_choices() -> None:
    """As click does it, for `_RUBEUS_COMPLETE`."""

    def completed(words: str) -> list[str]:
        typed = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
        result = CliRunner().invoke(main, [], env={"_RUBEUS_COMPLETE": "bash_complete", **typed})
        return [line.partition(",")[2] for line in result.output.splitlines()]

    assert "deliveries" in completed("rubeus ")
    assert completed("rubeus deliveries list --kind f") == ["fluxo"]


def test_kinds_states_and_verdicts_are_those_of_the_models() -> None:
    """Spelled out for the help alone; what is just being written is in no list."""
    assert (*KINDS, FLUXO) == arguments.KINDS
    assert set(State) == set(arguments.STATES)
    assert tuple(Verdict) == arguments.VERDICTS


def test_every_sample_event_is_posted_by_the_demo() -> None:
    """A new file in events/ cannot be forgotten by the demo."""
    names = {path.stem for path in REQUESTS}
    samples = {read_event(name)["requestContext"]["requestId"] for name in names}
    assert samples == {post.event["requestContext"]["requestId"] for post in posts()}


def test_sample_events_declare_the_length_of_their_body() -> None:
    """A sample is what API Gateway would hand over: its content-length fits its body."""
    for path in REQUESTS:
        event = json.loads(path.read_text())
        assert int(event["headers"]["content-length"]) == len(event["body"].encode()), path.name


def test_the_local_stack_takes_only_stores_from_the_template() -> None:
    """Tables, queues and the secret are created locally; functions, roles, API and logs are not."""
    resources = stores_only(read_template())["Resources"]
    assert {"RecordsTable", "DeliveriesTable", "RecordsQueue", "RecoveryQueue", "TokenSecret"} <= set(
        resources
    )
    assert {resource["Type"].split("::")[1] for resource in resources.values()} == {
        "DynamoDB",
        "SQS",
        "SecretsManager",
    }


def test_the_functions_environment_is_the_templates() -> None:
    """References become names, parameters their defaults, and literals stay."""
    template = read_template()
    ids = {name: f"id of {name}" for name in stores_only(template)["Resources"]}
    environment = function_environment(template, ids)
    assert environment["RECORDS_TABLE"] == "id of RecordsTable"
    assert environment["RETENTION_DAYS"] == "30"
    assert environment["POWERTOOLS_LOG_LEVEL"] == "INFO"


def test_the_functions_are_the_templates() -> None:
    """A function has the handler and the time-out that it has on AWS, under a local name."""
    assert functions(read_template()) == {
        "rubeus-local-webhook": Function("handlers.webhook.handler", 29),
        "rubeus-local-recovery": Function("handlers.recovery.handler", 300),
    }


def test_the_routes_are_the_templates() -> None:
    """The gateway knows the API's paths from template.yaml."""
    assert routes(read_template()) == ["/webhook/{token}", "/webhook/{token}/{kind}"]


def test_local_env_names_only_variables_that_the_template_declares() -> None:
    """`sam local invoke --env-vars` drops what the template does not declare: nothing else is there."""
    variables = json.loads(Path(EVENTS, "local-env.json").read_text())["WebhookFunction"]
    declared = read_template()["Globals"]["Function"]["Environment"]["Variables"]
    assert set(variables) <= set(declared)
