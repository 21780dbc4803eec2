"""A fault that is planted in the source."""

from typing import NamedTuple


class Fault(NamedTuple):
    """What stands once in a file, what takes its place, what that means, and which tests must see it."""

    file: str
    what: str
    old: str
    new: str
    tests: str
