"""Painel: a day at a glance, the triggers, and, when asked for, the stages; and who had data shown."""

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
from rubeus.inspector.pages import page, stack_of
from rubeus.reading import traces as reading_traces
from rubeus.reading.day import week_before
from rubeus.reading.drift import UNKNOWN, drift, masked
from rubeus.reading.rows import DeliveryRow
from rubeus.reading.selection import Selection
from rubeus.reading.stages import Funnel, funnels
from rubeus.reading.triggers import triggers

_HOURS = 24
_TRIGGER_DAYS = 14
_STAGE_DAYS = 60
_STANDING = 10
_ACCEPTED = (Verdict.NEW, Verdict.UPDATED, Verdict.REPEATED, Verdict.LATE)
_OUTCOMES = {"c-ok": "aceitas", "c-part": "parte recusada", "c-no": "recusadas"}


def look(request: Request) -> Response:
    """Show a day, and the triggers of the last weeks; the unknown fields only when asked for."""
    stack, text = stack_of(request), request.query_params.get("dia", "")
    today = datetime.now(UTC).astimezone(BRASILIA).date()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = today
    since = moment(time.time_ns()) - timedelta(days=_TRIGGER_DAYS)
    with ThreadPoolExecutor(3) as pool:
        reading = pool.submit(lambda: list(stack.deliveries.list(Selection(day=day.isoformat()))))
        counting = pool.submit(stack.deliveries.count, week_before(day.isoformat()))
        seen = pool.submit(lambda: list(triggers(stack.records, since)))
    rows, before = reading.result(), counting.result()
    counts: Counter[str] = Counter()
    for each in rows:
        counts.update(each.counts)
    waits = [each.milliseconds for each in rows if each.milliseconds is not None]
    by_hour = _by_hour(rows)
    times = {name: [_at(hour, share) for hour in by_hour] for name, share in (("p50", 50), ("p95", 95))}
    outcomes = [_outcomes(hour) for hour in by_hour]
    kinds = Counter(kind for each in rows for kind in each.kinds)
    wants_fields = "campos" in request.query_params
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
        summary=_summary(rows, counts, before, day),
        outcomes=outcomes,
        outcome_names=_OUTCOMES,
        outcome_chart=charts.columns(outcomes),
        peak=max(range(_HOURS), key=lambda hour: len(by_hour[hour])),
        peak_count=max(map(len, by_hour)),
        times=times,
        time_chart=charts.lines(times, ["l1", "l2"]),
        kinds=[(label(kind), count) for kind, count in kinds.most_common()],
        kind_chart=charts.rows(
            [(label(kind), count, words.number(count)) for kind, count in kinds.most_common()]
        ),
        triggers=seen.result(),
        trigger_days=_TRIGGER_DAYS,
        wants_fields=wants_fields,
        fields=[
            masked(each)
            for each in drift(stack.deliveries, stack.deliveries.find(Selection(day=day.isoformat())))
            if each.reason == UNKNOWN
        ]
        if wants_fields
        else [],
        words=words,
    )


def stages(request: Request) -> Response:
    """Work the stages out: all eventos of some weeks are read."""
    since = moment(time.time_ns()) - timedelta(days=_STAGE_DAYS)
    found = funnels(stack_of(request).records.changed_since("evento", since))
    return page(
        request,
        "etapas.html",
        funnels=[(each, _chart(each), each.standing[:_STANDING]) for each in found],
        since=since,
        now=moment(time.time_ns()),
        words=words,
    )


def traces(request: Request) -> Response:
    """List who had personal data shown this month."""
    month = f"{moment(time.time_ns()):%Y-%m}"
    found = list(reading_traces.traces(stack_of(request).records, month))
    return page(request, "anotacoes.html", traces=found[::-1])


def _by_hour(rows: Sequence[DeliveryRow]) -> Sequence[Sequence[DeliveryRow]]:
    hours: list[list[DeliveryRow]] = [[] for _ in range(_HOURS)]
    for each in rows:
        hours[each.received_at.astimezone(BRASILIA).hour].append(each)
    return hours


def _outcomes(hour: Sequence[DeliveryRow]) -> Mapping[str, int]:
    refused = sum(_is_refused(each) for each in hour)
    partly = sum(each.rejected > 0 for each in hour if not _is_refused(each))
    return {"c-ok": len(hour) - partly - refused, "c-part": partly, "c-no": refused}


def _is_refused(each: DeliveryRow) -> bool:
    """Whether nothing of a delivery was taken."""
    return each.rejected == each.records > 0 or (not each.records and each.state is State.QUARANTINED)


def _at(hour: Sequence[DeliveryRow], share: int) -> float | None:
    """Give the time of answer that a share (per cent) of an hour's deliveries stayed within."""
    waits = sorted(each.milliseconds for each in hour if each.milliseconds is not None)
    if len(waits) < 2:
        return float(waits[0]) if waits else None
    return quantiles(waits, n=100, method="inclusive")[share - 1]


def _summary(rows: Sequence[DeliveryRow], counts: Mapping[str, int], before: int, day: date) -> str:
    """Say the day in some sentences."""
    if not rows:
        return "Nenhuma entrega chegou neste dia."
    said = [f"{'Chegou' if len(rows) == 1 else 'Chegaram'} {words.counted(len(rows), 'entrega', 'entregas')}"]
    if before:
        change = round(100 * (len(rows) - before) / before)
        weekday = words.long_day(day).partition(",")[0]
        said[0] += f", {abs(change)}% {'mais' if change >= 0 else 'menos'} que na {weekday} anterior"
    accepted = {each: counts[each] for each in _ACCEPTED if counts.get(each)}
    parts = [words.counted(count, *words.VERDICTS[each][1:]) for each, count in accepted.items()]
    if parts:
        total = words.counted(sum(accepted.values()), "registro aceito", "registros aceitos")
        said.append(f"{total}: {words.enumeration(parts)}")
    if refused := counts.get(Verdict.REJECTED, 0):
        said.append(f"{words.counted(refused, 'registro recusado', 'registros recusados')}")
        reasons = Counter(text for each in rows for text in each.problems)
        if reasons:
            said[-1] += f"; o motivo mais comum: {reasons.most_common(1)[0][0].rstrip('.')}"
    left = sum(each.state in (State.OPEN, State.FAILED) for each in rows)
    said.append(
        f"{words.counted(left, 'entrega ficou', 'entregas ficaram')} para trás"
        if left
        else "Nada ficou para trás"
    )
    return ". ".join(said) + "."


def _chart(funnel: Funnel) -> charts.Rows:
    values = []
    for each in funnel.stages:
        text = words.number(each.people)
        if each.from_before is not None:
            share = f"{words.number(each.from_before)} da anterior"
            days = f", {_days(each.median_days)}" if each.median_days is not None else ""
            text += f": {share}{days}"
        values.append((each.name, each.people, text))
    return charts.rows(values)


def _days(days: float) -> str:
    return "em menos de 1 dia" if days < 1 else f"em {words.counted(round(days), 'dia', 'dias')}"
