"""The words of every answer: Portuguese, for whoever presses "Testar" and reads a box of 80 columns."""

import json
from collections.abc import Sequence
from typing import Any, TypeAlias

from models.failures import TOO_BIG_TO_ENQUEUE
from models.outcome import BodyProblem, Fault, Outcome, Result, SavedIn, State, Verdict

Response: TypeAlias = dict[str, Any]
"""What API Gateway takes (payload format 2.0): statusCode, headers, body."""

_MAX_LISTED = 20
_MAX_PROBLEMS_EACH = 3
_MAX_TEXT = 58  # with quotes, name and indentation a line stays within 78 columns

_VERDICTS = {
    Verdict.NEW: ("novo", "novos"),
    Verdict.UPDATED: ("atualizado", "atualizados"),
    Verdict.REPEATED: ("repetido", "repetidos"),
    Verdict.LATE: ("atrasado", "atrasados"),
    Verdict.REJECTED: ("recusado", "recusados"),
    Verdict.PENDING: ("na fila", "na fila"),
}
_KINDS = {"registro_processo": "registro de processo"}
_BODY_PROBLEMS = {
    Fault.NOT_JSON: (400, "Corpo ilegível", "O corpo não é JSON"),
    Fault.NOT_UTF8: (400, "Corpo ilegível", "O corpo não está em UTF-8"),
    Fault.TOO_DEEP: (400, "Corpo ilegível", "O JSON está aninhado demais"),
    Fault.SCALAR: (400, "Corpo ilegível", "Não é lista nem objeto"),
    Fault.TOO_LARGE: (413, "Corpo grande demais", "O corpo passa do limite desta URL"),
    Fault.UNKNOWN_KIND: (404, "Endereço inexistente", "O tipo no fim da URL não existe"),
}
_KEPT = "O corpo foi guardado como veio; informe o protocolo ao suporte."
_KINDS_IN_URL = [
    "O fim da URL pode ser: contato, registro_processo, atividade,",
    "evento ou fluxo. Sem nada no fim, o tipo é reconhecido.",
]
_COPY_AGAIN = [
    "Copie de novo a URL completa do webhook e cole no Rubeus, em",
    "Configurações, Integrações, Webhooks.",
]
_PARTS = [
    "Envie menos registros de cada vez: até 6 MB e até 10.000",
    "registros por entrega.",
]
_SMALLER_OR_LATER = [
    "O armazenamento está fora do ar e esta entrega é grande demais para",
    "a fila de espera. Tente de novo em um minuto, ou envie menos",
    "registros de cada vez.",
]
_TRY_LATER = ["Tente de novo em um minuto. Se continuar, avise o suporte."]


def result(result: Result) -> Response:
    """Answer a delivery that was let in."""
    if result.saved_in is SavedIn.NOWHERE:
        too_big = any(failure.code == TOO_BIG_TO_ENQUEUE for failure in result.failures)
        return unavailable(_SMALLER_OR_LATER if too_big else _TRY_LATER)
    if result.problem:
        return _unreadable(result, result.problem)
    if not result.outcomes:
        return _received(200, "Conexão confirmada. Nenhum registro no corpo.", result)
    return _judged(result)


def _judged(result: Result) -> Response:
    """Answer a delivery that has records."""
    rejected = result.count(Verdict.REJECTED)
    total = _number(len(result.outcomes), "registro", "registros")
    if rejected == len(result.outcomes):
        more = {
            "protocolo": result.delivery.id,
            **_errors(result),
            "o_que_fazer": ["Corrija os campos acima e envie de novo.", _KEPT],
        }
        return _problem(422, "Nenhum registro aceito", f"{total}: nenhum pôde ser aceito.", more)
    if result.state is State.OPEN:
        return _received(202, "Recebido e guardado. Será processado em alguns minutos.", result)
    if rejected:
        return _received(207, f"{total}: parte aceita, parte recusada.", result)
    return _received(200, f"Recebido: {total}.", result)


def unauthorized() -> Response:
    """Answer a wrong token."""
    more = {"o_que_fazer": _COPY_AGAIN}
    return _problem(401, "Endereço não reconhecido", "O código no fim da URL não confere.", more)


def forbidden() -> Response:
    """Answer an address that may not post, whatever its token; says nothing else about this place."""
    return _problem(403, "Origem não permitida", "Este endereço de rede não pode enviar para esta URL.", {})


def not_found() -> Response:
    """Answer a path that leads nowhere."""
    return _problem(404, "Endereço inexistente", "Não há nada neste caminho.", {"o_que_fazer": _COPY_AGAIN})


