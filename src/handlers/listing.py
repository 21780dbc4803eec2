"""The lists in an answer: what became of each record, why one was rejected, what is odd about one."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from models.kind import label
from models.outcome import Outcome, Verdict
from models.validation import Issue

MAX_LISTED = 20
MAX_NOTICES = 10
_MAX_PROBLEMS_EACH = 3
_MAX_TEXT = 58  # with quotes, name and indentation a line stays within 78 columns
_MAX_NOTICE = 70

_VERDICTS = {
    Verdict.NEW: "novo",
    Verdict.UPDATED: "atualizado",
    Verdict.REPEATED: "repetido",
    Verdict.LATE: "atrasado",
    Verdict.PENDING: "na fila",
}


def records(outcomes: Iterable[Outcome]) -> list[str]:
    """List the records that were accepted: "1: contato novo, versão 1"."""
    return _some([_line(each) for each in outcomes if each.verdict is not Verdict.REJECTED], MAX_LISTED)


def errors(outcomes: Iterable[Outcome]) -> dict[str, object]:
    """List the rejected records as the members `erros` and, where there are more, `mais`.

    Each entry has `posicao` (from 1), `campo` where there is one, and `motivo`. Neighbours with the same
    problems share an entry, which then also has `posicoes`: "301 a 320".
    """
    rejected = [each for each in outcomes if each.verdict is Verdict.REJECTED]
    runs = _runs((each.position + 1, each.problems[:_MAX_PROBLEMS_EACH]) for each in rejected)
    entries: list[dict[str, object]] = []
    for positions, problems in runs[:MAX_LISTED]:
        together = {"posicoes": _span(positions)} if len(positions) > 1 else {}
        entries.extend({"posicao": positions[0], **together, **_problem(issue)} for issue in problems)
    more = sum(len(positions) for positions, _ in runs[MAX_LISTED:])
    return {"erros": entries, **({"mais": f"e mais {more}"} if more else {})}


def notices(outcomes: Sequence[Outcome]) -> list[str]:
    """List what is odd about the records, in at most 10 lines: "1 a 3: cpf: não confere"."""
    by_issue: dict[Issue, list[int]] = {}
    for each in outcomes:
        for issue in dict.fromkeys(each.warnings):
            by_issue.setdefault(issue, []).append(each.position + 1)
    lines = [_notice(positions, issue) for issue, positions in by_issue.items()]
    unknown = len({f"{each.kind}.{path}" for each in outcomes for path in each.unknown_fields})
    if unknown:
        known = "que a documentação do Rubeus não traz"
        lines.append(f"1 campo {known}" if unknown == 1 else f"{unknown} campos {known}")
    return _some(lines, MAX_NOTICES)


def fit(text: str) -> str:
    """Cut a text so that its line stays within the box."""
    return _cut(text, _MAX_TEXT)


def _line(outcome: Outcome) -> str:
    verdict = _VERDICTS[outcome.verdict]
    if outcome.kind == "atividade" and verdict.endswith("o"):
        verdict = f"{verdict[:-1]}a"
    version = f", versão {outcome.version}" if outcome.version is not None else ""
    return f"{outcome.position + 1}: {label(outcome.kind)} {verdict}{version}"


def _problem(issue: Issue) -> dict[str, object]:
    return {**({"campo": fit(issue.field)} if issue.field else {}), "motivo": fit(issue.reason)}


def _notice(positions: Sequence[int], issue: Issue) -> str:
    where = ", ".join(_span(run) for run in _consecutive(positions)[:3])
    if len(_consecutive(positions)) > 3:
        where += ", …"
    return _cut(
        f"{where}: {issue.field}: {issue.reason}" if issue.field else f"{where}: {issue.reason}", _MAX_NOTICE
    )


def _runs(rejected: Iterable[tuple[int, tuple[Issue, ...]]]) -> list[tuple[list[int], tuple[Issue, ...]]]:
    """Group neighbours in the list that have the same problems."""
    numbered = enumerate(rejected)
    grouped = groupby(numbered, key=lambda each: (each[1][0] - each[0], each[1][1]))
    return [([position for _, (position, _) in group], problems) for (_, problems), group in grouped]


def _consecutive(positions: Sequence[int]) -> list[list[int]]:
    grouped = groupby(enumerate(positions), key=lambda each: each[1] - each[0])
    return [[position for _, position in group] for _, group in grouped]


def _span(positions: Sequence[int]) -> str:
    return f"{positions[0]} a {positions[-1]}" if len(positions) > 1 else str(positions[0])


def _some(lines: Sequence[str], most: int) -> list[str]:
    more = len(lines) - most
    return [*lines[:most], f"e mais {more}"] if more > 0 else list(lines)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
