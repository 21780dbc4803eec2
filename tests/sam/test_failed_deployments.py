"""Deployments that fail or are undone, mended as README.md and docs/operations.md say."""

import json
import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from tests.e2e.serving import contato
from tests.sam.cloud import cloud
from tests.sam.deployed import STACK, Deployed
from tests.sam.local import BUILT, ROOT

from rubeus.stack.template import read_template, stores_only

TABLES = {f"{STACK}-records", f"{STACK}-deliveries"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Give an AWS on this machine in which nothing is deployed yet."""
    with cloud(tmp_path_factory.mktemp("cloud") / "log") as endpoint, closing(Deployed(endpoint)) as stack:
        yield stack


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Give `sam` a template that fails at one of its last resources: CloudWatch takes no such name."""
    template = tmp_path_factory.mktemp("broken") / "template.yaml"
    named = re.sub(r"DashboardName:\n +Ref: .*", f"DashboardName: {'x' * 256}", BUILT.read_text())
    template.write_text(re.sub(r"CodeUri: (\w+)", rf"CodeUri: {BUILT.parent}/\1", named))
    return "--template-file", str(template), "--config-file", str(ROOT / "samconfig.toml")


def _state(stack: Deployed) -> str:
    (found,) = stack.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    status: str = found["StackStatus"]
    return status


def _tables(stack: Deployed) -> set[str]:
    return set(stack.client("dynamodb").list_tables()["TableNames"])


def test_what_a_rollback_leaves_can_be_deleted_and_the_next_deployment_succeeds(
    stack: Deployed, broken: tuple[str, ...]
) -> None:
    """Only the protected tables stay; without them and the dead stack, nothing is in the next one's way."""
    stack.sam("deploy", *broken, fails=True)

    assert _state(stack) == "ROLLBACK_COMPLETE"
    assert _tables(stack) == TABLES
    assert not stack.client("sqs").list_queues().get("QueueUrls")
    assert not stack.client("secretsmanager").list_secrets()["SecretList"]

    stack.client("cloudformation").delete_stack(StackName=STACK)
    for table in TABLES:
        stack.client("dynamodb").update_table(TableName=table, DeletionProtectionEnabled=False)
        stack.client("dynamodb").delete_table(TableName=table)


def test_what_was_not_rolled_back_is_mended_and_deployed_again(
    stack: Deployed, broken: tuple[str, ...]
) -> None:
    """The same command goes on from where it failed: all that was made stays, and the receiver answers."""
    stack.sam("deploy", "--disable-rollback", *broken, fails=True)
    assert _state(stack) == "CREATE_FAILED"
    made = stack.stores()
    del stack.ids

    stack.sam("deploy", "--disable-rollback")

    assert _state(stack) == "UPDATE_COMPLETE"
    kept = {name: made[name] for name in ("RecordsTable", "DeliveriesTable", "RecordsQueue", "TokenSecret")}
    assert kept.items() <= stack.stores().items()
    stack.mend()
    assert stack.ask("POST", stack.url, [contato("5001")])[0] == 200


def test_what_a_deleted_stack_left_is_imported_and_deployed_around(stack: Deployed) -> None:
    """Tables and queues are those of before. The emulator imports no secret, which AWS does."""
    before = stack.stores()
    stack.sam("delete", "--no-prompts")
    template = stores_only(read_template())
    del template["Resources"]["TokenSecret"]
    identifiers = {"AWS::DynamoDB::Table": "TableName", "AWS::SQS::Queue": "QueueUrl"}
    found = [
        {
            "LogicalResourceId": name,
            "ResourceType": each["Type"],
            "ResourceIdentifier": {identifiers.get(each["Type"], "Id"): before[name]},
        }
        for name, each in template["Resources"].items()
    ]
    change = {"StackName": STACK, "ChangeSetName": "stores"}
    cloudformation = stack.client("cloudformation")
    cloudformation.create_change_set(
        **change, ChangeSetType="IMPORT", TemplateBody=json.dumps(template), ResourcesToImport=found
    )
    cloudformation.get_waiter("change_set_create_complete").wait(**change)
    cloudformation.execute_change_set(**change)
    cloudformation.get_waiter("stack_import_complete").wait(StackName=STACK)
    del stack.ids

    stack.sam("deploy")

    assert {name: stack.stores()[name] for name in template["Resources"]} == {
        name: before[name] for name in template["Resources"]
    }
    assert stack.current("contato#5001")["version"] == 1
