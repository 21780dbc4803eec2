"""What AWS may answer in place of data, as the inspector's pages say it: in a sentence, with the way out."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, SSOTokenLoadError
from tests.e2e.browsing import Visitor

from models.failures import StoreUnavailable
from rubeus.inspector.serving import inspector
from rubeus.inspector.stack import Stack
from rubeus.operating.redrive import redrive
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.queues import RESOURCES, Queues
from rubeus.reading.records import Records
from rubeus.stack.child import listen

ARN = "arn:aws:sts::123456789012:assumed-role/equipe/ana"
RESOURCE = "arn:aws:dynamodb:sa-east-1:123456789012:table/rubeus-webhook-deliveries/index/by_day"


def refused(code: str, message: str = "Zuleica Segredo") -> ClientError:
    """Make what a service answers; its words may quote anything, and are not shown."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "Query")


def denied(action: str) -> ClientError:
    """Make what IAM answers."""
    why = f"because no identity-based policy allows the {action} action"
    return refused(
        "AccessDeniedException",
        f"User: {ARN} is not authorized to perform: {action} on resource: {RESOURCE} {why}",
    )


class Pages:
    """The pages of a deployed stack of which AWS answers every call by an error."""

    def __init__(self) -> None:
        self.error: Exception = refused("Other")
        self.calls: list[str] = []
        session = boto3.Session("key", "secret", region_name="sa-east-1")
        self.dynamodb, self.sqs = session.client("dynamodb"), session.client("sqs")
        for client in (self.dynamodb, self.sqs):
            client.meta.events.register("before-call", self.fail)

    def fail(self, event_name: str = "", **_: object) -> None:
        """Answer a call."""
        self.calls.append(event_name)
        raise self.error

    def stack(self) -> Stack:
        """Give the stack."""
        urls = {name: f"https://sqs.example/1/{name}" for name in RESOURCES}

        class Still:
            """A clock of the pages: none of them waits."""

        def nothing(*_: object) -> None:
            self.fail()

        del Still
        return Stack(
            name="rubeus-webhook",
            caller=ARN,
            deliveries=Deliveries(self.dynamodb, "deliveries"),
            records=Records(self.dynamodb, "records"),
            queues=Queues(self.sqs, None, urls, __import__("time")),
            receiver=nothing,  # type: ignore[arg-type] # it only raises
            redrive=lambda name: redrive(self.sqs, urls[f"{name} dead letters"], urls[name]),
            webhook_url=nothing,  # type: ignore[arg-type]
            trace=nothing,
        )
