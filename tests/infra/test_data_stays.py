from typing import Any

import pytest

from rubeus.stack.template import read_template

RESOURCES = read_template()["Resources"]

# Types of which nothing is lost that the next deployment does not make anew; logs hold no personal data.
HOLD_NOTHING = {
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::Serverless::Function",
    "AWS::Serverless::HttpApi",
}
STORES = {name: each for name, each in RESOURCES.items() if each["Type"] not in HOLD_NOTHING}

# The properties of which a change makes CloudFormation put a new, empty resource in the old one's place (its
# reference says "Replacement"), or make a new token. docs/operations.md says how to move what is in it.
PINNED: dict[str, dict[str, Any]] = {
    "RecordsTable": {
        "TableName": {"Fn::Sub": "${AWS::StackName}-records"},
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    },
    "DeliveriesTable": {
        "TableName": {"Fn::Sub": "${AWS::StackName}-deliveries"},
        "KeySchema": [
            {"AttributeName": "delivery_id", "KeyType": "HASH"},
            {"AttributeName": "part", "KeyType": "RANGE"},
        ],
    },
    "RecordsQueue": {"QueueName": {"Fn::Sub": "${AWS::StackName}-records.fifo"}, "FifoQueue": True},
    "RecordsDeadLetterQueue": {
        "QueueName": {"Fn::Sub": "${AWS::StackName}-records-dead-letter.fifo"},
        "FifoQueue": True,
    },
    "RecoveryQueue": {"QueueName": {"Fn::Sub": "${AWS::StackName}-recovery"}, "FifoQueue": None},
    "RecoveryDeadLetterQueue": {
        "QueueName": {"Fn::Sub": "${AWS::StackName}-recovery-dead-letter"},
        "FifoQueue": None,
    },
    "TokenSecret": {
        "Name": {"Fn::Sub": "${AWS::StackName}-token"},
        "SecretString": None,
        "GenerateSecretString": {
            "SecretStringTemplate": '{"previous": ""}',
            "GenerateStringKey": "token",
            "PasswordLength": 43,
            "ExcludePunctuation": True,
        },
    },
}
KEY_TYPES = {"pk": "S", "sk": "S", "delivery_id": "S", "part": "S"}


@pytest.mark.parametrize("name", STORES)
def test_what_holds_data_outlives_stack_and_replacement(name: str) -> None:
    """Neither a deleted stack nor a replaced resource takes records or the URL with it.

    Queues and secret go only with the creation that made them, if it is rolled back: else the next one finds
    their names taken. A table is protected, which a rollback can't pass: it would fail at that.
    """
    is_table = STORES[name]["Type"] == "AWS::DynamoDB::Table"

    assert STORES[name]["DeletionPolicy"] == ("Retain" if is_table else "RetainExceptOnCreate")
    assert STORES[name]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("name", STORES)
def test_what_would_be_replaced_is_as_it_was(name: str) -> None:
    """Whoever changes such a property has to change it here, too, and so hears of what it does."""
    properties = STORES[name]["Properties"]

    assert {key: properties.get(key) for key in PINNED[name]} == PINNED[name]
    for attribute in properties.get("AttributeDefinitions", []):
        if attribute["AttributeName"] in KEY_TYPES:
            assert attribute["AttributeType"] == KEY_TYPES[attribute["AttributeName"]]


def test_no_store_has_gone() -> None:
    """A store that is renamed in the template is a new one, and the old one is left behind."""
    assert set(STORES) == set(PINNED)
