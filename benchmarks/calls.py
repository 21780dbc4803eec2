"""The calls to AWS that a look makes: how many, how many one after the other, and how long they took."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import boto3


class Spent(NamedTuple):
    """What a look took.

    Attributes
    ----------
    milliseconds
        In all.
    calling
        Milliseconds in which at least one call was on its way: the emulator's own time, with the way there
        and back, and without boto3's.
    calls
        How many calls it made.
    rounds
        How many calls, at most, each waited for the one before it: so many round trips it takes on AWS.
    """

    milliseconds: float
    calling: float
    calls: int
    rounds: int
    answer: object


class Calls:
    """Sees the calls of the clients that a session makes from now on."""

    def __init__(self, session: boto3.Session) -> None:
        self._spans: list[tuple[float, float]] = []
        self._began: dict[int, float] = {}
        session.events.register("before-send", self._begin)
        session.events.register("before-parse", self._end)

    def during(self, look: Callable[[], object]) -> Spent:
        """Look, and give what that took."""
        self._spans.clear()
        began = time.perf_counter()
        answer = look()
        took = time.perf_counter() - began
        spans = sorted(self._spans, key=lambda span: span[1])
        return Spent(took * 1000, _covered(spans) * 1000, len(spans), _in_sequence(spans), answer)

    def _begin(self, **_: Any) -> None:  # noqa: ANN401 (boto3's)
        self._began[threading.get_ident()] = time.perf_counter()

    def _end(self, **_: Any) -> None:  # noqa: ANN401 (the same)
        self._spans.append((self._began.pop(threading.get_ident()), time.perf_counter()))


def _covered(spans: Sequence[tuple[float, float]]) -> float:
    """Add up, and count once what several cover."""
    covered, until = 0.0, 0.0
    for began, ended in sorted(spans):
        covered += max(0.0, ended - max(began, until))
        until = max(until, ended)
    return covered


def _in_sequence(spans: Sequence[tuple[float, float]]) -> int:
    """Count the longest chain of spans (by their ends) of which none began before the one before it ended."""
    count, until = 0, 0.0
    for began, ended in spans:
        if began >= until:
            count, until = count + 1, ended
    return count
