"""The dialog that Rubeus showed for a delivery: the receiver's own words, of what is stored of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers import responses
from ingest.parse import parse
from models.delivery import Delivery
from models.outcome import Outcome, Result, SavedIn, Verdict
from models.validation import Issue
from rubeus.reading.summary import DeliverySummary


@dataclass(frozen=True, slots=True)
class Dialog:
    """What Rubeus shows of an answer.

    Attributes
    ----------
    text
        The body of the answer.
    is_exact
        The sender saw these very words; else they are those of what the delivery became later, as by a
        replay, which may well have the same status.
    """

    status: int
    text: str
    is_exact: bool


def dialog(summary: DeliverySummary, delivery: Delivery) -> Dialog:
    """Word the answer to a delivery again: no answer is stored, but all that it is made of is.

    Parameters
    ----------
    delivery
        With its body, which says again what was wrong with it.
    """
    parsed = parse(delivery)
    outcomes = tuple(_concluded(each, summary.outcomes) for each in parsed.outcomes)
    answer = responses.result(Result(delivery, SavedIn.INBOX, outcomes, parsed.problem))
    is_exact = summary.reopened_at is None and answer["statusCode"] == summary.status
    return Dialog(answer["statusCode"], answer["body"], is_exact=is_exact)


def _concluded(parsed: Outcome, stored: Mapping[int, Mapping[str, Any]]) -> Outcome:
    """Fill in what is stored of a record; pending where nothing is."""
    known = stored.get(parsed.position + 1)
    if known is None:
        return parsed
    return parsed._replace(
        verdict=Verdict(known["verdict"]),
        version=known.get("version"),
        problems=_issues(known, "problems"),
        warnings=_issues(known, "warnings"),
    )


def _issues(known: Mapping[str, Any], name: str) -> tuple[Issue, ...]:
    return tuple(Issue(each["field"], each["reason"]) for each in known.get(name, ()))
