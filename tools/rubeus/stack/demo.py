"""`rubeus demo`: what a newcomer sees first; every sample posted, and what became of it."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from rubeus.calling.dialog import dialog
from rubeus.samples import post, read_event
from rubeus.stack.environment import become_local
from rubeus.stack.local import LocalStack, Options, local_stack
from rubeus.stack.output import leave_unread
from rubeus.stack.stores import DEFAULT_TOKEN, local_session

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

WIDTH = 80
INTRODUCTION = """\
Rubeus posts to one URL; every record ends in DynamoDB and in SQS. All of it
runs on this machine here: a real HTTP server, the function that also runs in
Lambda, an emulated AWS. Each sample of events/ is posted as Rubeus would post
it, and the box shows what the button "Testar" in Rubeus shows of the answer.
"""
NEXT = """\
Next
  make serve   the same, and it stays: post your own records
  README.md    deploy it, paste its URL into Rubeus, read records
"""
LOOK = "See in a browser what became of all this, until the demo ends"
# What the records section queries: a person that was posted, one that the other three samples only refer to,
# those three, and the contato of the mixed batch.
PARTITIONS = (
    "contato#341",
    "contato#635",
    "registro_processo#150",
    "atividade#108",
    "evento#934",
    "contato#342",
)


@dataclass(frozen=True)
class Post:
    """One POST of the demo and the status it must get."""

    title: str
    event: Mapping[str, Any]
    status: int


Beside = Callable[[LocalStack], AbstractContextManager[str]]


def demo(beside: Beside, *, verbose: bool) -> int:
    """Post every sample to a local stack of its own and print the answers, the records and the messages.

    Parameters
    ----------
    beside
        Serves the pages of the stack, and gives their address.
    verbose
        Print the function's log lines too, on standard error.

    Returns
    -------
    int
        0, or 1 when an answer had another status than expected.
    """
    become_local()
    try:
        return _demo(beside, verbose=verbose)
    except BrokenPipeError:
        leave_unread(sys.stdout)  # whoever read has seen enough
        return 0


def _demo(beside: Beside, *, verbose: bool) -> int:
    surprises = 0
    log = sys.stderr if verbose else subprocess.DEVNULL
    print(INTRODUCTION, flush=True)
    with local_stack(Options(token=DEFAULT_TOKEN), log) as stack:
        for number, posted in enumerate(posts(), 1):
            status, body = post(posted.event, stack.url)
            print(_dialog(f"{number}. {posted.title}", posted.event["rawPath"], status, body), flush=True)
            if status != posted.status:
                surprises += 1
                print(f"!! expected status {posted.status}\n")
        print(_records(stack))
        print(_messages(stack))
        if surprises:
            print(f"{surprises} answers had an unexpected status.")
            return 1
        with beside(stack) as address:
            waits = sys.stdin.isatty() and sys.stdout.isatty()
            print(f"{NEXT}\n{LOOK}{' by Enter' if waits else ''}:\n{address}", flush=True)
            if waits:
                with suppress(KeyboardInterrupt):
                    sys.stdin.readline()
    return 0


def posts() -> list[Post]:
    """List the POSTs of the demo in their order."""
    contato = read_event("contato")
    record = json.loads(contato["body"])[0]
    changed = record | {"cidade": "Campinas", "profissao": "Analista"}
    return [
        Post("A contato, as Rubeus documents it", contato, 200),
        Post("A registro de processo", read_event("registro_processo"), 200),
        Post("An atividade", read_event("atividade"), 200),
        Post("An evento", read_event("evento"), 200),
        Post("The contato once more, unchanged: triggers do fire twice", contato, 200),
        Post("The contato with another cidade and profissao", contato | {"body": json.dumps([changed])}, 200),
        Post("A bare object in place of a list", read_event("bare_object"), 200),
        Post("Six records, three of them bad", read_event("mixed_batch"), 207),
        Post("A connection test: an empty list", read_event("connection_test"), 200),
        Post("A wrong token", read_event("bad_token"), 401),
        Post("Not JSON", read_event("malformed_json"), 400),
        Post("A record of no known kind", read_event("unknown_kind"), 422),
    ]


def _dialog(title: str, path: str, status: int, body: str) -> str:
    return f"{title}\nPOST {path}\n{dialog(status, body)}\n"


def _records(stack: LocalStack) -> str:
    resource = local_session().resource("dynamodb", endpoint_url=stack.aws_endpoint)
    table = resource.Table(stack.records_table)
    parts = [_heading(f"In DynamoDB, table {stack.records_table}")]
    for partition in PARTITIONS:
        items = table.query(KeyConditionExpression=Key("pk").eq(partition))["Items"]
        rows = [(str(item["sk"]), str(item.get("version", "")), _issue(item)) for item in items]
        parts += [f"Query pk = {partition}", *_table(("sk", "version", ""), rows), ""]
    return "\n".join(parts)


def _issue(item: Mapping[str, Any]) -> str:
    if item["sk"].startswith("link#"):
        return " ".join([str(item.get("role") or ""), "(principal)" if item.get("principal") else ""]).strip()
    return f"changed: {', '.join(map(str, item['changed']))}" if item.get("changed") else ""


def _messages(stack: LocalStack) -> str:
    """Show what a consumer of the queue reads."""
    messages = _receive_all(stack)
    events = [(json.loads(message["Body"]), message["Attributes"]["MessageGroupId"]) for message in messages]
    rows = [(event["id"], event["type"], group) for event, group in events]
    parts = [
        _heading("In the queue, one CloudEvent for each new version"),
        *_table(("id", "type", "group"), rows),
        "",
    ]
    updated = next((event for event, _ in events if event["type"].endswith("updated")), None)
    if updated:
        text = json.dumps(updated | {"data": "… the record as sent …"}, indent=2, ensure_ascii=False)
        parts += ["The updated one:", *map(_cut, text.splitlines()), ""]
    return "\n".join(parts)


def _receive_all(stack: LocalStack) -> list["MessageTypeDef"]:
    sqs = local_session().client("sqs", endpoint_url=stack.aws_endpoint)
    queue = stack.records_queue_url
    received: list[MessageTypeDef] = []
    # A group's next message comes only after its earlier ones are deleted.
    while batch := sqs.receive_message(
        QueueUrl=queue, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
    ).get("Messages"):
        received += batch
        for message in batch:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return received


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        _cut("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        for line in lines
    ]


def _heading(text: str) -> str:
    return f"{text}\n{'=' * len(text)}"


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH else line[: WIDTH - 1] + "…"
