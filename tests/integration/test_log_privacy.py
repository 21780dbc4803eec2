import logging
import re
import sys

import pytest
from botocore.exceptions import EndpointConnectionError
from tests.integration.receiving import TOKEN, Receiver
from tests.payloads import DOCUMENTED, documented

# Texts of this length or more that no log could hold by chance.
_TELLING = 6


def _values(value: object) -> set[str]:
    if isinstance(value, dict):
        return set().union(*map(_values, value.values()))
    if isinstance(value, list):
        return set().union(*map(_values, value))
    return {str(value)} if isinstance(value, str) and len(value) >= _TELLING else set()


def test_no_value_of_a_record_is_logged_or_answered(
    receiver: Receiver,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Names, CPF, e-mails, phones and the token stay out of logs and answers, in success and in failure."""
    caplog.set_level(logging.INFO)
    for output in logging.getLogger("rubeus-webhook").handlers:
        if isinstance(output, logging.StreamHandler):
            monkeypatch.setattr(output, "stream", sys.stdout)
    answers = []

    def post_all() -> None:
        for kind, text in DOCUMENTED.items():
            answers.extend([receiver.post(text), receiver.post(text[:-2]), receiver.post(text, "contato")])
            answers.extend([receiver.post(text, "aluno"), receiver.post(text, token="token-mal-colado")])
            answers.append(receiver.post(text.replace('"id": ', '"id": false, "era": '), kind))

    post_all()
    receiver.fail("sqs", "*", lambda _: EndpointConnectionError(endpoint_url="https://away.example"))
    post_all()
    receiver.fail("dynamodb", "*", lambda _: Exception(DOCUMENTED["contato"]))
    post_all()

    captured = capsys.readouterr()
    logged = captured.out + captured.err + caplog.text
    assert logged.count('"message":"delivery"') >= len(DOCUMENTED)
    assert '"message":"defect"' in logged
    personal = {TOKEN, "token-mal-colado"}.union(*(_values(documented(kind)) for kind in DOCUMENTED))
    said = logged + "".join(answer.text for answer in answers)
    assert {value for value in personal if value in said} == set()
    assert not re.search(r"[\w.]+@[\w.]+", said)


def test_answers_are_readable_in_the_dialog(receiver: Receiver) -> None:
    """No line of any answer is wider than 78 columns."""
    bodies = [*DOCUMENTED.values(), "[", "5", "[]", "[5]", '{"id": "1"}', '[{"id": {}, "nome": "x"}]' * 2]
    mixed = (
        "[" + ",".join(["5", '{"id": "1", "nome": "Ana", "cpf": null, "uf": null}', '{"nome": 1}'] * 30) + "]"
    )
    answers = [receiver.post(body, kind) for body in [*bodies, mixed] for kind in ("", "evento", "aluno")]
    answers += [
        receiver.post("", method="GET"),
        receiver.post("", method="PUT"),
        receiver.post("", token="x"),
    ]

    assert max(len(line) for answer in answers for line in answer.text.splitlines()) <= 78
    assert all(len(answer.body.get("registros", [])) <= 21 for answer in answers)
