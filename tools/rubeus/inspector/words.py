"""The words of the pages: Portuguese, as the university reads them; and the marks beside them."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from markupsafe import Markup

from models.clock import BRASILIA
from models.kind import FLUXO, KINDS, label
from models.outcome import State, Verdict
from rubeus.reading import masking
from rubeus.reading.summary import DeliverySummary

VERDICTS: Mapping[Verdict, tuple[str, str, str]] = {
    Verdict.NEW: ("new", "novo", "novos"),
    Verdict.UPDATED: ("updated", "atualizado", "atualizados"),
    Verdict.REPEATED: ("repeated", "repetido", "repetidos"),
    Verdict.LATE: ("late", "atrasado", "atrasados"),
    Verdict.REJECTED: ("rejected", "recusado", "recusados"),
    Verdict.PENDING: ("waiting", "na fila", "na fila"),
}
"""The mark's class, the word for one record, and for several."""

STATES: Mapping[State, tuple[str, str]] = {
    State.DONE: ("done", "concluída"),
    State.OPEN: ("waiting", "em aberto"),
    State.QUARANTINED: ("rejected", "quarentena"),
    State.FAILED: ("failed", "falhou"),
    State.DISMISSED: ("dismissed", "dispensada"),
}

UNKNOWN = "\N{EN DASH}"
"""In the place of a number that is not known."""

