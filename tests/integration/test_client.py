from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSPreparedRequest
from tests.integration.receiving import aws_answer

from aws.client import connect


@pytest.mark.parametrize("elsewhere", ["", "http://127.0.0.1:5000"])
def test_calls_go_signed_to_the_region_or_to_the_endpoint_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, elsewhere: str
) -> None:
    """Each service is called in the region, or at AWS_ENDPOINT_URL, and signed for its own name."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "sa-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", elsewhere)
    clients = connect()
    sent: list[AWSPreparedRequest] = []

    def note(request: AWSPreparedRequest, **_: object) -> object:
        sent.append(request)
        return aws_answer({"Responses": {}, "SecretString": "{}", "MessageId": "1", "MD5OfMessageBody": ""})

    for client in (clients.dynamodb, clients.sqs, clients.secretsmanager):
        client.meta.events.register("before-send", note)  # type: ignore[arg-type] # it answers
    clients.dynamodb.batch_get_item(RequestItems={"t": {"Keys": [{"pk": {"S": "a"}}]}})
    clients.sqs.send_message_batch(QueueUrl="https://sqs.sa-east-1.amazonaws.com/1/q", Entries=[])
    clients.secretsmanager.get_secret_value(SecretId="s")

    for service, request in zip(("dynamodb", "sqs", "secretsmanager"), sent, strict=True):
        here = f"{service}.sa-east-1.amazonaws.com"
        assert urlsplit(request.url).netloc == (urlsplit(elsewhere).netloc or here)
        signature = request.headers["Authorization"]
        signature = signature.decode() if isinstance(signature, bytes) else signature
        assert f"/sa-east-1/{service}/aws4_request" in signature
        assert request.headers["X-Amz-Security-Token"] in ("test", b"test")
