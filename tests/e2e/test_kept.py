import os
import resource
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from tests.e2e.serving import Served, contato, python, rubeus, serving, versions

PEOPLE = ("1", "2", "3", "4", "5")
SERVICES = ("cloudformation", "dynamodb", "secretsmanager", "sqs")
INSIDE = f"""
import sys
from importlib import import_module
from ministack.core import persistence
assert (persistence.PERSIST_STATE, type(persistence.STATE_DIR)) == (False, str)
persistence.PERSIST_STATE, persistence.STATE_DIR = True, sys.argv[1]
persistence.save_all({{name: import_module(f"ministack.services.{{name}}").get_state for name in {SERVICES}}})
"""


def happens(what: Callable[[], bool], seconds: float) -> bool:
    """Say whether something comes true in time."""
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            return False
    return True


def post_all(served: Served, data: Path, people: Iterable[str] = PEOPLE) -> None:
    """Post contatos, and wait until the folder has them: two seconds, where the machine is not busy."""
    for person in people:
        assert served.post([contato(person)])[0] == 200
    assert happens(lambda: _is_kept(data / "current", people), 20)


def _is_kept(snapshot: Path, people: Iterable[str]) -> bool:
    """Say whether a snapshot has each as a record and as a message, and no delivery that is still open."""
    with suppress(FileNotFoundError):  # the next snapshot has taken its place meanwhile
        tables, queues = ((snapshot / f"{name}.json").read_text() for name in ("dynamodb", "sqs"))
        found = all(f"contato#{each}" in tables and f"contato/{each}/1" in queues for each in people)
        return found and '"state": {"S": "open"}' not in tables
    return False


def has_all(served: Served) -> bool:
    """Say whether each of them is stored once, and published."""
    stored = [versions(served.items(f"contato#{person}")) for person in PEOPLE]
    published = [len(served.messages(f"contato/{person}")) for person in PEOPLE]
    return stored == [[1]] * 5 and published == [1] * 5


def test_what_is_two_seconds_old_outlives_a_sigkill_of_all_processes(tmp_path: Path) -> None:
    """No process gets to do anything; the next run has all records and messages, once."""
    data = tmp_path / "data"
    with serving(tmp_path / "log", f"--data={data}") as first:
        post_all(first, data)
        for process in (first.process.pid, first.child("emulating"), first.child("worker")):
            os.kill(process, signal.SIGKILL)
    with serving(tmp_path / "log", f"--data={data}") as second:
        assert has_all(second)


def test_a_killed_emulator_comes_back_with_its_data(tmp_path: Path) -> None:
    """At the same endpoint, said on standard error; what is posted then is taken, and kept too."""
    data = tmp_path / "data"
    with serving(tmp_path / "log", f"--data={data}") as served:
        post_all(served, data, PEOPLE[:4])
        os.kill(served.child("emulating"), signal.SIGKILL)
        statuses = (served.post([contato(PEOPLE[4])])[0] for _ in range(5))
        assert 200 in statuses
        assert has_all(served)
        assert "the emulated AWS was killed (SIGKILL); it comes back" in served.log.read_text()
        assert served.stop(signal.SIGTERM)[0] == 0
    with serving(tmp_path / "log", f"--data={data}") as second:
        assert versions(second.items(f"contato#{PEOPLE[4]}")) == [1]


def test_without_a_folder_a_killed_emulator_ends_the_command(tmp_path: Path) -> None:
    """What it held is gone: to go on as if nothing had been would be a lie."""
    with serving(tmp_path / "log") as served:
        os.kill(served.child("emulating"), signal.SIGKILL)
        assert served.process.wait(40) == 1
        error = served.log.read_text().splitlines()[-1]
    assert error == (
        "rubeus serve: the emulated AWS was killed (SIGKILL), and its data is lost; --data DIR would keep it"
    )


def test_a_folder_has_one_process_at_a_time(tmp_path: Path) -> None:
    """A second one is refused and names the first; that one loses nothing."""
    data = tmp_path / "data"
    with serving(tmp_path / "log", f"--data={data}") as first:
        done = rubeus("serve", "--port=0", "--aws-port=0", f"--data={data}")
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert f"the process {first.process.pid} uses {data}" in done.stderr
        post_all(first, data)


def test_what_cannot_be_saved_ends_the_command_with_an_error(tmp_path: Path) -> None:
    """As on a full disk; what was saved before is still there."""
    data = tmp_path / "data"
    with serving(tmp_path / "log", f"--data={data}") as served:
        post_all(served, data)
        # A file may grow no more, as if the disk were full; the emulator's own is all that this bounds.
        limit = (60_000, 60_000)
        resource.prlimit(served.child("emulating"), resource.RLIMIT_FSIZE, limit)
        served.post([contato(str(number)) for number in range(1000, 1200)])
        assert served.process.wait(40) == 1
        error = served.log.read_text().splitlines()[-1]
    assert error.startswith(f"rubeus serve: what is stored cannot be saved in {data}: ")
    assert "File too large" in error
    with serving(tmp_path / "log", f"--data={data}") as second:
        assert has_all(second)


def test_a_snapshot_that_cannot_be_read_is_not_overwritten(tmp_path: Path) -> None:
    """To start empty, and save that, would lose everything."""
    data = tmp_path / "data"
    with serving(tmp_path / "log", f"--data={data}") as served:
        post_all(served, data)
        served.stop(signal.SIGTERM)
    file = data / "current" / "dynamodb.json"
    half = file.read_text()[:1000]
    file.write_text(half)
    done = rubeus("serve", "--port=0", "--aws-port=0", f"--data={data}")
    assert done.returncode == 1
    assert "failed to load dynamodb" in done.stderr
    assert file.read_text() == half


def test_ministack_has_the_inside_that_is_used(tmp_path: Path) -> None:
    """`rubeus.stack.emulating` names it: a release that renames it cannot be taken before that is changed."""
    done = python("-c", INSIDE, str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert {file.name for file in tmp_path.iterdir()} == {f"{name}.json" for name in SERVICES}
