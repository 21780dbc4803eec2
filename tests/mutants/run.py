"""`make mutants`: plant faults in copies of the tree, one in each, and tell which the tests catch."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutants import in_aws, in_ingest
from tests.mutants.fault import Fault

ROOT = Path(__file__).parents[2]
JOBS = 2
LEAST_CAUGHT = 0.95
SECONDS = 900
PASSED, FAILED = 0, 1  # pytest's exit codes; others mean that no test could be run


def main() -> int:
    """Give 0 where enough faults are caught, else 1; words on the command line choose among the faults."""
    chosen = [
        each
        for each in (*in_ingest.FAULTS, *in_aws.FAULTS)
        if all(word in f"{each.file} {each.what}" for word in sys.argv[1:])
    ]
    files = _files()
    tests = sorted({each.tests for each in chosen})
    if _test(files, ["-n", str(JOBS), *tests], None) != PASSED:
        print(f"no fault is planted, and yet one of these does not pass: {', '.join(tests)}")
        return 1
    with ThreadPoolExecutor(JOBS) as pool:
        verdicts = list(pool.map(lambda each: _plant(files, each), chosen))
    caught = verdicts.count("caught")
    print(f"{caught} of {len(chosen)} planted faults caught")
    return 0 if caught >= LEAST_CAUGHT * len(chosen) and "error" not in verdicts else 1


def _files() -> list[Path]:
    """List what git knows, as it stands in the working tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - whichever git
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


def _plant(files: list[Path], fault: Fault) -> str:
    started = time.monotonic()
    verdict = _verdict(files, fault)
    print(f"{verdict:<9}{time.monotonic() - started:4.0f} s  {fault.file}: {fault.what}", flush=True)
    return verdict


def _verdict(files: list[Path], fault: Fault) -> str:
    if (ROOT / fault.file).read_text().count(fault.old) != 1:
        return "error"  # the code has moved on: plant it again where it is now
    return {FAILED: "caught", PASSED: "survived"}.get(_test(files, [fault.tests], fault), "error")


def _test(files: list[Path], arguments: list[str], fault: Fault | None) -> int:
    """Give pytest's exit code with these arguments, in a copy of the tree that has the fault."""
    with TemporaryDirectory() as folder:
        for name in files:
            copy = Path(folder) / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((ROOT / name).read_bytes())
        if fault:
            planted = Path(folder) / fault.file
            planted.write_text(planted.read_text().replace(fault.old, fault.new))
        try:
            return subprocess.run(  # noqa: S603 - arguments are our own
                [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *arguments],
                cwd=folder,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            return FAILED  # a fault that makes it run for ever is seen, too


if __name__ == "__main__":
    sys.exit(main())
