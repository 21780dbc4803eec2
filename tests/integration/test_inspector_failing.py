"""What AWS may answer in place of data, as the inspector's pages say it: in a sentence, with the way out."""

import re
import time
from collections.abc import Iterator, Mapping

import boto3
import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    UnauthorizedSSOTokenError,
)
from tests.e2e.browsing import Visitor

from handlers.bootstrap import Receiver
from models.failures import OutOfTime
from rubeus.inspector.serving import inspector
from rubeus.inspector.stack import Stack
from rubeus.operating.redrive import redrive
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.queues import RESOURCES, Queues
from rubeus.reading.records import Records
from rubeus.stack.child import listen

ARN = "arn:aws:sts::123456789012:assumed-role/equipe/ana"
RESOURCE = "arn:aws:dynamodb:sa-east-1:123456789012:table/rubeus-webhook-deliveries/index/by_day"
PRIVATE = "Zuleica Segredo"
READING = ("/entregas", "/entregas/novas", "/registros/contato/1", "/pessoas/1", "/fila", "/painel")


def refused(code: str, message: str = PRIVATE) -> ClientError:
    """Make what a service answers; its own words may quote anything, and are not shown."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "Query")


def denied(action: str, code: str = "AccessDeniedException") -> ClientError:
    """Make what IAM answers."""
    why = f"because no identity-based policy allows the {action} action"
    return refused(code, f"User: {ARN} is not authorized to perform: {action} on resource: {RESOURCE} {why}")


class Answers:
    """What AWS answers to every call."""

    def __init__(self) -> None:
        self.error: Exception = refused("Other")

    def fail(self, **_: object) -> None:
        """Answer a call."""
        raise self.error


@pytest.fixture
def answers() -> Answers:
    """Give what the pages of this test meet."""
    return Answers()


@pytest.fixture
def visitor(answers: Answers) -> Iterator[Visitor]:
    """Come to the pages of a deployed stack."""
    session = boto3.Session("key", "secret", region_name="sa-east-1")
    dynamodb, sqs = session.client("dynamodb"), session.client("sqs")
    for events in (dynamodb.meta.events, sqs.meta.events):
        events.register("before-call", answers.fail)
    urls = {name: f"https://sqs.example/1/{name}" for name in RESOURCES}

    def receiver() -> Receiver:
        raise answers.error

    def url() -> str:
        raise answers.error

    stack = Stack(
        name="rubeus-webhook",
        options="--stack rubeus-webhook",
        caller=ARN,
        deliveries=Deliveries(dynamodb, "deliveries", patience=0.1),
        records=Records(dynamodb, "records", patience=0.1),
        queues=Queues(sqs, None, urls, time),
        receiver=receiver,
        redrive=lambda name: redrive(sqs, urls[f"{name} dead letters"], urls[name]),
        webhook_url=url,
        trace=lambda *_: answers.fail(),
    )
    with listen(0, "--port") as listener, inspector(stack, listener, ("127.0.0.1",)) as address:
        yield Visitor(address)


def sentence(text: str) -> str:
    """Give what an error's page says first."""
    lead = re.search(r'<p class="lead"[^>]*>(.*?)</p>', text, re.DOTALL)
    assert lead, text
    return " ".join(lead[1].split())


@pytest.mark.parametrize(
    ("error", "status", "says", "way_out"),
    [
        (denied("dynamodb:Query"), 403, "A AWS não deixa ana fazer dynamodb:Query", RESOURCE),
        (refused("ExpiredTokenException"), 503, "As credenciais deste terminal não valem mais", "aws sso"),
        (refused("ExpiredToken"), 503, "As credenciais deste terminal não valem mais", "Entre de novo"),
        (NoCredentialsError(), 503, "As credenciais deste terminal não valem mais", "Entre de novo"),
        (UnauthorizedSSOTokenError(), 503, "As credenciais deste terminal não valem mais", "aws sso login"),
        (refused("ThrottlingException"), 503, "A AWS pede para esperar", "tentamos de novo em alguns"),
        (refused("ProvisionedThroughputExceededException"), 503, "A AWS pede para esperar", "tentamos"),
        (OutOfTime("records"), 503, "A AWS pede para esperar", "tentamos de novo"),
        (EndpointConnectionError(endpoint_url=PRIVATE), 503, "A AWS não responde", "Confira a rede"),
        (refused("ValidationException"), 503, "A AWS recusou o pedido", "ValidationException"),
    ],
    ids=lambda value: getattr(value, "response", {}).get("Error", {}).get("Code", "") or type(value).__name__,
)
def test_what_aws_answers_is_a_sentence_with_the_way_out(
    visitor: Visitor, answers: Answers, *, error: Exception, status: int, says: str, way_out: str
) -> None:
    """On every page that reads; nothing of AWS's own words but the action and the resource."""
    answers.error = error
    for path in READING:
        page = visitor.get(path)
        assert page.status == status
        assert sentence(page.text).startswith(says)
        assert way_out in page.text
        assert PRIVATE not in page.text
        assert "Traceback" not in page.text


POSTS: Mapping[str, Mapping[str, str]] = {
    "/registros": {"por": "CPF", "quem": "529.982.247-25", "motivo": "chamado 1"},
    "/mostrar": {"o_que": "contato/1", "volta": "/registros/contato/1", "motivo": "chamado 1"},
    "/por-que": {"tipo": "contato", "valor": "1"},
    "/entregas/1/reprocessar": {},
    "/entregas/1/dispensar": {"porque": "corrigido"},
    "/fila/devolver": {"fila": "records"},
    "/testar": {"corpo": "[]"},
}


def test_what_is_posted_is_not_posted_again_by_itself(visitor: Visitor, answers: Answers) -> None:
    """An action says which permission it lacks; one that met a moment's failure waits for its user."""
    for path, form in POSTS.items():
        answers.error = denied("dynamodb:PutItem", "AccessDenied")
        page = visitor.post(path, form)
        assert page.status == 403, path
        assert sentence(page.text).startswith("A AWS não deixa ana fazer dynamodb:PutItem. ")
        answers.error = refused("ThrottlingException")
        page = visitor.post(path, form)
        assert page.status == 503, path
        assert "data-volta" not in page.text


def test_what_comes_by_itself_is_asked_for_again(visitor: Visitor, answers: Answers) -> None:
    """Not where a permission is missing: that lasts."""
    errors: dict[Exception | BotoCoreError, bool] = {
        refused("ThrottlingException"): True,
        NoCredentialsError(): True,
        denied("dynamodb:Query"): False,
    }
    for error, comes_back in errors.items():
        answers.error = error
        assert (" data-volta>" in visitor.get("/fila").text) is comes_back


def test_a_redrive_that_fails_says_what_it_did(visitor: Visitor, answers: Answers) -> None:
    """Nothing was moved, and nothing is lost."""
    answers.error = denied("sqs:ReceiveMessage", "AccessDenied")
    page = visitor.post("/fila/devolver", {"fila": "records"})
    assert page.status == 403
    assert sentence(page.text).endswith("Nenhuma mensagem foi devolvida: todas continuam guardadas.")
    assert '"Action": "sqs:ReceiveMessage"' in page.text