def method_not_allowed(method: str) -> Response:
    """Answer another method than POST on the right URL; GET is a person with a browser."""
    if method in ("GET", "HEAD"):
        detail = "Esta URL está certa e pronta: ela recebe os envios do Rubeus."
    else:
        detail = "Esta URL só aceita POST."
    lines = ["Cole esta URL no Rubeus, em Configurações, Integrações, Webhooks,", "salve e clique em Testar."]
    return _problem(405, "Use POST", detail, {"o_que_fazer": lines}, {"allow": "POST"})


def too_large() -> Response:
    """Answer a body that the gateway does not even hand over."""
    _, title, detail = _BODY_PROBLEMS[Fault.TOO_LARGE]
    return _problem(413, title, f"{detail}.", {"o_que_fazer": _PARTS})


def unavailable(what_to_do: Sequence[str] = _TRY_LATER) -> Response:
    """Answer when nothing could be kept, or nobody could be let in."""
    return _problem(
        503,
        "Serviço indisponível",
        "Não foi possível confirmar esta entrega.",
        {"o_que_fazer": what_to_do},
        {"retry-after": "60"},
    )


def _unreadable(result: Result, problem: BodyProblem) -> Response:
    status, title, detail = _BODY_PROBLEMS[problem.fault]
    error: dict[str, object] = {"motivo": _fit(problem.reason)}
    if problem.line:
        detail += f" (linha {problem.line}, coluna {problem.column})"
        error = {"linha": problem.line, "coluna": problem.column, **error}
    advice = {Fault.TOO_LARGE: _PARTS, Fault.UNKNOWN_KIND: _KINDS_IN_URL}.get(problem.fault, [])
    more = {"protocolo": result.delivery.id, "erros": [error], "o_que_fazer": [*advice, _KEPT]}
    return _problem(status, title, f"{detail}.", more)


def _received(status: int, text: str, result: Result) -> Response:
    body: dict[str, object] = {"mensagem": text, "protocolo": result.delivery.id}
    if result.outcomes:
        counts = ((verdict, result.count(verdict)) for verdict in Verdict)
        body["resumo"] = {_VERDICTS[verdict][count > 1]: count for verdict, count in counts if count}
        listed = [_line(outcome) for outcome in result.outcomes if outcome.verdict is not Verdict.REJECTED]
        body["registros"] = _some(listed)
    if result.count(Verdict.REJECTED):
        body.update(_errors(result))
        body["o_que_fazer"] = ["Corrija e envie de novo só os registros recusados.", _KEPT]
    return _answer(status, "application/json", body)


def _line(outcome: Outcome) -> str:
    kind = _KINDS.get(outcome.kind or "", outcome.kind)
    verdict = _VERDICTS[outcome.verdict][0]
    if outcome.kind == "atividade" and verdict.endswith("o"):
        verdict = f"{verdict[:-1]}a"
    version = f", versão {outcome.version}" if outcome.version is not None else ""
    return f"{outcome.position + 1}: {kind} {verdict}{version}"


def _some(lines: Sequence[str]) -> list[str]:
    more = len(lines) - _MAX_LISTED
    return [*lines[:_MAX_LISTED], f"e mais {more}"] if more > 0 else list(lines)


def _errors(result: Result) -> dict[str, object]:
    """List the rejected records; positions count from 1."""
    rejected = [outcome for outcome in result.outcomes if outcome.verdict is Verdict.REJECTED]
    errors: list[dict[str, object]] = []
    for outcome in rejected[:_MAX_LISTED]:
        for issue in outcome.problems[:_MAX_PROBLEMS_EACH]:
            field = {"campo": _fit(issue.field)} if issue.field else {}
            errors.append({"registro": outcome.position + 1, **field, "motivo": _fit(issue.reason)})
    more = len(rejected) - _MAX_LISTED
    return {"erros": errors, **({"mais": f"e mais {more}"} if more > 0 else {})}


def _problem(
    status: int, title: str, detail: str, more: dict[str, Any], headers: dict[str, str] | None = None
) -> Response:
    """Word a problem as RFC 9457 has it."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return _answer(status, "application/problem+json", body, headers)


def _answer(status: int, content_type: str, body: object, headers: dict[str, str] | None = None) -> Response:
    return {
        "statusCode": status,
        "headers": {
            "content-type": f"{content_type}; charset=utf-8",
            "cache-control": "no-store",
            **(headers or {}),
        },
        "body": json.dumps(body, ensure_ascii=False, indent=2) + "\n",
        "isBase64Encoded": False,
    }


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _fit(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[: _MAX_TEXT - 1]}…"
