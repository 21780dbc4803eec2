"""How the operator's commands word what the inbox says."""

import json
import textwrap
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from models.clock import BRASILIA
from models.outcome import Verdict
from rubeus.head import Head

WIDTH = 100

# The words of the answers (handlers.responses) for one record.
_VERDICTS = {
    Verdict.NEW: "novo",
    Verdict.UPDATED: "atualizado",
    Verdict.REPEATED: "repetido",
    Verdict.LATE: "atrasado",
    Verdict.REJECTED: "recusado",
    Verdict.PENDING: "na fila",
}


def problems(head: Head) -> Iterator[str]:
    """Give all that is wrong with a delivery, in words."""
    yield from (text for text in (head.reason, head.problem) if text)
    yield from (remark(each) for outcome in head.rejected for each in outcome.get("problems", ()))


def summary(head: Head) -> str | None:
    """Say in one sentence what is wrong with a delivery, if anything is."""
    rejected = len(head.rejected)
    words = next(problems(head), None)
    if head.reason or head.problem or not rejected:
        return words
    ending = "registro recusado" if rejected == 1 else "registros recusados"
    return f"{rejected} de {len(head.outcomes)} {ending}: {words}"


def remark(each: Mapping[str, str]) -> str:
    """Word a problem or a warning of a record."""
    return f"{each['field']}: {each['reason']}" if each["field"] else each["reason"]


def verdict(outcome: Mapping[str, Any]) -> str:
    """Word what became of a record: "novo, versão 1"."""
    word = _VERDICTS[Verdict(outcome["verdict"])]
    return f"{word}, versão {outcome['version']}" if "version" in outcome else word


def record(outcome: Mapping[str, Any]) -> str:
    """Name a record: "registro 3 (contato 341)"."""
    name = " ".join(outcome[part] for part in ("kind", "id") if part in outcome)
    return f"registro {outcome['position']}" + (f" ({name})" if name else "")


def print_json(document: object) -> None:
    """Print one JSON document, for scripts."""
    print(json.dumps(document, ensure_ascii=False, indent=2))


def printable(text: str) -> str:
    """Escape what a terminal could take for a command; senders write headers and keys."""
    return text if text.isprintable() else ascii(text)


def in_brasilia(moment: datetime) -> str:
    """Give a time as people there read it off the clock."""
    return f"{moment.astimezone(BRASILIA):%Y-%m-%d %H:%M:%S}"


def indented(text: str, indent: str = "  ") -> str:
    """Wrap a text; every line of it indented."""
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def size(count: int) -> str:
    """Give a number of bytes in at most seven characters."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"
