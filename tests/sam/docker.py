import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import NoReturn

import pytest

START_SECONDS = 60
# Leaves the machine's firewall alone: the containers need this machine only, and get to it without.
DAEMON = ("dockerd", "--iptables=false", "--ip6tables=false")


def free_port() -> int:
    """Find a port of the loopback interface that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def cannot_test(reason: str) -> NoReturn:
    """Skip, saying why; under CI fail, since what is skipped there is seen by nobody."""
    if os.environ.get("CI"):
        pytest.fail(f"CI must run this: {reason}", pytrace=False)
    pytest.skip(reason)


def docker(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the client to its end, whatever comes of it."""
    return subprocess.run(  # noqa: S603 (arguments are the tests' own)
        ["docker", *arguments],  # noqa: S607 (wherever it is)
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def docker_running(log: Path) -> Iterator[None]:
    """Use the daemon that runs, else run one for as long as the context lasts."""
    if not shutil.which("docker"):
        cannot_test("no Docker: install Debian's docker.io, or Docker Desktop")
    if _answers():
        yield
        return
    if os.geteuid() or not shutil.which(DAEMON[0]):
        cannot_test("no Docker daemon answers; to start one, the tests need root and Debian's docker.io")
    with log.open("w") as output, subprocess.Popen(DAEMON, stdout=output, stderr=output) as daemon:  # noqa: S603 (the above)
        try:
            deadline = time.monotonic() + START_SECONDS
            while not _answers():
                if has_ended(daemon, within=0.2) or time.monotonic() > deadline:
                    cannot_test(f"dockerd does not come up: {log.read_text()[-500:]}")
            yield
        finally:
            daemon.terminate()


def bridge_address() -> str:
    """Give this machine's address on Docker's bridge.

    The daemon's first run, which makes the bridge, names no gateway: it is the subnet's first address.
    """
    template = "{{ with index .IPAM.Config 0 }}{{ .Subnet }} {{ .Gateway }}{{ end }}"
    found = docker("network", "inspect", "bridge", "--format", template)
    assert found.returncode == 0, found.stderr
    subnet, *gateway = found.stdout.split()
    return gateway[0] if gateway else str(next(ip_network(subnet).hosts()))


def has_ended(process: "subprocess.Popen[str] | subprocess.Popen[bytes]", within: float) -> bool:
    """Wait some seconds for a process that should go on; True where it doesn't."""
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        return False
    return True


def _answers() -> bool:
    return docker("version").returncode == 0
