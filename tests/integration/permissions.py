"""What a call needs the permission of, and records that make every call."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.payloads import documented

CONTATO = {**documented("contato"), "id": "341"}
NOISE = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(250_000))

NAMES = {
    "rubeus-records": "RecordsTable",
    "rubeus-deliveries": "DeliveriesTable",
    "rubeus-records.fifo": "RecordsQueue",
    "rubeus-recovery": "RecoveryQueue",
    "rubeus-records-dead-letter.fifo": "RecordsDeadLetterQueue",
    "rubeus-recovery-dead-letter": "RecoveryDeadLetterQueue",
    "rubeus-token": "TokenSecret",
}
# TransactWriteItems needs the permission of each write in it; a batch of messages, that of one (Service
# Authorization Reference, "Actions, resources, and condition keys for Amazon DynamoDB", "… for Amazon SQS").
WRITES = {
    "Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem",
}  # fmt: skip


def needed(operation: str, parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Say which actions on which resources a call needs."""
    if operation == "TransactWriteItems":
        for item in parameters["TransactItems"]:
            ((kind, write),) = item.items()
            yield f"dynamodb:{WRITES[kind]}", NAMES[write["TableName"]]
    elif "RequestItems" in parameters:
        yield from ((f"dynamodb:{operation}", NAMES[table]) for table in parameters["RequestItems"])
    elif "IndexName" in parameters:
        table = NAMES[parameters["TableName"]]
        yield f"dynamodb:{operation}", f"${{{table}.Arn}}/index/{parameters['IndexName']}"
    elif "TableName" in parameters:
        yield f"dynamodb:{operation}", NAMES[parameters["TableName"]]
    elif "QueueUrl" in parameters:
        name = parameters["QueueUrl"].rpartition("/")[2]
        yield f"sqs:{operation.removesuffix('Batch')}", NAMES[name]
    elif operation == "GetMetricData":
        yield f"cloudwatch:{operation}", "*"
    else:
        yield f"secretsmanager:{operation}", NAMES[parameters["SecretId"]]


def _evento(*contatos: str) -> dict[str, Any]:
    return {**documented("evento"), "id": "7", "contatosSecundarios": list(contatos)}


# New and repeated; more links than a transaction takes, and none of them any more; more than an item takes.
EVERY_WRITE = [
    CONTATO,
    CONTATO,
    _evento(*(str(number) for number in range(1_000, 1_250))),
    _evento(),
    {**CONTATO, "id": "342", "observacao": NOISE},
]
