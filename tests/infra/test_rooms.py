import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = {
    "models": {"models"},
    "settings.py": set(),
    "ingest": {"ingest", "models"},
    "aws": {"aws", "models"},
    "handlers": {"handlers", "ingest", "aws", "models", "settings"},
}
TOOLS = {
    "reading": {"reading", "errors"},
    "operating": {"operating", "reading", "errors"},
    "calling": {"calling", "errors", "samples", "exact"},
    "stack": {"stack", "calling", "errors", "samples"},
    "export": {"export", "reading", "errors", "exact"},
    "inspector": {"inspector", "export", "operating", "reading", "errors", "samples"},
    "cli": {"cli", "calling", "export", "inspector", "operating", "reading", "stack", "errors"},
}
OURS = {"models", "settings", "ingest", "aws", "handlers", "rubeus"}
PURE = {"boto3", "botocore", "os", "time", "random", "logging", "aws_lambda_powertools"}


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def _files(room: str) -> list[Path]:
    place = ROOT / "src" / room
    return [place] if place.is_file() else sorted(place.rglob("*.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_imports_run_one_way(room: str) -> None:
    """Handlers know ingest and aws, those know models, and nothing knows what stands above it."""
    wrong = {
        f"{path.name} imports {name}"
        for path in _files(room)
        for name in _imports(path)
        if name in OURS and name not in ROOMS[room]
    }

    assert not wrong


@pytest.mark.parametrize("room", ["models", "ingest"])
def test_the_work_itself_knows_no_machine(room: str) -> None:
    """Models and ingest use no AWS, no environment, no clock, no chance and no log."""
    used = {name for path in _files(room) for name in _imports(path)}

    assert not used & PURE


def test_only_one_room_knows_boto3() -> None:
    """Outside of aws/ nothing that ships imports boto3 or botocore."""
    others = [path for room in ROOMS if room != "aws" for path in _files(room)]

    assert not {path.name for path in others if {"boto3", "botocore"} & set(_imports(path))}


def test_every_room_is_known_here() -> None:
    """A new room gets its rule: all that ships is checked."""
    places = {path.name for path in (ROOT / "src").iterdir() if path.name != "__pycache__"}

    assert places == set(ROOMS)


def _tools(path: Path) -> Iterator[str]:
    """Give the rooms of tools/rubeus that a file imports from."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("rubeus"):
            _, *names = node.module.split(".")
            yield from names[:1] or (alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name.split(".")[1] for name in node.names if name.name.startswith("rubeus."))


@pytest.mark.parametrize("room", TOOLS)
def test_the_rooms_of_the_tools_know_each_other_one_way(room: str) -> None:
    """A command calls what operates, reads or runs; what operates reads; what reads knows none of them."""
    files = sorted((ROOT / "tools" / "rubeus" / room).rglob("*.py"))
    wrong = {
        f"{path.name} imports {name}" for path in files for name in _tools(path) if name not in TOOLS[room]
    }

    assert files
    assert not wrong


def test_every_room_of_the_tools_is_known_here() -> None:
    """A new room gets its rule; outside of the rooms stands only what all of them may use."""
    places = {path.name for path in (ROOT / "tools" / "rubeus").iterdir() if path.name != "__pycache__"}

    assert places == {*TOOLS, "__init__.py", "__main__.py", "errors.py", "exact.py", "samples.py"}
