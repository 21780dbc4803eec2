import re
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("form", "limits"), [("xlsx", ["20 s", "400 MB"]), ("csv", ["3 s", "400 MB"]), ("jsonl", ["400 MB"])]
)
def test_a_benchmark_says_what_an_export_takes_and_whether_the_limits_hold(
    form: str, limits: list[str]
) -> None:
    """Time on the clock and of the processor, memory, and each limit with a verdict."""
    done = subprocess.run(  # noqa: S603 (the test's own words)
        [sys.executable, "-m", "benchmarks.exporting", form, "--records", "50", "--masked"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    first, *verdicts = done.stdout.splitlines()

    assert re.match(rf"50 {form}, masked: [\d.]+ s \([\d.]+ s of processor.*memory \d+ MB", first)
    assert [line.split(": under ")[1] for line in verdicts] == limits
    assert done.returncode == any(line.split(":")[0].strip() != "holds" for line in verdicts)
