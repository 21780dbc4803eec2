"""`rubeus send`."""

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import click

from rubeus.cli.arguments import COUNT, to_a_receiver
from rubeus.cli.command import Command, examples
from rubeus.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rubeus.calling.client import Answer
    from rubeus.calling.payload import Changes, Payload

_EXAMPLES = examples(
    "rubeus send contato --local",
    "rubeus send contato --set nome='Ana Exemplo' --set emails.principal= --local",
    "rubeus send contato --set id={n} --count 200 --concurrency 8 --local",
    "rubeus send body.json --url https://…/webhook/…/evento",
)


_PERCENTS = (50, 95, 99)


class Change(click.ParamType):
    """NAME=TEXT, the name a dotted path."""

    name = "NAME=TEXT"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Divide it."""
        name, found, text = value.partition("=")
        if not found or not all(name.split(".")):
            self.fail(f"not NAME=TEXT: {value!r}", param, ctx)
        return name, text


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("name", metavar="SAMPLE|FILE")
@click.option(
    "--set", "changes", type=Change(), multiple=True, help="Set a field of every record; {n}: the number."
)
@click.option("--count", type=COUNT, metavar="N", help="Post it so many times, and sum up the answers.")
@click.option("--concurrency", type=COUNT, metavar="C", default=1, help="Over so many connections.")
@to_a_receiver
def send(
    url: str,
    *,
    name: str,
    changes: tuple[tuple[str, str], ...],
    count: int | None,
    concurrency: int,
    as_json: bool,
) -> int:
    """Post as Rubeus does, and show what its button "Testar" shows.

    SAMPLE is one of events/, synthetic: contato, registro_processo, atividade, evento; connection_test
    (the empty list of "Testar"), mixed_batch (good and bad records), bare_object (a contato without a
    list), unknown_kind, malformed_json. It has the ids of Rubeus's own examples: where real records come
    in, --set id=… keeps it apart from theirs. A FILE is posted as it is; of an event of API Gateway, as
    the inspector's "Guardar como exemplo" makes it, its body, to the kind in its path. Ends with 1 where
    an answer is no 2xx. On AWS it needs secretsmanager:GetSecretValue on the stack's secret. As JSON:
    {"status", "answer", "milliseconds"}, with --count {"answers", "milliseconds"}.
    """
    from rubeus.calling.client import check_url
    from rubeus.calling.payload import payload

    check_url(url)
    what = payload(name)
    what.changed(changes, 1)  # raises before anything is sent
    url = what.url(url)
    if count is None:
        return _one(url, what, changes, as_json=as_json)
    return _many(url, what, changes, (count, concurrency), as_json=as_json)


def _one(url: str, what: "Payload", changes: "Changes", *, as_json: bool) -> int:
    import http.client

    from rubeus.calling.client import Client
    from rubeus.calling.dialog import dialog
    from rubeus.cli.words import print_json, say_lines

    try:
        answer = Client(url).post(what.changed(changes, 1), what.content_type)
    except (OSError, http.client.HTTPException) as error:
        message = f"no answer ({type(error).__name__}); `rubeus doctor URL` may know why"
        raise CommandError(message) from error
    milliseconds = round(answer.seconds * 1000)
    if as_json:
        print_json({"status": answer.status, "answer": answer.text, "milliseconds": milliseconds})
    else:
        say_lines(dialog(answer.status, answer.text))
        click.echo(f"{milliseconds} ms")
    return _status([answer])


def _many(
    url: str, what: "Payload", changes: "Changes", count_and_concurrency: tuple[int, int], *, as_json: bool
) -> int:
    from rubeus.calling.load import percentile, post_many
    from rubeus.cli.words import print_json, progress, say

    count, concurrency = count_and_concurrency
    came = post_many(url, partial(what.changed, changes), what.content_type, count, concurrency)
    done = [*progress(came, "answers", count)]
    by_status = Counter(str(each.status) if each else "no answer" for each in done)
    seconds = [each.seconds for each in done if each]
    times = {f"p{each}": round(percentile(seconds, each) * 1000) for each in _PERCENTS} if seconds else {}
    if as_json:
        print_json({"answers": by_status, "milliseconds": times})
    else:
        say("answers: " + ", ".join(f"{status} ({number})" for status, number in sorted(by_status.items())))
        if times:
            say(" ".join(f"{name} {milliseconds} ms" for name, milliseconds in times.items()))
    return _status(done)


def _status(answers: "Iterable[Answer | None]") -> int:
    return int(not all(each and 200 <= each.status < 300 for each in answers))
