"""`make mutants`: plant faults in copies of the tree, one in each, and tell which the suites catch."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutants.planted import FAULTS, Planted

ROOT = Path(__file__).parents[2]
JOBS = 2
LEAST_CAUGHT = 0.95
SECONDS = 900
PASSED, FAILED = 0, 1  # pytest's exit codes; others mean that no test could be run


def main() -> int:
    """Give 0 where enough faults are caught, else 1; words on the command line choose among the faults."""
    chosen = [each for each in FAULTS if all(word in f"{each.file} {each.what}" for word in sys.argv[1:])]
    files = _files()
    with ThreadPoolExecutor(JOBS) as pool:
        suites = sorted({suite for each in chosen for suite in each.suites})
        sound = list(pool.map(lambda suite: _test(files, (suite,), None), suites))
        if broken := [suite for suite, code in zip(suites, sound, strict=True) if code != PASSED]:
            print(f"no fault is planted, and yet it does not pass: {', '.join(broken)}")
            return 1
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


def _plant(files: list[Path], fault: Planted) -> str:
    started = time.monotonic()
    verdict = _verdict(files, fault)
    print(f"{verdict:<9}{time.monotonic() - started:4.0f} s  {fault.file}: {fault.what}", flush=True)
    return verdict


def _verdict(files: list[Path], fault: Planted) -> str:
    if (ROOT / fault.file).read_text().count(fault.old) != 1:
        return "error"  # the code has moved on: plant it again where it is now
    return {FAILED: "caught", PASSED: "survived"}.get(_test(files, fault.suites, fault), "error")


def _test(files: list[Path], suites: tuple[str, ...], fault: Planted | None) -> int:
    """Give pytest's exit code for these suites, in a copy of the tree that has the fault."""
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
                [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *suites],
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
