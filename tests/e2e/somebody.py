"""Somebody who works on a stack with no more than a policy allows."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from tests.e2e.browsing import Visitor
from tests.e2e.enforcing import Need, enforcing
from tests.e2e.operating import rubeus, run_here
from tests.e2e.serving import Served

from rubeus.stack.environment import REGION
from rubeus.stack.stores import STACK

# They become the function, write bytes, or wait for a thread.
_OWN_PROCESS = {"replay", "dismiss", "rotate", "export", "--raw"}


@dataclass(frozen=True)
class Somebody:
    """Who works on the stack with one of the policies."""

    served: Served
    environment: Mapping[str, str]
    visitor: Visitor
    used: set[Need]

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of `rubeus` on the stack."""
        there = (*command, "--stack", STACK, "--region", REGION)
        if _OWN_PROCESS.isdisjoint(command):
            with pytest.MonkeyPatch.context() as patch:
                for name, value in self.environment.items():
                    patch.setenv(name, value)
                return run_here(there)
        return rubeus(*there, **self.environment)


@contextmanager
def somebody(stack: Served, policy: Sequence[Any]) -> Iterator[Somebody]:
    """Let somebody in with the statements of a policy."""
    used: set[Need] = set()
    with enforcing(stack.where["aws_endpoint"], policy, used) as endpoint:
        environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
        }
        command = ["inspect", "--stack", STACK, "--region", REGION, "--port", "0", "--json"]
        with subprocess.Popen(  # noqa: S603 (our own)
            [sys.executable, "-m", "rubeus", *command],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | environment,
        ) as process:
            assert process.stdout
            url = json.loads(process.stdout.readline())["inspector_url"]
            yield Somebody(stack, environment, Visitor(url), used)
            process.send_signal(signal.SIGINT)
