"""HTML of Rubeus as text."""

import re

from markdownify import markdownify

_TAG = re.compile(r"</?[A-Za-z][^>]*>")

# Their Markdown would say nothing to a reader; what is in them stays.
_WITHOUT_MARKS = ["a", "b", "em", "i", "img", "span", "strong", "u"]


def as_text(value: str) -> str:
    """Give a text's HTML as a person reads it, a line for each block; a text without tags as it is."""
    if not _TAG.search(value):
        return value
    text = markdownify(value, strip=_WITHOUT_MARKS, escape_asterisks=False, escape_underscores=False)
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())
