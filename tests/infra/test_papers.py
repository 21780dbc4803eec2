import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAPERS = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md"))]

# Where a path may begin, as in `aws/client.py`; one with a placeholder is none.
_ROOTS = (ROOT, ROOT / "src", ROOT / "tools" / "rubeus")
_FILE = re.compile(r"(?<![\w/.{}<>-])(?:[\w.-]+/)+[\w.-]+\.(?:py|md|json|yml|yaml|svg)(?![\w/])")
_TEST = re.compile(r"`(test_\w+)`")


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_file_that_is_named_is_there(paper: Path) -> None:
    """Documents send nobody to a file that was moved, or never was in the repository."""
    named = _FILE.findall(paper.read_text(encoding="utf-8"))

    assert [name for name in named if not any((root / name).exists() for root in _ROOTS)] == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_test_that_is_named_is_there(paper: Path) -> None:
    """What a document says that a test holds, a test of that name holds."""
    known = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert [name for name in _TEST.findall(paper.read_text(encoding="utf-8")) if name not in known] == []


def test_files_and_tests_are_found_in_the_papers() -> None:
    """The two tests above look at something."""
    text = "".join(paper.read_text(encoding="utf-8") for paper in PAPERS)

    assert "aws/token.py" in _FILE.findall(text)
    assert len(_TEST.findall(text)) > 3
