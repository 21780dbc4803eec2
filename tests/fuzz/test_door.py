"""The front door under whatever may be posted; `FUZZ_EXAMPLES=20000 pytest tests/fuzz` tries for longer."""

import json
import os
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fuzz.door import Door, Keeping
from tests.fuzz.posts import NO_EVENTS, WITH_HOLES, Post, posts

from handlers import responses

FUZZING = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "300")),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
WITHOUT_FAILURE = {200, 207, 400, 401, 404, 405, 413, 422}
NOT_KEPT = {401, 405, 503}
STORES = ["save", "close", "read", "history", "store", "publish", "enqueue"]


def protocolo(answer: responses.Response) -> str | None:
    """Give the id of the delivery, where the answer has one."""
    found: str | None = json.loads(answer["body"]).get("protocolo")
    return found


@FUZZING
@given(sent=st.lists(posts(), min_size=1, max_size=2))
def test_whatever_is_posted_is_kept_and_answered(sent: list[Post]) -> None:
    """What is let in is kept byte for byte, and nothing else; answers repeat, and are never a 5xx."""
    door, again = Door(), Door()
    expected = []
    for post in sent:
        answer, second = door.answer(post.event), again.answer(post.event)

        assert answer["statusCode"] in WITHOUT_FAILURE
        number = protocolo(answer)
        if post.refused:
            assert (answer["statusCode"], number) == (post.refused, None)
        else:
            assert answer["statusCode"] not in NOT_KEPT
            expected.append((number, post.body))
        numbers = (number or "", protocolo(second) or "")
        assert answer["body"].replace(numbers[0], "") == second["body"].replace(numbers[1], "")
    assert [(delivery.id, delivery.body) for delivery in door.fakes.kept] == expected
    assert door.fakes.recovery.enqueued == []


@FUZZING
@given(event=WITH_HOLES)
def test_what_an_event_lacks_is_as_if_it_were_empty(event: dict[str, Any]) -> None:
    """Where fields are null or missing, the answer is one that a gateway's event could have had."""
    door = Door()
    answer = door.answer(event)

    assert answer["statusCode"] in WITHOUT_FAILURE
    number = protocolo(answer)
    assert [delivery.id for delivery in door.fakes.kept] == ([number] if number else [])
    if not event.get("body"):
        assert all(delivery.body == b"" for delivery in door.fakes.kept)


@FUZZING
@given(
    post=posts(),
    away=st.sets(st.sampled_from([*STORES, "secret"]), max_size=5),
    milliseconds=st.sampled_from([29_000, 29_000, 9_000, 1_000, -5]),
)
def test_unavailable_is_only_what_nobody_keeps(post: Post, away: set[str], milliseconds: int) -> None:
    """503 says that neither inbox nor recovery queue took it, or that no token is known; all else is kept."""
    door = Door(Keeping(away=away), milliseconds)
    answer = door.answer(post.event)

    status = answer["statusCode"]
    taken = [(each.id, each.body) for each in (*door.fakes.kept, *door.fakes.recovery.enqueued)]
    if "secret" in away and post.refused != 404:
        assert (status, taken) == (503, [])
    elif post.refused:
        assert (status, taken) == (post.refused, [])
    else:
        assert status in {*WITHOUT_FAILURE, 202, 503}
        assert (status == 503) is not bool(taken)
        assert taken == ([] if status == 503 else [(protocolo(answer), post.body)])
        assert status != 503 or milliseconds < 29_000 or away >= {"save", "enqueue"}


@FUZZING
@given(
    event=NO_EVENTS | posts().map(lambda post: post.event),
    broken=st.sets(st.sampled_from([*STORES, "secret"])),
)
def test_a_defect_says_nothing_of_the_payload(event: Any, broken: set[str]) -> None:
    """An event that is none, or an error that quotes a record, raises nothing and tells nothing."""
    answer = Door(Keeping(broken=broken)).answer(event)

    assert answer["statusCode"] in {*WITHOUT_FAILURE, 503}
