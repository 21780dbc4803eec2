"""One stack, in the order of its life: deployed, wired, used, recovering, updated, deleted."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.e2e.serving import contato, python
from tests.sam.deployed import STACK, TOKEN, Deployed
from tests.sam.local import environment

from rubeus.stack.environment import REGION
from settings import Settings

FUNCTIONS = ("WebhookFunction", "RecoveryFunction")
NO_SETTINGS = {"AWS_ENDPOINT_URL"}  # boto3's; Powertools' begin with its name
STORES = ("RecordsTable", "DeliveriesTable", "RecordsQueue", "RecoveryQueue", "TokenSecret")
SECONDS = 30
ACCOUNT = "000000000000"


def test_every_route_leads_to_the_webhook_function(deployed: Deployed) -> None:
    """Both paths and all others go to it, and it lets this API call it, and no other."""
    function = deployed.function("WebhookFunction")["FunctionArn"]

    routes = dict(deployed.routes())

    assert set(routes) == {"ANY /webhook/{token}", "ANY /webhook/{token}/{kind}", "$default"}
    assert set(routes.values()) == {f"{function}:live"}
    sources = deployed.callers(routes["$default"], "apigateway.amazonaws.com")
    api = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{deployed.ids['WebhookApi']}/"
    assert f"{api}*/*" in sources
    assert all(source.startswith(api) for source in sources)


def test_the_schedule_leads_to_recovery(deployed: Deployed) -> None:
    """The only rule is on, names recovery as its only target, and is let in."""
    events = deployed.client("events")
    (rule,) = events.list_rules()["Rules"]
    (target,) = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]

    assert (rule["State"], rule["ScheduleExpression"]) == ("ENABLED", "rate(5 minutes)")
    assert target["Arn"].startswith(deployed.function("RecoveryFunction")["FunctionArn"])
    assert deployed.callers(target["Arn"], "events.amazonaws.com") == {rule["Arn"]}


def test_the_recovery_queue_leads_to_recovery(deployed: Deployed) -> None:
    """Its messages go there in batches, of which only what failed comes back; one run fits in its timeout."""
    (mapping,) = deployed.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    queue = deployed.queue("RecoveryQueue")
    function = deployed.function("RecoveryFunction")

    assert mapping["EventSourceArn"] == queue["QueueArn"]
    assert mapping["FunctionArn"].startswith(function["FunctionArn"])
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert int(queue["VisibilityTimeout"]) >= 6 * function["Timeout"]


@pytest.mark.parametrize("queue", ["Records", "Recovery"])
def test_what_fails_five_times_goes_to_the_dead_letter_queue(deployed: Deployed, queue: str) -> None:
    """Each queue gives up into its own, which keeps messages no less long."""
    attributes, dead_letters = deployed.queue(f"{queue}Queue"), deployed.queue(f"{queue}DeadLetterQueue")

    redrive = json.loads(attributes["RedrivePolicy"])

    assert redrive == {"deadLetterTargetArn": dead_letters["QueueArn"], "maxReceiveCount": 5}
    assert int(dead_letters["MessageRetentionPeriod"]) >= int(attributes["MessageRetentionPeriod"])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_functions_environment_is_what_settings_read(deployed: Deployed, function: str) -> None:
    """Nothing is missing, nothing is left over, and the stores are those of the stack."""
    variables = deployed.function(function)["Environment"]["Variables"]

    settings = Settings.from_environment(variables)

    others = {name for name in variables if name.startswith("POWERTOOLS_")} | NO_SETTINGS
    assert set(variables) - others == {name.upper() for name in Settings.model_fields}
    assert (
        settings.records_table,
        settings.deliveries_table,
        settings.records_queue_url,
        settings.recovery_queue_url,
        settings.token_secret,
    ) == tuple(deployed.ids[name] for name in STORES)


def test_a_post_to_the_printed_url_is_stored_and_published(deployed: Deployed) -> None:
    """At what `rubeus url` prints, the deployed function answers, with no permissions but its role's."""
    variables = environment(AWS_ENDPOINT_URL=deployed.endpoint)
    printed = python("-m", "rubeus", "url", "--stack", STACK, "--region", REGION, env=variables)
    url = printed.stdout.strip()
    sent = contato("5001")

    status, answer = deployed.ask("POST", url, [sent])

    assert (status, "contato novo" in answer) == (200, True), answer
    assert deployed.current("contato#5001")["data"] == sent
    assert [message["data"] for message in deployed.published("contato/5001")] == [sent]
    assert deployed.ask("POST", f"{url}/contato", [sent])[0] == 200
    assert deployed.ask("GET", url)[0] == 405
    assert deployed.ask("POST", f"{deployed.outputs['ApiUrl']}/elsewhere", [])[0] == 404


