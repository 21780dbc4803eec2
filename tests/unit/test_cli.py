import json
from pathlib import Path

import pytest

from rubeus.cli import main
from rubeus.demo import posts
from rubeus.samples import EVENTS, read_event
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
    "arguments",
    [
        [],
        ["dance"],
        ["serve", "--port", "70000"],
        ["serve", "--aws-port", "-1"],
        ["serve", "--token", "a/b"],
        ["serve", "--recovery", "0"],
        ["serve", "--expose", ""],
        ["serve", "--expose", "bridge"],
        ["url"],
        ["deliveries"],
        ["deliveries", "list"],
        ["deliveries", "list", "--local", "--stack", "escola"],
        ["deliveries", "list", "--local", "--day", "hoje"],
        ["deliveries", "list", "--local", "--since", "2026-11-24T08:00:00"],
        ["deliveries", "list", "--local", "--limit", "0"],
        ["deliveries", "list", "--local", "--state", "done"],
        ["deliveries", "show", "--local"],
        ["deliveries", "replay", "--local"],
        ["deliveries", "replay", "--local", "--all", "0199"],
        ["deliveries", "replay", "--local", "0199", "--kind", "contato"],
        ["queue", "redrive"],
        ["queue", "redrive", "--local", "--queue", "other"],
        ["token"],
        ["token", "rotate"],
        ["token", "rotate", "--local", "--stack", "escola"],
        ["token", "rotate", "--local", "--port", "-1"],
        ["token", "retire"],
        ["token", "retire", "--local", "--force"],
        ["token", "show", "--local"],
    ],
)
def test_wrong_arguments_exit_with_2_and_say_how(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be parsed ends with status 2 and the usage on standard error."""
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    assert "usage: rubeus" in capsys.readouterr().err


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
