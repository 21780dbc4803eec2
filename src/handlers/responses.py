"""The words of every answer: Portuguese, for whoever presses "Testar" and reads a box of 80 columns."""

import json
from collections.abc import Sequence
from typing import Any, TypeAlias

from handlers import listing
from ingest.element import in_portuguese
from models.failures import TOO_BIG_TO_ENQUEUE
from models.limits import ALWAYS_FITS_BYTES, MAX_ELEMENTS
from models.outcome import BodyProblem, Fault, Result, SavedIn, Verdict

Response: TypeAlias = dict[str, Any]
"""What API Gateway takes (payload format 2.0): statusCode, headers, body."""

_SUMMARY = {
    Verdict.NEW: "novos",
    Verdict.UPDATED: "atualizados",
    Verdict.REPEATED: "repetidos",
    Verdict.LATE: "atrasados",
    Verdict.REJECTED: "recusados",
    Verdict.PENDING: "na_fila",
}
_KINDS_IN_URL = [
    "O fim da URL pode ser /contato, /registro_processo, /atividade,",
    "/evento ou /fluxo. Sem nada no fim, o tipo é reconhecido.",
]
_MEGABYTES = f"{ALWAYS_FITS_BYTES / 1_000_000:.1f}".replace(".", ",")
_SMALLER = [
    f"Envie menos registros de cada vez: até {_MEGABYTES} MB e até {in_portuguese(MAX_ELEMENTS)}",
    "registros por envio.",
]
_TITLES = {400: "Corpo ilegível", 404: "Endereço inexistente", 413: "Corpo grande demais"}
_BODY_PROBLEMS = {
    Fault.NOT_JSON: ("O corpo não é JSON", ["Corrija o JSON na posição indicada e envie de novo."]),
    Fault.NOT_UTF8: ("O corpo não está em UTF-8", ["Envie o corpo em UTF-8."]),
    Fault.TOO_DEEP: (
        "O JSON está aninhado demais",
        ["Envie os registros com menos níveis de listas e objetos."],
    ),
    Fault.SCALAR: ("O corpo não é lista nem objeto", ["Envie um registro, ou uma lista de registros."]),
    Fault.COMPRESSED: (
        "O corpo veio comprimido e não pôde ser lido",
        ["Envie o corpo sem compressão, ou com gzip."],
    ),
    Fault.MULTIPART: (
        "O formulário multipart não pôde ser lido",
        ["Envie só campos de texto, sem arquivo, ou envie JSON."],
    ),
    Fault.TOO_LARGE: ("O corpo passa do limite desta URL", _SMALLER),
    Fault.UNKNOWN_KIND: ("O tipo no fim da URL não existe", _KINDS_IN_URL),
}
_KEPT = [
    "O corpo foi guardado como veio. Em caso de dúvida, informe o",
    "protocolo a quem cuida desta integração.",
]
_COPY_AGAIN = [
    "Copie de novo a URL completa do webhook e cole no Rubeus, em",
    "Configurações, Integrações, Webhooks.",
]
_NAME_THE_KIND = [
    "Não dá para saber se é contato, registro de processo, atividade",
    "ou evento: faltam campos.",
    "Se é um registro do Rubeus, termine a URL com /contato,",
    "/registro_processo, /atividade ou /evento.",
    "Se é o envio de um fluxo de automação, termine a URL com /fluxo.",
]
_SMALLER_OR_LATER = [
    "O armazenamento está fora do ar e este envio é grande demais para a",
    "fila de espera. Tente de novo em um minuto, ou envie menos registros",
    "de cada vez.",
]
_TRY_LATER = [
    "Tente de novo em um minuto. Se continuar, avise quem cuida desta",
    "integração.",
]


def result(result: Result) -> Response:
    """Answer a delivery that was let in."""
    if result.saved_in is SavedIn.NOWHERE:
        too_big = any(failure.code == TOO_BIG_TO_ENQUEUE for failure in result.failures)
        return unavailable(_SMALLER_OR_LATER if too_big else _TRY_LATER)
    if result.problem:
        return _unreadable(result, result.problem)
    if result.status == 422:
        return _all_rejected(result)
    return _received(_message(result), result)


def unauthorized() -> Response:
    """Answer a wrong token."""
    more = {"o_que_fazer": _COPY_AGAIN}
    detail = "O código que vem depois de /webhook/ na URL não confere."
    return _problem(401, "Endereço não reconhecido", detail, more)


