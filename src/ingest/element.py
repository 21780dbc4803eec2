"""What a body is made of, how much of it is taken, and how it is refused."""

import re
from dataclasses import dataclass
from typing import Final

from models.limits import MAX_BODY_BYTES
from models.outcome import BodyProblem, Fault

MAX_FIELDS: Final = 10_000
"""Of a form, for the same reason as `MAX_ELEMENTS`."""

MAX_DEPTH: Final = 100
"""Levels of nesting within one element; documented records have five."""

POSITION: Final = re.compile(r"[0-9]{1,6}")


class UnreadableError(Exception):
    """The body as a whole can't be taken; `problem` says why."""

    def __init__(
        self, fault: Fault, reason: str, line: int = 0, column: int = 0, advice: tuple[str, ...] = ()
    ) -> None:
        super().__init__(fault)
        self.problem = BodyProblem(fault, reason, line, column, advice)


@dataclass(slots=True)
class Element:
    """One element of the body's array.

    Attributes
    ----------
    position
        In the body, from 0.
    text
        As it stands in the body; of a form, its fields as JSON.
    value
        The same, parsed: numbers are int or Decimal.
    repeats_a_name
        An object in it has the same name twice (`value` holds the last).
    repeats_its_id
        The element itself has "id" twice.
    has_unusable_number
        A number's exponent is beyond what decimal arithmetic knows (10^18).
    """

    position: int = 0
    text: str = ""
    value: object = None
    repeats_a_name: bool = False
    repeats_its_id: bool = False
    has_unusable_number: bool = False


def is_list_with_holes(value: dict[str, object]) -> bool:
    """Tell whether an object is a list of objects as PHP writes one with holes: ``{"0": {…}, "2": {…}}``."""
    return all(POSITION.fullmatch(key) for key in value) and all(
        isinstance(member, dict) for member in value.values()
    )


def in_portuguese(number: int) -> str:
    """Write a number with a dot between thousands."""
    return f"{number:,}".replace(",", ".")


def too_large(what: str = "O corpo") -> UnreadableError:
    """Refuse what is over `MAX_BODY_BYTES`."""
    return UnreadableError(Fault.TOO_LARGE, f"{what} passa de {MAX_BODY_BYTES // 1_000_000} MB.")


def too_deep(what: str, line: int = 0, column: int = 0) -> UnreadableError:
    """Refuse what is nested deeper than `MAX_DEPTH`."""
    return UnreadableError(Fault.TOO_DEEP, f"{what} tem mais de {MAX_DEPTH} níveis.", line, column)
