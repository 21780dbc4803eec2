"""A day in ten lines of Portuguese, without personal data."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import median, quantiles

from models.clock import BRASILIA
from models.kind import label
from models.outcome import State, Verdict
from rubeus.reading import masking
from rubeus.reading.summary import DeliverySummary, remark

_WEEKDAYS = (
    *("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"),
)
_ACCEPTED = {
    Verdict.NEW: "novos",
    Verdict.UPDATED: "atualizados",
    Verdict.REPEATED: "repetidos",
    Verdict.LATE: "atrasados",
}
_UNFINISHED = {State.OPEN: "em aberto", State.FAILED: "com falha", State.QUARANTINED: "em quarentena"}
_MOST = 5


def week_before(day: str) -> str:
    """Give the same day of the week before."""
    return (date.fromisoformat(day) - timedelta(days=7)).isoformat()


def tell(day: str, deliveries: Iterable[DeliverySummary], week_before: int) -> Sequence[str]:
    """Sum a day up.

    Parameters
    ----------
    day
        YYYY-MM-DD.
    deliveries
        All of that day.
    week_before
        How many came on the same day of the week before.
    """
    found = [*deliveries]
    outcomes = [outcome for each in found for outcome in each.outcomes.values()]
    verdicts = Counter(each["verdict"] for each in outcomes)
    reasons = Counter(
        remark(problem)
        for each in outcomes
        if each["verdict"] == Verdict.REJECTED
        for problem in each.get("problems", ())
    )
    kinds = Counter(label(each["kind"]) for each in outcomes if "kind" in each)
    unknown = Counter(masking.field_path(path) for each in found for path in each.unknown_fields)
    states = Counter(each.state for each in found)
    accepted = {word: verdicts[verdict] for verdict, word in _ACCEPTED.items()}
    on = date.fromisoformat(day)
    return [
        f"Resumo de {_WEEKDAYS[on.weekday()]}, {on:%d/%m/%Y}.",
        f"Entregas: {len(found)}; no mesmo dia da semana anterior, {week_before}.",
        _from_to([each.received_at for each in found]),
        f"Registros aceitos: {sum(accepted.values())} ({_counted(accepted)}).",
        f"Registros recusados: {verdicts[Verdict.REJECTED]}.",
        f"Motivos das recusas: {_most(reasons) or 'nenhum'}.",
        f"Por tipo: {_most(kinds) or 'nenhum registro'}.",
        f"Entregas por terminar: {_counted({word: states[state] for state, word in _UNFINISHED.items()})}.",
        _answers([each.milliseconds for each in found if each.milliseconds is not None]),
        f"Campos desconhecidos: {_most(unknown) or 'nenhum'}.",
    ]


def _from_to(times: Sequence[datetime]) -> str:
    if not times:
        return "Nenhuma entrega chegou."
    first, last = (f"{each.astimezone(BRASILIA):%H:%M:%S}" for each in (min(times), max(times)))
    return f"A primeira chegou às {first}; a última, às {last}."


def _answers(milliseconds: Sequence[int]) -> str:
    if len(milliseconds) < 2:
        return "Tempo de resposta: sem medida."
    most = quantiles(milliseconds, n=20, method="inclusive")[-1]
    return f"Tempo de resposta: metade em até {median(milliseconds):.0f} ms, 95% em até {most:.0f} ms."


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{word} {count}" for word, count in counts.items())


def _most(counts: Counter[str]) -> str:
    told = "; ".join(f"{word} ({count})" for word, count in counts.most_common(_MOST))
    rest = len(counts) - _MOST
    return f"{told}; e mais {rest}" if rest > 0 else told
