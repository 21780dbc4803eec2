"""What the box in Rubeus shows: 80 columns, JSON, Portuguese."""

import json
from collections.abc import Sequence

import pytest
from tests.fakes import deliver

from handlers import responses
from models.outcome import BodyProblem, Fault, Outcome, Result, SavedIn, Verdict
from models.validation import Issue

LONG = Issue("camposPersonalizados." * 30 + "0", "um motivo bem comprido, com vírgulas, " * 30)
COLUMNS = 78


def outcomes(verdict: Verdict, count: int, *, first: int = 0) -> tuple[Outcome, ...]:
    """Give as many outcomes of one verdict, with the longest words there are."""
    problems = (LONG,) * 5 if verdict is Verdict.REJECTED else ()
    version = 9_999_999_999 if verdict in (Verdict.UPDATED, Verdict.REPEATED) else None
    return tuple(
        Outcome(first + each, verdict, "registro_processo", "x" * 200, "r" * 200, version, problems=problems)
        for each in range(count)
    )


def answer(
    *parts: Sequence[Outcome], problem: BodyProblem | None = None, saved_in: SavedIn = SavedIn.INBOX
) -> responses.Response:
    """Answer a delivery of which this became."""
    return responses.result(
        Result(deliver(), saved_in, tuple(each for part in parts for each in part), problem)
    )


# The farthest place that each is found at; of the others only the whole body is to blame.
PLACES = {
    Fault.NOT_JSON: (3_000_000, 3_000_000),
    Fault.NOT_UTF8: (1, 6_000_000),
    Fault.TOO_DEEP: (3_000_000, 3_000_000),
    Fault.SCALAR: (3_000_000, 3_000_000),
}
PROBLEMS = {
    **{
        f"{fault}": answer(problem=BodyProblem(fault, LONG.reason, *PLACES.get(fault, (0, 0))))
        for fault in Fault
    },
    "none accepted": answer(outcomes(Verdict.REJECTED, 10_000)),
    "not admitted": responses.unauthorized(),
    "not found": responses.not_found(),
    "GET": responses.method_not_allowed("GET"),
    "PROPFIND": responses.method_not_allowed("PROPFIND"),
    "too large": responses.too_large(),
    "unavailable": responses.unavailable(),
    "kept nowhere": answer(outcomes(Verdict.PENDING, 1), saved_in=SavedIn.NOWHERE),
}
RECEIVED = {
    "connection test": answer(),
    "one": answer(outcomes(Verdict.NEW, 1)),
    "many": answer(outcomes(Verdict.REPEATED, 10_000)),
    "updated": answer(outcomes(Verdict.UPDATED, 30, first=9_970)),
    "open": answer(outcomes(Verdict.PENDING, 30)),
    "recovery queue": answer(outcomes(Verdict.PENDING, 3), saved_in=SavedIn.RECOVERY_QUEUE),
    "in part": answer(outcomes(Verdict.LATE, 30), outcomes(Verdict.REJECTED, 30, first=30)),
}
STATUS = {
    "not_json": 400,
    "not_utf8": 400,
    "too_deep": 400,
    "scalar": 400,
    "compressed": 400,
    "multipart": 400,
    "too_large": 413,
    "unknown_kind": 404,
    "none accepted": 422,
    "not admitted": 401,
    "not found": 404,
    "GET": 405,
    "PROPFIND": 405,
    "too large": 413,
    "unavailable": 503,
    "kept nowhere": 503,
    "connection test": 200,
    "one": 200,
    "many": 200,
    "updated": 200,
    "open": 202,
    "recovery queue": 202,
    "in part": 207,
}


@pytest.mark.parametrize("name", STATUS)
def test_every_answer_fits_the_box(name: str) -> None:
    """JSON with one fact a line, no line wider than the box, never cached."""
    reply = {**PROBLEMS, **RECEIVED}[name]

    assert reply["statusCode"] == STATUS[name]
    assert isinstance(json.loads(reply["body"]), dict)
    assert [line for line in reply["body"].splitlines() if len(line) > COLUMNS] == []
    assert reply["headers"]["cache-control"] == "no-store"
    assert reply["isBase64Encoded"] is False


def test_every_answer_is_looked_at() -> None:
    """The table of statuses names them all."""
    assert STATUS.keys() == PROBLEMS.keys() | RECEIVED.keys()


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_is_worded_as_rfc_9457_has_it(name: str) -> None:
    """Media type and members, the status in the body being the answer's, and what to do about it."""
    reply = PROBLEMS[name]
    body = json.loads(reply["body"])

    assert reply["headers"]["content-type"] == "application/problem+json; charset=utf-8"
    assert list(body)[:4] == ["type", "title", "status", "detail"]
    assert (body["type"], body["status"]) == ("about:blank", reply["statusCode"])
    assert body["o_que_fazer"]


@pytest.mark.parametrize("name", RECEIVED)
def test_what_was_received_says_its_protocolo(name: str) -> None:
    """With it, support finds the delivery."""
    reply = RECEIVED[name]

    assert reply["headers"]["content-type"] == "application/json; charset=utf-8"
    assert json.loads(reply["body"])["protocolo"] == deliver().id


@pytest.mark.parametrize("name", [*(str(fault) for fault in Fault), "none accepted"])
def test_what_was_kept_says_its_protocolo_too(name: str) -> None:
    """A body that can't be taken is kept all the same, and the answer says so."""
    body = json.loads(PROBLEMS[name]["body"])

    assert body["protocolo"] == deliver().id
    assert "O corpo foi guardado como veio." in " ".join(body["o_que_fazer"])


