import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAPER = " ".join((ROOT / "docs" / "answers.md").read_text(encoding="utf-8").split())
SAYING = ("responses", "listing")

# The names and values that AWS's payload format has, and no answer shows.
ENVELOPE = {"statusCode", "isBase64Encoded", "headers", "body"}


def said(module: str) -> Iterator[str]:
    """Give each text that a module can put into an answer; of a text with blanks, what stands around them."""
    tree = ast.parse((ROOT / "src" / "handlers" / f"{module}.py").read_text(encoding="utf-8"))
    comments = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in comments:
            text = " ".join(node.value.split())
            if re.search("[A-Za-z]{2}", text) and text not in ENVELOPE:
                yield text


@pytest.mark.parametrize("text", sorted({text for module in SAYING for text in said(module)}))
def test_what_an_answer_says_is_documented(text: str) -> None:
    """docs/answers.md has every title, sentence, advice, verdict and member."""
    assert text in PAPER


@pytest.mark.parametrize("module", SAYING)
def test_the_words_are_looked_for_where_they_are(module: str) -> None:
    """The modules that word the answers hold many texts, so the test above looks at them."""
    assert len(set(said(module))) > 10
