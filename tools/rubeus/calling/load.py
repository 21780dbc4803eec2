"""One body after the other, over several connections."""

import http.client
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from rubeus.calling.client import Answer, Client


def post_many(
    url: str, body: Callable[[int], bytes], content_type: str, count: int, concurrency: int
) -> Iterator[Answer | None]:
    """Post `count` bodies over so many connections; gives the answers as they come, None for one that failed.

    Parameters
    ----------
    body
        Makes the body of a number, from 1.
    """
    own = threading.local()
    clients: list[Client] = []

    def connect() -> None:
        own.client = Client(url)
        clients.append(own.client)

    def post(number: int) -> Answer | None:
        client: Client = own.client
        try:
            return client.post(body(number), content_type)
        except (OSError, http.client.HTTPException):
            return None

    try:
        with ThreadPoolExecutor(concurrency, initializer=connect) as pool:
            yield from (
                future.result()
                for future in as_completed(pool.submit(post, number) for number in range(1, count + 1))
            )
    finally:
        for client in clients:
            client.close()


def percentile(seconds: Sequence[float], percent: int) -> float:
    """Give the value that so many percent of the values do not exceed (nearest rank)."""
    return sorted(seconds)[math.ceil(len(seconds) * percent / 100) - 1]
