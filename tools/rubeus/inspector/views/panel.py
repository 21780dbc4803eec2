"""Painel: a day at a glance, and the triggers; and who had data shown."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from statistics import median, quantiles

from starlette.requests import Request
from starlette.responses import Response

from models.clock import BRASILIA, moment
from models.kind import label
from models.outcome import State, Verdict
from rubeus.inspector import charts, words
from rubeus.inspector.pages import page, read_date, stack_of
from rubeus.reading import traces as reading_traces
from rubeus.reading.day import week_before
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.rows import DeliveryRow
from rubeus.reading.selection import Selection
from rubeus.reading.triggers import triggers

_HOURS = 24
_TRIGGER_DAYS = (14, 90)  # a query for each day and kind: the panel is quick with the first
_ACCEPTED = (Verdict.NEW, Verdict.UPDATED, Verdict.REPEATED, Verdict.LATE)
OUTCOMES = {"c-ok": "aceitas", "c-part": "parte recusada", "c-no": "recusadas"}
TAKEN = {"c-ok": "aceitos", "c-no": "recusados"}


def look(request: Request) -> Response:
    """Show a day, and the triggers of the last weeks."""
    stack, day = stack_of(request), read_day(request)
    today = datetime.now(UTC).astimezone(BRASILIA).date()
    days = read_trigger_days(request)
    since = moment(time.time_ns()) - timedelta(days=days)
    with ThreadPoolExecutor(3) as pool:
        reading = pool.submit(lambda: list(stack.deliveries.list(Selection(day=day.isoformat()))))
        counting = pool.submit(stack.deliveries.count, week_before(day.isoformat()))
        seen = pool.submit(lambda: list(triggers(stack.records, since)))
    rows, before = reading.result(), counting.result()
    counts: Counter[str] = Counter()
    for each in rows:
        counts.update(each.counts)
    waits = [each.milliseconds for each in rows if each.milliseconds is not None]
    by_hour = hours_of(rows)
    times = {name: [within(hour, share) for hour in by_hour] for name, share in (("p50", 50), ("p95", 95))}
    outcomes = [outcomes_of(hour) for hour in by_hour]
    kinds = by_kind(stack.deliveries, rows)
    return page(
        request,
        "painel.html",
        day=day,
        day_text=words.long_day(day),
        is_today=day == today,
        nums={
            "entregas": words.number(len(rows)),
            "registros aceitos": words.number(sum(counts[each] for each in _ACCEPTED)),
            "registros recusados": words.number(counts[Verdict.REJECTED]),
            "ainda em aberto": words.number(sum(each.state is State.OPEN for each in rows)),
            "resposta típica": f"{median(waits):.0f} ms" if waits else words.UNKNOWN,
        },
        summary=_summary(rows, counts, before, day, is_today=day == today),
        outcomes=outcomes,
        outcome_names=OUTCOMES,
        outcome_chart=charts.columns(outcomes, charts.hours()),
        peak=max(range(_HOURS), key=lambda hour: len(by_hour[hour])),
        peak_count=max(map(len, by_hour)),
        times=times,
        time_chart=charts.lines(times, ["l1", "l2"]),
        kinds=kinds,
        taken_names=TAKEN,
        kind_chart=charts.rows([(name, each, _said(each)) for name, each in kinds]),
        triggers=seen.result(),
        trigger_days=days,
        other_days=_TRIGGER_DAYS[1 - _TRIGGER_DAYS.index(days)],
    )


def read_day(request: Request) -> date:
    """Read the day in the URL; else it is today, in Brasília."""
    asked = read_date(request.query_params.get("dia", ""))
    return asked or datetime.now(UTC).astimezone(BRASILIA).date()


def read_trigger_days(request: Request) -> int:
    """Read how far back the URL asks for triggers, of the two that there are."""
    asked = request.query_params.get("gatilhos", "")
    return next((days for days in _TRIGGER_DAYS if str(days) == asked), _TRIGGER_DAYS[0])


def traces(request: Request) -> Response:
    """List who had personal data shown this month."""
    month = f"{moment(time.time_ns()):%Y-%m}"
    found = list(reading_traces.traces(stack_of(request).records, month))
    return page(request, "anotacoes.html", traces=found[::-1])


def hours_of(rows: Sequence[DeliveryRow]) -> Sequence[Sequence[DeliveryRow]]:
    """Give the deliveries of each hour of a day in Brasília."""
    hours: list[list[DeliveryRow]] = [[] for _ in range(_HOURS)]
    for each in rows:
        hours[each.received_at.astimezone(BRASILIA).hour].append(each)
    return hours


def outcomes_of(hour: Sequence[DeliveryRow]) -> Mapping[str, int]:
    """Count an hour's deliveries by what became of them, by the keys of `OUTCOMES`."""
    refused = sum(_is_refused(each) for each in hour)
    partly = sum(each.rejected > 0 for each in hour if not _is_refused(each))
    return {"c-ok": len(hour) - partly - refused, "c-part": partly, "c-no": refused}


