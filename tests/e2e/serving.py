import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rubeus.samples import post, read_event
from rubeus.stack.stores import local_session


def python(
    *arguments: str, env: Mapping[str, str] | None = None, stdin: str = ""
) -> "subprocess.CompletedProcess[str]":
    """Run this Python to its end, for at most a minute."""
    return subprocess.run(  # noqa: S603 (arguments are the tests' own)
        [sys.executable, *arguments],
        env=env,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def rubeus(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of `rubeus` to its end."""
    return python("-m", "rubeus", *arguments)


@dataclass
class Served:
    """A running `rubeus serve`: where everything is, and what a consumer has read from its queue so far."""

    process: "subprocess.Popen[str]"
    where: Mapping[str, Any]
    log: Path
    consumed: list[dict[str, Any]] = field(default_factory=list)

    def post(self, records: object, path: str = "") -> tuple[int, str]:
        """Post records as Rubeus does; gives status and answer."""
        event = read_event("contato")
        token = self.where["url"].rpartition("/")[2]
        posted = event | {"rawPath": f"/webhook/{token}{path}", "body": json.dumps(records)}
        return post(posted, self.where["url"])

    def items(self, partition: str) -> dict[str, dict[str, Any]]:
        """Query what the records table holds under one partition key, by sort key."""
        resource = local_session().resource("dynamodb", endpoint_url=self.where["aws_endpoint"])
        table = resource.Table(self.where["records_table"])
        pages = table.meta.client.get_paginator("query").paginate(
            TableName=table.name,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": partition},
        )
        found = {str(item["sk"]): item for page in pages for item in page["Items"]}
        table.meta.client.close()
        return found

    def messages(self, subject: str) -> list[dict[str, Any]]:
        """Consume the queue to its end; gives the events about one record so far, `group` added."""
        sqs = local_session().client("sqs", endpoint_url=self.where["aws_endpoint"])
        queue = self.where["records_queue_url"]
        while batch := sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
        ).get("Messages"):
            for message in batch:
                group = message["Attributes"]["MessageGroupId"]
                self.consumed.append(json.loads(message["Body"]) | {"group": group})
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        sqs.close()
        return [event for event in self.consumed if event["subject"] == subject]

    def states(self) -> set[str]:
        """Give the states that the inbox has its deliveries in."""
        client = local_session().client("dynamodb", endpoint_url=self.where["aws_endpoint"])
        items = client.scan(TableName=self.where["deliveries_table"])["Items"]
        client.close()
        return {item["state"]["S"] for item in items if "state" in item}

    def child(self, module: str) -> int:
        """Give the process id of the child that runs a module of `rubeus.stack`."""
        found = subprocess.run(  # noqa: S603 (the tests' own words)
            ["pgrep", "-P", str(self.process.pid), "-f", f"rubeus.stack.{module}"],  # noqa: S607 (of the system)
            capture_output=True,
            text=True,
            check=True,
        )
        return int(found.stdout)

    def stop(self, signal: int) -> tuple[int, str]:
        """Send a signal; gives the exit status and what more came on standard output."""
        self.process.send_signal(signal)
        rest, _ = self.process.communicate(timeout=40)
        return self.process.returncode, rest


@contextmanager
def serving(log: Path, *arguments: str, **environment: str) -> Iterator[Served]:
    """Run `rubeus serve` on free ports until the context ends, with more variables in its environment."""
    with ExitStack() as context:
        stderr = context.enter_context(log.open("w"))
        process = context.enter_context(
            subprocess.Popen(  # noqa: S603 (the same)
                [
                    sys.executable,
                    "-m",
                    "rubeus",
                    "serve",
                    "--port",
                    "0",
                    "--aws-port",
                    "0",
                    "--json",
                    "--verbose",
                    *arguments,
                ],
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                env=os.environ | environment,
            )
        )
        context.callback(process.terminate)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, log.read_text()
        yield Served(process, json.loads(line), log)


def versions(items: Mapping[str, Any]) -> list[int]:
    """List the numbers of the stored versions."""
    return [int(item["version"]) for key, item in items.items() if key.startswith("version#")]


def contato(identifier: str, **fields: object) -> dict[str, object]:
    """Make a synthetic contato."""
    return {"id": identifier, "codigo": f"COD{identifier}", "nome": "Ana Exemplo", "emails": None, **fields}