@pytest.mark.parametrize("name", ["unavailable", "kept nowhere", "not admitted", "not found", "GET"])
def test_what_was_not_kept_promises_no_protocolo(name: str) -> None:
    """Nobody could find it."""
    assert "protocolo" not in json.loads(PROBLEMS[name]["body"])


def test_an_unreadable_body_says_where() -> None:
    """In words for a person, and as numbers."""
    body = json.loads(PROBLEMS["not_json"]["body"])

    assert body["detail"] == "O corpo não é JSON (linha 3000000, coluna 3000000)."
    assert (body["erros"][0]["linha"], body["erros"][0]["coluna"]) == (3_000_000, 3_000_000)


def test_at_most_twenty_records_are_listed() -> None:
    """Of those taken and of those rejected each; then how many more there are."""
    taken = json.loads(RECEIVED["many"]["body"])["registros"]
    part = json.loads(RECEIVED["in part"]["body"])

    assert (len(taken), taken[-1]) == (21, "e mais 9980")
    assert (len(part["registros"]), part["registros"][-1]) == (21, "e mais 10")
    assert {(error["posicao"], error["posicoes"]) for error in part["erros"]} == {(31, "31 a 60")}
    assert "mais" not in part


def test_at_most_twenty_different_rejections_are_listed() -> None:
    """Neighbours with equal problems share one entry; every other record is one of its own."""
    apart = [outcomes(Verdict.REJECTED, 1, first=2 * number)[0] for number in range(25)]
    body = json.loads(answer(apart)["body"])

    assert len({error["posicao"] for error in body["erros"]}) == 20
    assert body["mais"] == "e mais 5"


def test_a_list_of_twenty_is_whole() -> None:
    """Nothing stands for nothing."""
    body = json.loads(answer(outcomes(Verdict.NEW, 20), outcomes(Verdict.REJECTED, 20, first=20))["body"])

    assert len(body["registros"]) == 20
    assert "mais" not in body


def test_records_count_from_one_and_are_counted() -> None:
    """The sender's person counts so, and reads the sums first."""
    body = json.loads(answer(outcomes(Verdict.NEW, 1), outcomes(Verdict.REJECTED, 2, first=1))["body"])

    assert body["resumo"] == {"novos": 1, "recusados": 2}
    assert body["registros"] == ["1: registro de processo novo"]
    assert {(error["posicao"], error["posicoes"]) for error in body["erros"]} == {(2, "2 a 3")}


def test_at_most_three_problems_of_each_record() -> None:
    """One broken record must not push the others out of the box."""
    errors = json.loads(answer(outcomes(Verdict.REJECTED, 1))["body"])["erros"]

    assert [error["posicao"] for error in errors] == [1, 1, 1]


def warned(*reasons: str, first: int = 0) -> tuple[Outcome, ...]:
    """Give an accepted record for each reason, which is its warning."""
    return tuple(
        outcomes(Verdict.NEW, 1, first=first + at)[0]._replace(warnings=(Issue("cpf", reason),))
        for at, reason in enumerate(reasons)
    )


def test_warnings_reach_the_box() -> None:
    """A line a warning, equal ones together, with the field and without a value; at most ten."""
    few = json.loads(answer(warned("não confere", "não confere", "é outro"))["body"])
    many = json.loads(answer(warned(*(f"motivo {number}" for number in range(25))))["body"])

    assert few["avisos"] == ["1 a 2: cpf: não confere", "3: cpf: é outro"]
    assert (len(many["avisos"]), many["avisos"][-1]) == (11, "e mais 15")


def test_fields_beyond_the_documentation_are_counted() -> None:
    """A change at Rubeus is seen on the day it happens; the names are the sender's and stay out."""
    (one,) = outcomes(Verdict.NEW, 1)
    body = json.loads(answer((one._replace(unknown_fields=("a", "b")),))["body"])

    assert body["avisos"] == ["2 campos que a documentação do Rubeus não traz"]


def test_a_test_of_the_connection_is_told_that_it_works() -> None:
    """Whoever presses Testar reads first that the connection works, then that this was no record."""
    (one,) = outcomes(Verdict.REJECTED, 1)
    reply = answer((one._replace(kind=None, is_test=True),))

    assert reply["statusCode"] == 422
    assert json.loads(reply["body"])["title"] == "A conexão funciona, mas o que veio não é um registro"


def test_a_record_of_no_kind_is_told_both_ways_out() -> None:
    """The URL can end in a kind, or in /fluxo."""
    (one,) = outcomes(Verdict.REJECTED, 1)
    advice = " ".join(json.loads(answer((one._replace(kind=None),))["body"])["o_que_fazer"])

    assert "contato, registro de processo, atividade ou evento" in advice
    assert "/contato," in advice
    assert "/fluxo" in advice


@pytest.mark.parametrize(("count", "text"), [(1, "Recebido: 1 registro."), (3, "Recebidos: 3 registros.")])
def test_one_and_many_agree(count: int, text: str) -> None:
    """As people write."""
    assert json.loads(answer(outcomes(Verdict.NEW, count))["body"])["mensagem"] == text


def test_other_methods_are_told_the_one() -> None:
    """Allow, as HTTP asks for; whoever opens the URL in a browser reads that it is right."""
    for name in ("GET", "PROPFIND"):
        assert PROBLEMS[name]["headers"]["allow"] == "POST"
    assert "está certa" in json.loads(PROBLEMS["GET"]["body"])["detail"]


def test_who_may_come_back_is_told_when() -> None:
    """A minute, in seconds."""
    for name in ("unavailable", "kept nowhere"):
        assert PROBLEMS[name]["headers"]["retry-after"] == "60"