def _is_refused(each: DeliveryRow) -> bool:
    """Whether nothing of a delivery was taken."""
    return each.rejected == each.records > 0 or (not each.records and each.state is State.QUARANTINED)


def by_kind(deliveries: Deliveries, rows: Sequence[DeliveryRow]) -> Sequence[tuple[str, Mapping[str, int]]]:
    """Count the records of each kind, taken and rejected, the most frequent kind first.

    The heads of those deliveries are read whose row does not tell which record was of which kind.
    """
    counts: dict[str, Counter[str]] = {}

    def count(kind: str | None, verdict: str, number: int) -> None:
        name = label(kind) if kind else "sem tipo"
        counts.setdefault(name, Counter())["c-no" if verdict == Verdict.REJECTED else "c-ok"] += number

    mixed = []
    for each in rows:
        if len(each.kinds) == 1 and not each.rejected:
            for verdict, number in each.counts.items():
                count(each.kinds[0], verdict, number)
        elif each.counts:
            mixed.append(each.id)
    for head in deliveries.heads(mixed):
        for outcome in head.outcomes.values():
            count(outcome.get("kind"), outcome["verdict"], 1)
    ordered = sorted(counts.items(), key=lambda each: -each[1].total())
    return [(name, {css: each[css] for css in TAKEN}) for name, each in ordered]


def _said(counts: Mapping[str, int]) -> str:
    """Say at a bar's end how many records it is, by the numbers of the table."""
    accepted, refused = counts["c-ok"], words.counted(counts["c-no"], "recusado", "recusados")
    if not counts["c-no"]:
        return words.number(accepted)
    return f"{words.counted(accepted, 'aceito', 'aceitos')}, {refused}" if accepted else refused


def within(hour: Sequence[DeliveryRow], share: int) -> float | None:
    """Give the time of answer that a share (per cent) of an hour's deliveries stayed within."""
    waits = sorted(each.milliseconds for each in hour if each.milliseconds is not None)
    if len(waits) < 2:
        return float(waits[0]) if waits else None
    return quantiles(waits, n=100, method="inclusive")[share - 1]


def _summary(
    rows: Sequence[DeliveryRow], counts: Mapping[str, int], before: int, day: date, *, is_today: bool
) -> str:
    """Say the day in some sentences."""
    if not rows:
        return "Nenhuma entrega chegou neste dia."
    said = [f"{'Chegou' if len(rows) == 1 else 'Chegaram'} {words.counted(len(rows), 'entrega', 'entregas')}"]
    weekday = words.long_day(day).partition(",")[0]
    if before and is_today:
        said[0] += f"; na {weekday} anterior, {words.counted(before, 'entrega', 'entregas')} no dia inteiro"
    elif before:
        change = round(100 * (len(rows) - before) / before)
        said[0] += f", {abs(change)}% {'mais' if change >= 0 else 'menos'} que na {weekday} anterior"
    accepted = {each: counts[each] for each in _ACCEPTED if counts.get(each)}
    parts = [words.counted(count, *words.VERDICTS[each][1:]) for each, count in accepted.items()]
    if parts:
        total = words.counted(sum(accepted.values()), "registro aceito", "registros aceitos")
        said.append(f"{total}: {words.enumeration(parts)}")
    if refused := counts.get(Verdict.REJECTED, 0):
        said.append(f"{words.counted(refused, 'registro recusado', 'registros recusados')}")
        # What has no positions is about a whole body, of which no record is known.
        reasons: Counter[str] = Counter()
        for each in rows:
            reasons.update({text: len(where) for text, where in each.problems.items() if where})
        if reasons:
            said[-1] += f"; o motivo mais comum: {reasons.most_common(1)[0][0].rstrip('.')}"
    left = sum(each.state in (State.OPEN, State.FAILED) for each in rows)
    quarantined = sum(each.state is State.QUARANTINED for each in rows)
    waiting = []
    if left:
        waiting.append(words.counted(left, "entrega ficou para trás", "entregas ficaram para trás"))
    if quarantined:
        waiting.append(
            words.counted(quarantined, "entrega está em quarentena", "entregas estão em quarentena")
        )
    said.append(words.enumeration(waiting) or "Nada ficou para trás")
    return ". ".join(said) + "."
