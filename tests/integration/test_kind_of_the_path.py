"""What the URL says of a delivery's records lasts as long as the delivery."""

import pytest
from botocore.exceptions import ConnectTimeoutError
from tests.integration.receiving import Receiver

AWAY = ConnectTimeoutError(endpoint_url="https://aws.example")


@pytest.mark.parametrize("kind", ["fluxo", "evento"])
@pytest.mark.parametrize(("service", "operation"), [("sqs", "SendMessageBatch"), ("dynamodb", "*")])
def test_recovery_knows_the_kind_that_the_path_said(
    receiver: Receiver, kind: str, service: str, operation: str
) -> None:
    """Whether inbox or recovery queue kept it: what was answered 202 is not rejected for want of its kind."""
    receiver.fail(service, operation, lambda _: AWAY)
    answer = receiver.post_records({"id": "9", "qualquer": "coisa"}, kind=kind)
    receiver.heal(service, operation)
    receiver.recover_from_queue()
    receiver.recover()

    assert answer.status == 202
    assert receiver.states() == ["done"]
    assert [message["subject"].partition("/")[0] for message in receiver.messages()] == [kind]
