"""What differs between two states of a record, field by field."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, TypeAlias

from models.exact_json import canonical
from models.identity import usable_id
from rubeus.reading.html import as_text
from rubeus.reading.masking import masked_path, masked_value


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT
"""The field, or the element of a list, is not there at all: null is."""

Absent: TypeAlias = Literal[_Absent.ABSENT]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs.

    Attributes
    ----------
    path
        Dotted names; an element of a list stands by its id, as in `contatos[635].tipo`.
    field
        The same without what stands for a place in a list.
    before, after
        The values, as parsed from JSON, or ABSENT. HTML is text.
    """

    path: str
    field: str
    before: object
    after: object

    def masked(self, kind: str) -> "Difference":
        """Give what everybody may see of it."""
        before, after = (
            value if value is ABSENT else masked_value(kind, self.field, value)
            for value in (self.before, self.after)
        )
        return Difference(masked_path(self.path), self.field, before, after)


def differences(before: Mapping[str, object], after: Mapping[str, object]) -> Sequence[Difference]:
    """Compare two states as sent, in the order of the newer one's fields; what is gone comes last.

    Objects are compared field by field. Lists of objects with ids are compared by the ids, wherever the
    elements stand; elements of other lists that came or went are told, not where they stand.
    """
    return [*_in_objects("", "", before, after)]


def _in_objects(
    path: str, field: str, before: Mapping[str, object], after: Mapping[str, object]
) -> Iterator[Difference]:
    for name in dict.fromkeys([*after, *before]):
        yield from _between(
            f"{path}.{name}" if path else name,
            f"{field}.{name}" if field else name,
            before.get(name, ABSENT),
            after.get(name, ABSENT),
        )


def _between(path: str, field: str, before: object, after: object) -> Iterator[Difference]:
    if before is not ABSENT and after is not ABSENT and canonical(before) == canonical(after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _in_objects(path, field, before, after)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _in_lists(path, field, before, after)
    else:
        yield Difference(path, field, _readable(before), _readable(after))


def _in_lists(path: str, field: str, before: list[object], after: list[object]) -> Iterator[Difference]:
    old, new = _by_id(before), _by_id(after)
    if old is not None and new is not None:
        for identifier in dict.fromkeys([*new, *old]):
            yield from _between(
                f"{path}[{identifier}]", field, old.get(identifier, ABSENT), new.get(identifier, ABSENT)
            )
        return
    gone, came = _without(before, after), _without(after, before)
    for each in gone:
        yield Difference(path, field, _readable(each), ABSENT)
    for each in came:
        yield Difference(path, field, ABSENT, _readable(each))
    if not gone and not came:
        yield Difference(path, field, _readable(before), _readable(after))  # the order alone


def _by_id(elements: list[object]) -> Mapping[str, object] | None:
    """Give the elements by their ids; None where one has none, or two have the same."""
    found = {usable_id(each.get("id")): each for each in elements if isinstance(each, dict)}
    if None in found or len(found) != len(elements):
        return None
    return {identifier: each for identifier, each in found.items() if identifier is not None}


def _without(some: list[object], others: list[object]) -> list[object]:
    """Give those of some that are not among the others, each as often as it is there too often."""
    left = Counter(map(canonical, others))
    rest = []
    for each in some:
        form = canonical(each)
        left[form] -= 1
        if left[form] < 0:
            rest.append(each)
    return rest


def _readable(value: object) -> object:
    if isinstance(value, dict):
        return {name: _readable(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_readable(each) for each in value]
    return as_text(value) if isinstance(value, str) else value