_HEADLINES = {State.OPEN: "Guardada, ainda não terminada", State.FAILED: "Não pôde ser terminada"}
_WHAT_NEXT = {
    State.OPEN: "A recuperação a termina em alguns minutos. Não é preciso fazer nada.",
    State.FAILED: "A recuperação desistiu. O corpo está guardado; reprocesse quando a causa tiver passado.",
    State.DISMISSED: "Alguém a dispensou. Ainda pode ser reprocessada.",
}
_MONTHS = (
    *("janeiro", "fevereiro", "março", "abril", "maio", "junho"),
    *("julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
)
_WEEKDAYS = (
    "segunda-feira",
    "terça-feira",
    "quarta-feira",
    "quinta-feira",
    "sexta-feira",
    "sábado",
    "domingo",
)


_FIELD_FIRST = re.compile(r"[\w.]+: ")


@dataclass(frozen=True, slots=True)
class Mark:
    """A word with the class of its glyph."""

    css: str
    text: str


def counted(count: int, one: str, several: str) -> str:
    """Give a number with its noun: "1 entrega", "1.204 entregas"."""
    return f"{number(count)} {one if count == 1 else several}"


def number(count: float) -> str:
    """Write a whole number with a dot between thousands."""
    return f"{count:,.0f}".replace(",", ".")


def verdict(outcome: Mapping[str, Any]) -> Mark:
    """Say what became of a record: "novo, versão 1"; feminine for an atividade."""
    css, word, _ = VERDICTS[Verdict(outcome["verdict"])]
    if outcome.get("kind") == "atividade" and word.endswith("o"):
        word = f"{word[:-1]}a"
    return Mark(css, f"{word}, versão {outcome['version']}" if "version" in outcome else word)


def record(outcome: Mapping[str, Any]) -> str:
    """Name a record: "registro de processo 152"; nothing that came in an id's place."""
    kind = outcome.get("kind")
    name = label(kind) if kind in (*KINDS, FLUXO) else ""
    if kind == FLUXO or "id" not in outcome:
        return name  # a flow's id is the protocolo
    return f"{name} {identity(outcome['id'])}".strip()


def marks(delivery: DeliverySummary) -> list[Mark]:
    """Say in marks what became of a delivery: of one record by name, of several by count."""
    outcomes = list(delivery.outcomes.values())
    if delivery.problem:
        return [Mark("rejected", "URL errada" if _is_of_unknown_path(delivery) else "corpo ilegível")]
    if not outcomes:
        if delivery.state is State.DONE:
            return [Mark("done", "teste de conexão, sem registros")]
        css, word = STATES[delivery.state]
        return [Mark(css, word)]
    if len(outcomes) == 1:
        mark = verdict(outcomes[0])
        said = [Mark(mark.css, f"{record(outcomes[0])} {mark.text}".strip())]
    else:
        counts = Counter(Verdict(each["verdict"]) for each in outcomes)
        said = [
            Mark(css, counted(counts[each], one, several))
            for each, (css, one, several) in VERDICTS.items()
            if counts[each]
        ]
    if warnings := sum(len(each.get("warnings", ())) for each in outcomes):
        said.append(Mark("warn", counted(warnings, "aviso", "avisos")))
    if unknown := len(delivery.unknown_fields):
        said.append(Mark("unknown", counted(unknown, "campo desconhecido", "campos desconhecidos")))
    return said


def second_line(delivery: DeliverySummary) -> str:
    """Say what else a row tells: what is wrong, else the kinds of several records."""
    if delivery.rejected or delivery.problem:
        return problem(delivery)
    kinds = {label(each.get("kind")): None for each in delivery.outcomes.values() if each.get("kind")}
    return enumeration(list(kinds)) if len(delivery.outcomes) > 1 else ""


def problem(delivery: DeliverySummary) -> str:
    """Say what is wrong: "4: não é um objeto. 5: id: não veio."; a sentence, of one record."""
    said = []
    found = [
        each for each in delivery.problems.items() if each[0] != delivery.reason
    ]  # which is for operators
    for text, positions in found[:3]:
        where = (
            f"{enumeration([str(each) for each in positions[:5]])}: "
            if positions and len(delivery.outcomes) > 1
            else ""
        )
        if not where and not _FIELD_FIRST.match(text):
            text = f"{text[:1].upper()}{text[1:]}"  # noqa: PLW2901 (a sentence of it)
        said.append(f"{where}{text.rstrip('.')}.")
    return " ".join(said)


def headline(delivery: DeliverySummary) -> str:
    """Say in a sentence what became of a delivery."""
    total, rejected = len(delivery.outcomes), len(delivery.rejected)
    if delivery.state in _HEADLINES:
        return _HEADLINES[delivery.state]
    if delivery.problem or not total:
        return _without_records(delivery)
    if rejected == total == 1:
        return "1 registro recusado"
    if rejected:
        return f"{rejected} de {total} registros {'foi recusado' if rejected == 1 else 'foram recusados'}"
    if total == 1:
        (only,) = delivery.outcomes.values()
        text = f"{record(only)} {verdict(only).text}".strip()
        return text[:1].upper() + text[1:]
    return f"{total} registros em ordem"


def _without_records(delivery: DeliverySummary) -> str:
    if not delivery.problem:
        return "Teste de conexão, sem registros"
    return "O fim da URL está errado" if _is_of_unknown_path(delivery) else "O corpo não pôde ser lido"


def _is_of_unknown_path(delivery: DeliverySummary) -> bool:
    """Say whether it is the kind in its URL that is wrong, and not its body."""
    kind = delivery.as_kind or delivery.path_kind
    return kind is not None and kind not in (*KINDS, FLUXO)


def state(delivery: DeliverySummary) -> Mark:
    """Say what the inbox says of a delivery."""
    return Mark(*STATES[delivery.state])


def what_to_know(delivery: DeliverySummary) -> str:
    """Say what somebody who reads the headline needs besides: what is wrong, or what happens next."""
    total, rejected = len(delivery.outcomes), len(delivery.rejected)
    if delivery.state in _WHAT_NEXT:
        return _WHAT_NEXT[delivery.state]
    if delivery.problem or rejected == total > 0:
        return f"{problem(delivery)} Corrija na origem e envie de novo."
    if rejected:
        others = total - rejected
        accepted = "O outro foi aceito." if others == 1 else f"Os outros {others} foram aceitos."
        return f"{problem(delivery)} {accepted}"
    if not total:
        return "Alguém, ou um programa, conferiu se o receptor responde."
    return "Está tudo gravado."


def identity(text: object) -> str:
    """Give a record's id, unless it looks like something else that came in its place."""
    return masking.identity(str(text))


def enumeration(words: list[str]) -> str:
    """Join words: "contato, evento e atividade"."""
    return " e ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def clock(moment: datetime) -> Markup:
    """Write a time of day in Brasília, with UTC in its title."""
    return _time(moment, f"{moment.astimezone(BRASILIA):%H:%M:%S}")


def when(moment: datetime, now: datetime | None = None) -> Markup:
    """Write a time with its day: "hoje, 08:04:24", "20/11, 14:31:10"."""
    local, today = moment.astimezone(BRASILIA), (now or datetime.now(UTC)).astimezone(BRASILIA).date()
    return Markup("{}, {}").format(day_word(local.date(), today), clock(moment))


def minute(moment: datetime, now: datetime | None = None) -> Markup:
    """Write a time that Rubeus gives to the minute: "hoje, 18:00"."""
    local, today = moment.astimezone(BRASILIA), (now or datetime.now(UTC)).astimezone(BRASILIA).date()
    return _time(moment, f"{day_word(local.date(), today)}, {local:%H:%M}")


def day_word(day: date, today: date) -> str:
    """Name a day shortly: "hoje", "ontem", "20/11", "20/11/2025"."""
    if day == today:
        return "hoje"
    if day == today - timedelta(days=1):
        return "ontem"
    return f"{day:%d/%m}" if day.year == today.year else f"{day:%d/%m/%Y}"


def long_day(day: date) -> str:
    """Name a day in full: "terça-feira, 24 de novembro"."""
    return f"{_WEEKDAYS[day.weekday()]}, {day.day} de {_MONTHS[day.month - 1]}"


def full_day(moment: datetime) -> str:
    """Write a day in Brasília: "24/11/2026"."""
    return f"{moment.astimezone(BRASILIA):%d/%m/%Y}"


def _time(moment: datetime, text: str) -> Markup:
    utc = moment.astimezone(UTC)
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(
        f"{utc:%Y-%m-%dT%H:%M:%SZ}", f"{utc:%d/%m/%Y %H:%M:%S}", text
    )
