import random

import pytest
from tests.fakes import deliver
from tests.integration.limits import ITEM_BYTES

from aws.delivery_items import closing
from models.outcome import Outcome, Result, SavedIn, Verdict
from models.validation import Issue

# Beside it the head holds a body of up to 200 KB, and what was known when it came in.
ROOM = ITEM_BYTES - 205_000


def size(value: object) -> int:
    """Count the bytes of an item's attributes, names and all, a little too many."""
    if isinstance(value, dict):
        return sum(len(str(name).encode()) + 1 + size(inner) for name, inner in value.items())
    if isinstance(value, list | tuple):
        return sum(1 + size(inner) for inner in value)
    return len(value) if isinstance(value, bytes) else len(str(value).encode())


@pytest.mark.parametrize("count", [1, 150, 880, 1_800, 10_000])
@pytest.mark.parametrize("letter", ["a", "\U0001f600"])
def test_whatever_became_of_a_delivery_fits_beside_its_body(count: int, letter: str) -> None:
    """Long ids that hardly compress, warnings, and a hundred unknown names of four-byte letters."""
    chance = random.Random(7)
    outcomes = tuple(
        Outcome(
            position,
            Verdict.NEW,
            "registro_processo",
            chance.randbytes(95).hex(),
            "registro_processo: tem processo, contatos e cursos",
            1,
            warnings=tuple(Issue(f"camposPersonalizados.{each}", "não é texto " * 5) for each in range(9)),
            unknown_fields=tuple(f"{letter * 150}{each}" for each in range(100)),
        )
        for position in range(count)
    )

    assert size(closing(Result(deliver(), SavedIn.INBOX, outcomes))) < ROOM
