"""Rubeus's six triggers: whether each came, when last, and how often."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from models.clock import BRASILIA
from rubeus.reading.items import at_once
from rubeus.reading.record_state import Arrival
from rubeus.reading.records import Records


@dataclass(frozen=True, slots=True)
class Trigger:
    """One of the triggers that Rubeus's webhook page offers.

    Attributes
    ----------
    label
        In Portuguese.
    action
        A record's first version is what "created" sends, any later one what "edited" does.
    """

    label: str
    kind: str
    action: Literal["created", "edited"]


TRIGGERS = (
    Trigger("criação de contato", "contato", "created"),
    Trigger("edição de contato", "contato", "edited"),
    Trigger("criação de atividade", "atividade", "created"),
    Trigger("edição de atividade", "atividade", "edited"),
    Trigger("novo registro de processo", "registro_processo", "created"),
    Trigger("ocorrência de evento", "evento", "created"),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What came by a trigger.

    Attributes
    ----------
    records
        How many records; one that was edited several times counts once.
    last
        When; aware, UTC. None: not since the time that was asked about.
    never
        It is known that it never came: it did not since the records table was created.
    """

    trigger: Trigger
    records: int
    last: datetime | None
    never: bool


def triggers(records: Records, since: datetime) -> Iterator[Seen]:
    """Say what each trigger brought since then, by the records that changed since then.

    A query for each day and kind, those of a kind at once, and a call for the age of the table. A record that
    was deleted is as if it had never come.
    """
    begun = records.begun()
    is_all = begun is not None and since <= begun
    found: dict[str, Sequence[Arrival]] = {}
    for trigger in TRIGGERS:
        if trigger.kind not in found:
            found[trigger.kind] = _arrivals(records, trigger.kind, since)
        yield _seen(trigger, found[trigger.kind], since, is_all=is_all)


def tell(seen: Seen, since: datetime) -> str:
    """Say it in Portuguese."""
    start = f"{since.astimezone(BRASILIA):%d/%m/%Y}"
    if seen.never:
        return f"{seen.trigger.label}: nunca chegou; confira se o gatilho existe no Rubeus"
    if seen.last is None:
        return f"{seen.trigger.label}: não chegou desde {start}; confira se o gatilho existe no Rubeus"
    last = f"{seen.last.astimezone(BRASILIA):%d/%m/%Y às %H:%M:%S}"
    count = f"{seen.records} registro{'s' if seen.records > 1 else ''}"
    return f"{seen.trigger.label}: {count} desde {start}, o último em {last}"


def _arrivals(records: Records, kind: str, since: datetime) -> Sequence[Arrival]:
    days = at_once(lambda day: [*records.arrivals(kind, day)], records.days_since(since))
    return [each for day in days for each in day]


def _seen(trigger: Trigger, arrivals: Sequence[Arrival], since: datetime, *, is_all: bool) -> Seen:
    if trigger.action == "created":
        times = [each.first_received_at for each in arrivals if each.first_received_at >= since]
    else:
        times = [each.received_at for each in arrivals if each.version > 1 and each.received_at >= since]
    return Seen(trigger, len(times), max(times, default=None), is_all and not times)
