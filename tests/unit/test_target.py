import socket
from collections.abc import Iterator

import pytest
from botocore.exceptions import ReadTimeoutError

from rubeus.stack.stores import local_session
from rubeus.stack.target import Target


@pytest.fixture
def silent() -> Iterator[str]:
    """Give the URL of somebody who takes every call and answers none."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_silent_store_is_given_up(silent: str) -> None:
    """As soon as the target says, so that no page waits for what a command would wait for."""
    target = Target(local_session(), silent, {}, {}, attempts=1, answer_seconds=0.1)

    for call in (target.dynamodb.list_tables, target.sqs.list_queues, target.secretsmanager.list_secrets):
        with pytest.raises(ReadTimeoutError):
            call()
