import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.e2e.serving import Served, contato, serving


@contextmanager
def watching(served: Served) -> Iterator["subprocess.Popen[str]"]:
    """Run `rubeus watch` into pipes until the context ends; it has looked once when this begins."""
    port = str(urlsplit(served.where["aws_endpoint"]).port)
    command = [sys.executable, "-m", "rubeus", "watch", "--local", "--aws-port", port]
    with subprocess.Popen(  # noqa: S603 (the tests' own words)
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr
            assert process.stderr.readline().endswith("  connected\n")
            yield process
        finally:
            process.kill()


def test_each_delivery_is_a_line_as_it_comes(served: Served) -> None:
    """What came before is not told, what comes is told once, in JSON, with what became of it."""
    served.post([contato("1")])
    with watching(served) as process:
        served.post([contato("2"), contato("3")])
        served.post([{"id": "4", "assunto": "x"}])
        assert process.stdout
        lines = [json.loads(process.stdout.readline()) for _ in range(2)]

    assert [(each["state"], each["counts"]) for each in lines] == [
        ("done", {"new": 2}),
        ("quarantined", {"rejected": 1}),
    ]


def test_that_nobody_answers_is_told(tmp_path: Path) -> None:
    """When the stack is gone, once."""
    with serving(tmp_path / "log") as served, watching(served) as process:
        served.process.terminate()
        assert process.stderr
        assert "  not connected: " in process.stderr.readline()