def test_the_function_can_do_no_more_than_its_role_allows(deployed: Deployed) -> None:
    """That is what makes the other tests prove the policies: what is denied fails here, too."""
    iam, role = deployed.client("iam"), deployed.ids["WebhookRole"]
    denied = {"Effect": "Deny", "Action": ["dynamodb:*", "sqs:*"], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [denied]})
    iam.put_role_policy(RoleName=role, PolicyName="denied", PolicyDocument=policy)
    try:
        status, _ = deployed.ask("POST", deployed.url, [contato("5002")])
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="denied")

    assert status == 503


def test_the_schedule_finishes_an_open_delivery(deployed: Deployed) -> None:
    """While the records queue can't be reached a delivery stays open; the rule's target then publishes it."""
    events = deployed.client("events")
    (rule,) = events.list_rules()["Rules"]
    (target,) = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    elsewhere = f"{deployed.ids['RecordsQueue']}-elsewhere.fifo"
    with deployed.variables("WebhookFunction", RECORDS_QUEUE_URL=elsewhere):
        assert deployed.ask("POST", deployed.url, [contato("5003")])[0] == 202
    assert not deployed.published("contato/5003")

    def recover() -> Any:
        scheduled = json.dumps({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})
        answer = deployed.client("lambda").invoke(FunctionName=target["Arn"], Payload=scheduled)
        assert "FunctionError" not in answer, answer["Payload"].read()
        return json.loads(answer["Payload"].read())["recovered"]

    with deployed.variables("RecoveryFunction", RECOVER_AFTER_SECONDS="1"):
        assert _soon(recover) == {"done": 1}
    assert len(deployed.published("contato/5003")) == 1


def test_the_recovery_queue_finishes_a_delivery_that_the_inbox_did_not_take(deployed: Deployed) -> None:
    """While the inbox can't be reached a delivery goes to the queue; recovery takes it from there."""
    elsewhere = f"{deployed.ids['DeliveriesTable']}-elsewhere"
    with deployed.variables("WebhookFunction", DELIVERIES_TABLE=elsewhere):
        assert deployed.ask("POST", deployed.url, [contato("5004")])[0] == 202

    assert _soon(lambda: deployed.published("contato/5004"))
    assert deployed.current("contato#5004")["version"] == 1
    assert _soon(lambda: deployed.queue("RecoveryQueue")["ApproximateNumberOfMessagesNotVisible"] == "0")


def test_a_second_deploy_changes_what_it_is_told_to(deployed: Deployed) -> None:
    """A new parameter reaches both functions; stores, token and URL stay, and the API goes on answering."""
    before, outputs = deployed.stores(), deployed.outputs

    deployed.sam("deploy", "--parameter-overrides", "RetentionDays=31", "MemorySize=512")

    for function in (*FUNCTIONS, "WebhookFunctionAliaslive"):
        configuration = deployed.function(function)
        assert configuration["Environment"]["Variables"]["RETENTION_DAYS"] == "31"
        assert configuration["MemorySize"] == 512
    del deployed.ids
    assert (deployed.stores(), deployed.outputs) == (before, outputs)
    status, answer = deployed.ask("POST", deployed.url, [contato("5001", cidade="Santos")])
    assert (status, "versão 2" in answer) == (200, True), answer


def test_delete_leaves_every_record(deployed: Deployed) -> None:
    """Functions, API, rule and roles go; tables, queues and the secret stay, with what is in them."""
    deployed.sam("delete", "--no-prompts")

    assert deployed.ask("POST", deployed.url, [])[0] == 404
    assert not deployed.client("lambda").list_functions()["Functions"]
    assert not deployed.client("events").list_rules()["Rules"]
    assert not deployed.client("iam").list_roles()["Roles"]
    assert deployed.current("contato#5001")["version"] == 2
    for queue in ("RecordsQueue", "RecordsDeadLetterQueue", "RecoveryQueue", "RecoveryDeadLetterQueue"):
        assert deployed.queue(queue)
    secrets = deployed.client("secretsmanager")
    assert TOKEN in secrets.get_secret_value(SecretId=deployed.ids["TokenSecret"])["SecretString"]


def _soon(found: Callable[[], Any]) -> Any:
    """Ask until there is an answer."""
    deadline = time.monotonic() + SECONDS
    while not (answer := found()) and time.monotonic() < deadline:
        pass
    return answer
