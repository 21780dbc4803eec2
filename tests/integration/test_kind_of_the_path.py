"""What a request says of its records lasts as long as the delivery."""

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


@pytest.mark.parametrize(("service", "operation"), [("sqs", "SendMessageBatch"), ("dynamodb", "*")])
def test_recovery_knows_the_query_that_a_flow_was_posted_to(
    receiver: Receiver, service: str, operation: str
) -> None:
    """Consumers read it in the message, whichever of the two kept it."""
    receiver.fail(service, operation, lambda _: AWAY)
    assert receiver.post('{"a": "1"}', "fluxo", query="etapa=Inscrito").status == 202
    receiver.heal(service, operation)
    receiver.recover_from_queue()
    receiver.recover()

    assert [message["query"] for message in receiver.messages()] == ["etapa=Inscrito"]


def test_recovery_knows_how_a_body_is_said_to_be_encoded(receiver: Receiver) -> None:
    """What the front door refuses for it is not stored by recovery."""
    receiver.fail("dynamodb", "*", lambda _: AWAY)
    receiver.post('[{"id": "9"}]', "contato", headers={"content-encoding": "br"})
    receiver.heal("dynamodb", "*")
    receiver.recover_from_queue()

    assert receiver.states() == ["quarantined"]
    assert receiver.messages() == []


@pytest.mark.parametrize(("service", "operation"), [("sqs", "SendMessageBatch"), ("dynamodb", "*")])
def test_recovery_knows_in_which_charset_a_body_is(receiver: Receiver, service: str, operation: str) -> None:
    """The content type says it, whichever of the two kept it."""
    receiver.fail(service, operation, lambda _: AWAY)
    body = '[{"id": "9", "nome": "João"}]'.encode("latin-1")
    headers = {"content-type": "application/json; charset=ISO-8859-1"}
    assert receiver.post(body, "contato", headers=headers).status == 202
    receiver.heal(service, operation)
    receiver.recover_from_queue()
    receiver.recover()

    assert [message["data"]["nome"] for message in receiver.messages()] == ["João"]
