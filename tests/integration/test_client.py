import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from aws.client import Clients, connect, store_errors
from models.failures import StoreUnavailable

CALLS: Mapping[str, Callable[[Clients], object]] = {
    "PutItem": lambda clients: clients.dynamodb.put_item(TableName="t", Item={"pk": {"S": "a"}}),
    "BatchGetItem": lambda clients: clients.dynamodb.batch_get_item(
        RequestItems={"t": {"Keys": [{"pk": {"S": "a"}}]}}
    ),
    "Query": lambda clients: clients.dynamodb.query(
        TableName="t", KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "a"}}
    ),
    "TransactWriteItems": lambda clients: clients.dynamodb.transact_write_items(
        TransactItems=[{"Put": {"TableName": "t", "Item": {"pk": {"S": "a"}, "body": {"B": b"\0\xff"}}}}]
    ),
    "SendMessageBatch": lambda clients: clients.sqs.send_message_batch(
        QueueUrl="https://sqs.sa-east-1.amazonaws.com/1/q", Entries=[{"Id": "0", "MessageBody": "{}"}]
    ),
    "GetSecretValue": lambda clients: clients.secretsmanager.get_secret_value(SecretId="s"),
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set what Lambda sets, and nothing of this machine."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "test")
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCOUNT_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "sa-east-1")


def answering(clients: Clients, content: bytes, status: int = 200) -> list[AWSPreparedRequest]:
    """Answer every call with the same bytes; give the list in which the requests are noted."""
    sent: list[AWSPreparedRequest] = []

    class Raw:
        def stream(self, *_: object, **__: object) -> Iterator[bytes]:
            yield content

    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        sent.append(request)
        return AWSResponse(request.url, status, {}, Raw())  # type: ignore[arg-type] # as urllib3's

    for client in (clients.dynamodb, clients.sqs, clients.secretsmanager):
        client.meta.events.register("before-send", answer)  # type: ignore[arg-type] # it answers
    return sent


def failure_of(call: Callable[[Clients], object], clients: Clients) -> str:
    """Make a call that must fail as a store does; give the code."""
    with pytest.raises(StoreUnavailable) as raised, store_errors("store"):
        call(clients)
    return raised.value.code


@pytest.mark.parametrize("elsewhere", ["", "http://127.0.0.1:5000"])
def test_calls_go_signed_to_the_region_or_to_the_endpoint_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, elsewhere: str
) -> None:
    """Each service is called in the region, or at AWS_ENDPOINT_URL, and signed for its own name."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", elsewhere)
    clients = connect()
    sent = answering(clients, b"{}")

    for operation in ("BatchGetItem", "SendMessageBatch", "GetSecretValue"):
        CALLS[operation](clients)

    for service, request in zip(("dynamodb", "sqs", "secretsmanager"), sent, strict=True):
        here = f"{service}.sa-east-1.amazonaws.com"
        assert urlsplit(request.url).netloc == (urlsplit(elsewhere).netloc or here)
        signature = request.headers["Authorization"]
        signature = signature.decode() if isinstance(signature, bytes) else signature
        assert f"/sa-east-1/{service}/aws4_request" in signature
        assert request.headers["X-Amz-Security-Token"] in ("test", b"test")


def test_an_account_has_its_own_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the credentials name their account, DynamoDB is called at that account's address."""
    monkeypatch.setenv("AWS_ACCOUNT_ID", "123456789012")
    clients = connect()
    sent = answering(clients, b"{}")

    CALLS["PutItem"](clients)

    assert urlsplit(sent[0].url).netloc == "123456789012.ddb.sa-east-1.amazonaws.com"