def forbidden() -> Response:
    """Answer an address that may not post, whatever its token; says nothing else about this place."""
    detail = "Este endereço de rede não pode enviar para esta URL."
    return _problem(403, "Origem não permitida", detail, {})


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
    detail, advice = _BODY_PROBLEMS[Fault.TOO_LARGE]
    return _problem(413, _TITLES[413], f"{detail}.", {"o_que_fazer": advice})


def unavailable(what_to_do: Sequence[str] = _TRY_LATER) -> Response:
    """Answer when nothing could be kept, or nobody could be let in."""
    return _problem(
        503,
        "Serviço indisponível",
        "Não foi possível confirmar este envio.",
        {"o_que_fazer": what_to_do},
        {"retry-after": "60"},
    )


def _message(result: Result) -> str:
    """Say in a sentence what became of a delivery of which something was accepted."""
    rejected, total = result.count(Verdict.REJECTED), len(result.outcomes)
    if not total:
        return "Conexão confirmada. Nenhum registro no corpo."
    if result.status == 202:
        return "Recebido e guardado. Será processado em alguns minutos."
    if rejected:
        refused = "1 recusado" if rejected == 1 else f"{rejected} recusados"
        return f"{_number(total)}: {total - rejected} em ordem, {refused}."
    return f"{'Recebido' if total == 1 else 'Recebidos'}: {_number(total)}."


def _unreadable(result: Result, problem: BodyProblem) -> Response:
    detail, advice = _BODY_PROBLEMS[problem.fault]
    error: dict[str, object] = {"motivo": listing.fit(problem.reason)}
    if problem.line:
        detail += f" (linha {problem.line}, coluna {problem.column})"
        error = {"linha": problem.line, "coluna": problem.column, **error}
    more = {
        "protocolo": result.delivery.id,
        "erros": [error],
        "o_que_fazer": [*(problem.advice or advice), *_KEPT],
    }
    return _problem(result.status, _TITLES[result.status], f"{detail}.", more)


def _all_rejected(result: Result) -> Response:
    total = len(result.outcomes)
    is_test = any(each.is_test for each in result.outcomes)
    advice = _NAME_THE_KIND if all(each.is_of_no_kind for each in result.outcomes) else _correction(result)
    more = {
        "protocolo": result.delivery.id,
        **listing.errors(result.outcomes),
        "o_que_fazer": [*advice, *_KEPT],
        **_notices(result),
    }
    if is_test:
        title = "A conexão funciona, mas o que veio não é um registro"
        detail = "Faltam o id e os campos de um registro do Rubeus."
    elif total == 1:
        title, detail = "Nenhum registro aceito", "O registro não pôde ser aceito."
    else:
        title, detail = "Nenhum registro aceito", f"Nenhum dos {total} registros pôde ser aceito."
    return _problem(result.status, title, detail, more)


def _correction(result: Result) -> list[str]:
    """Say what to do about records that were rejected."""
    lines = ["Corrija no Rubeus o que a lista de erros mostra e envie de novo."]
    if result.count(Verdict.REJECTED) < len(result.outcomes):
        lines.append("Os registros aceitos não precisam ser enviados outra vez.")
    return [*lines, *_NAME_THE_KIND] if any(each.is_of_no_kind for each in result.outcomes) else lines


def _received(message: str, result: Result) -> Response:
    body: dict[str, object] = {"mensagem": message, "protocolo": result.delivery.id}
    if result.outcomes:
        counts = ((name, result.count(verdict)) for verdict, name in _SUMMARY.items())
        body["resumo"] = {name: count for name, count in counts if count}
        body["registros"] = listing.records(result.outcomes)
    if result.count(Verdict.REJECTED):
        body |= {**listing.errors(result.outcomes), "o_que_fazer": [*_correction(result), *_KEPT]}
    return _response(result.status, "application/json", body | _notices(result))


def _notices(result: Result) -> dict[str, object]:
    notices = listing.notices(result.outcomes)
    return {"avisos": notices} if notices else {}


def _problem(
    status: int, title: str, detail: str, more: dict[str, Any], headers: dict[str, str] | None = None
) -> Response:
    """Word a problem as RFC 9457 has it."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return _response(status, "application/problem+json", body, headers)


def _response(
    status: int, content_type: str, body: object, headers: dict[str, str] | None = None
) -> Response:
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


def _number(count: int) -> str:
    return "1 registro" if count == 1 else f"{count} registros"
