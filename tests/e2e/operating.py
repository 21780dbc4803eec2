import http.client
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from boto3.dynamodb.conditions import Key
from tests.e2e.serving import Served, python

from models.clock import Clock, day, timestamp
from rubeus.cli import main
from rubeus.stack.stores import local_session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

SECRET = {"nome": "Zuleica Segredo", "cpf": "39053344705", "emails": {"principal": "zuleica@segredo.test"}}
SECRETS = ("Zuleica", "Segredo", "39053344705", "zuleica", "segredo.test")


def rubeus(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of `rubeus` in a process of its own, with more variables in its environment."""
    return python("-m", "rubeus", *arguments, env={**os.environ, **environment})


def run(*arguments: str, clock: Clock | None = None) -> int:
    """Run a command of `rubeus` in this process; gives its exit status."""
    try:
        main(arguments, prog_name="rubeus", obj=clock)
    except SystemExit as end:
        return int(end.code or 0)
    raise AssertionError("a command ends by its status")


def in_terminal(*arguments: str, status: int = 0) -> list[str]:
    """Run a command of `rubeus` in a terminal of 80 columns, with this end; gives the lines that it shows."""
    master, slave = os.openpty()
    try:
        done = subprocess.run(  # noqa: S603 (the tests' own words)
            [sys.executable, "-m", "rubeus", *arguments],
            stdout=slave,
            stderr=slave,
            env={**os.environ, "COLUMNS": "80", "TERM": "xterm", "NO_COLOR": "1"},
            timeout=60,
            check=False,
        )
        assert done.returncode == status
    finally:
        os.close(slave)
    shown = b""
    with suppress(OSError), closing(os.fdopen(master, "rb", buffering=0)) as terminal:  # its end is an error
        while more := terminal.read(65_536):
            shown += more
    plain = re.sub(r"\x1b\[([0-9;]*m|\?25[hl])", "", shown.decode())
    return re.sub(r"[^\n]*(\n\r\x1b\[1A)?\x1b\[2K", "", plain).splitlines()  # a bar takes itself away


def ago(**time: float) -> str:
    """Give the time so many hours (and so on) ago as the tables have it."""
    return timestamp(datetime.now(UTC) - timedelta(**time))


@dataclass(frozen=True)
class Operator:
    """Somebody with `rubeus deliveries` on a running `rubeus serve`."""

    served: Served

    @property
    def port(self) -> str:
        """Give the port of the emulated AWS."""
        return str(urlsplit(self.served.where["aws_endpoint"]).port)

    def post(self, body: bytes, path: str = "") -> str:
        """Post any bytes; gives the protocolo."""
        url = urlsplit(self.served.where["url"])
        with closing(http.client.HTTPConnection(url.netloc, timeout=30)) as connection:
            connection.request("POST", url.path + path, body, {"Content-Type": "text/x-Zuleica"})
            return str(json.load(connection.getresponse())["protocolo"])

    def post_records(self, *records: object, path: str = "") -> str:
        """Post records; gives the protocolo."""
        return self.post(json.dumps(records).encode(), path)

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of `rubeus deliveries`; nothing personal may be in its output but by --reveal."""
        command = ("deliveries", *arguments, "--local", "--aws-port", self.port)
        # These make their process's environment the function's.
        done = rubeus(*command) if arguments[0] in ("replay", "dismiss") else run_here(command)
        assert "Traceback" not in done.stderr
        if "--json" not in arguments:
            assert max(map(len, done.stdout.splitlines()), default=0) <= 80
        if "--reveal" not in arguments:
            assert not [secret for secret in SECRETS if secret in done.stdout + done.stderr]
        return done

    def json(self, *arguments: str) -> Any:
        """Run a command with --json; gives the document."""
        return json.loads(self.run(*arguments, "--json").stdout)

    def listed(self, *arguments: str) -> list[str]:
        """List the ids of deliveries."""
        return [each["delivery_id"] for each in self.json("list", *arguments)["deliveries"]]

    @contextmanager
    def table(self) -> "Iterator[Table]":
        """Give the deliveries table itself."""
        resource = local_session().resource("dynamodb", endpoint_url=self.served.where["aws_endpoint"])
        yield resource.Table(self.served.where["deliveries_table"])
        resource.meta.client.close()

    @contextmanager
    def records(self) -> "Iterator[Table]":
        """Give the records table itself."""
        resource = local_session().resource("dynamodb", endpoint_url=self.served.where["aws_endpoint"])
        yield resource.Table(self.served.where["records_table"])
        resource.meta.client.close()

    def stored(self, delivery_id: str) -> list[dict[str, Any]]:
        """Read all items of a delivery; its head comes last."""
        with self.table() as table:
            return list(table.query(KeyConditionExpression=Key("delivery_id").eq(delivery_id))["Items"])

    def day(self, delivery_id: str) -> str:
        """Give the day in Brasília on which a delivery came, which midnight does not change."""
        return day(datetime.fromisoformat(self.stored(delivery_id)[-1]["received_at"]))

    def put(self, delivery_id: str, **attributes: Any) -> None:
        """Write into a delivery's head what no command does."""
        head = self.stored(delivery_id)[-1]
        if "state" in attributes:
            attributes["state_shard"] = f"{attributes['state']}#{int(delivery_id[-4:], 16) % 8}"
        with self.table() as table:
            table.put_item(Item={**head, **attributes})

    def forget(self, delivery_id: str, state: str) -> None:
        """Make of a delivery one that died, in this state, before its outcomes were known."""
        head = self.stored(delivery_id)[-1]
        known = ("outcome", "outcome_gzip", "unknown_fields", "counts", "kinds", "expires_at")
        with self.table() as table:
            table.put_item(
                Item={
                    **{name: value for name, value in head.items() if name not in known},
                    "state": state,
                    "state_shard": f"{state}#{int(delivery_id[-4:], 16) % 8}",
                }
            )

    def erase(self, partition: str) -> None:
        """Delete a record, with all that its partition holds, as docs/security.md says."""
        with self.records() as table:
            for item in table.query(KeyConditionExpression=Key("pk").eq(partition))["Items"]:
                table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})

    def receive_counts(self) -> list[str]:
        """Receive from every queue; gives how often each message was received, this time included."""
        sqs = local_session().client("sqs", endpoint_url=self.served.where["aws_endpoint"])
        answers = [
            sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=0,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
            for url in sqs.list_queues()["QueueUrls"]
        ]
        sqs.close()
        return [
            message["Attributes"]["ApproximateReceiveCount"]
            for answer in answers
            for message in answer.get("Messages", [])
        ]

    def bury(self, text: str) -> None:
        """Put a message into the records queue's dead-letter queue."""
        sqs = local_session().client("sqs", endpoint_url=self.served.where["aws_endpoint"])
        (url,) = (each for each in sqs.list_queues()["QueueUrls"] if "records-dead-letter" in each)
        sqs.send_message(QueueUrl=url, MessageBody=text, MessageGroupId=text, MessageDeduplicationId=text)
        sqs.close()

    def fail(self, delivery_id: str) -> None:
        """Make of a delivery one that recovery has given up."""
        self.put(delivery_id, state="failed", reason="records queue: Throttling")


def run_here(command: tuple[str, ...]) -> "subprocess.CompletedProcess[str]":
    """Run a command of `rubeus` in this process, and catch what it prints."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        status = run(*command)
    return subprocess.CompletedProcess(command, status, out.getvalue(), err.getvalue())