@pytest.mark.parametrize("operation", CALLS)
def test_a_request_says_what_botocore_would_write(operation: str) -> None:
    """The body that replaces botocore's own is the same JSON, bytes in base64 included."""
    ours = connect()
    plain = Clients(boto3.client("dynamodb"), boto3.client("sqs"), boto3.client("secretsmanager"))
    bodies = []
    for clients in (ours, plain):
        sent = answering(clients, b"{}")
        CALLS[operation](clients)
        assert isinstance(sent[0].body, bytes)
        bodies.append(json.loads(sent[0].body))

    # The token by which a transaction that is sent again is known: another one for each call.
    tokens = [body.pop("ClientRequestToken", None) for body in bodies]
    assert bodies[0] == bodies[1]
    assert len(set(tokens)) == (2 if operation == "TransactWriteItems" else 1)


@pytest.mark.parametrize("operation", ["BatchGetItem", "Query"])
def test_an_answer_reads_as_botocore_reads_it(operation: str) -> None:
    """Items are the same, with or without botocore's walk through them."""
    item = {
        "pk": {"S": "contato#1"},
        "body": {"B": "AP8="},
        "number": {"N": "1.50"},
        "data": {"M": {"B": {"S": "a field"}, "none": {"NULL": True}, "list": {"L": [{"BOOL": False}]}}},
    }
    answer = json.dumps(
        {"Responses": {"t": [item]}, "UnprocessedKeys": {}}
        if operation == "BatchGetItem"
        else {"Items": [item], "Count": 1, "ScannedCount": 2, "LastEvaluatedKey": {"pk": {"S": "contato#1"}}}
    ).encode()
    ours = connect()
    plain = Clients(boto3.client("dynamodb"), ours.sqs, ours.secretsmanager)
    answers: list[Any] = []
    for clients in (ours, plain):
        answering(clients, answer)
        answers.append(CALLS[operation](clients))

    (read,) = answers[0]["Responses"]["t"] if operation == "BatchGetItem" else answers[0]["Items"]
    assert read["body"] == {"B": b"\0\xff"}
    for each in answers:
        del each["ResponseMetadata"]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("content", [b"<html>Welcome</html>", b"", b"[]", b'{"Respons', b"\x1f\x8b\xff"])
@pytest.mark.parametrize("operation", CALLS)
def test_a_success_that_is_no_json_is_a_failure_of_the_store(operation: str, content: bytes) -> None:
    """Nothing counts as stored or sent for it; it is not sent again, since nobody knows what was done."""
    clients = connect()
    sent = answering(clients, content)

    assert failure_of(CALLS[operation], clients) == "UnreadableAnswerError"
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("operation", "content", "status"),
    [
        ("PutItem", b"\xff", 400),
        ("PutItem", b"[]", 400),
        ("PutItem", b'{"Attributes": []}', 200),
        ("SendMessageBatch", b'{"Successful": [1]}', 200),
        ("GetSecretValue", b'{"CreatedDate": "never"}', 200),
    ],
)
def test_an_answer_that_botocore_stumbles_over_is_a_failure_of_the_store(
    operation: str, content: bytes, status: int
) -> None:
    """Its parsers raise Python's own errors there."""
    clients = connect()
    answering(clients, content, status)

    assert failure_of(CALLS[operation], clients) == "UnreadableAnswerError"


def test_an_operation_without_an_answer_may_answer_nothing() -> None:
    """SQS answers DeleteMessage with an empty body."""
    clients = connect()
    answering(clients, b"")

    clients.sqs.delete_message(QueueUrl="https://sqs.sa-east-1.amazonaws.com/1/q", ReceiptHandle="r")


def test_credentials_that_stay_expired_are_a_failure_of_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Botocore raises a plain RuntimeError where even refreshed credentials are expired."""

    class Expired(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            credentials = {"AccessKeyId": "test", "SecretAccessKey": "test", "Token": "test"}
            self.wfile.write(json.dumps({**credentials, "Expiration": "2020-01-01T00:00:00Z"}).encode())

        def log_message(self, *_: object) -> None:
            pass

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    with HTTPServer(("127.0.0.1", 0), Expired) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{server.server_port}/")
        clients = connect()
        sent = answering(clients, b"{}")

        assert failure_of(CALLS["PutItem"], clients) == "RuntimeError"
        server.shutdown()
    assert not sent
