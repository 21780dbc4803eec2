"""A record's JSON as a tree to fold, with marks at the names that there is a remark about."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal

from markupsafe import Markup, escape

from rubeus.reading.masking import MASK

_MASKED = Markup('<span class="mask">{}<span class="vh">coberto</span></span>').format(MASK)
_FOLDED = Markup('<details{}><summary data-end="{}">{}{}</summary>{}<i>{}{}</i></details>')
_COMMA = Markup("<i>,</i>")


def tree(value: object, marked: Mapping[str, str]) -> Markup:
    """Draw a value; what holds no mark is folded, but for the outermost.

    Parameters
    ----------
    marked
        By dotted path, list positions left out or given, the class of the mark at its name: `warn` or
        `unknown`.
    """
    return _draw(value, Markup(), Markup(), "", marked, is_open=True)


def _draw(  # noqa: PLR0913 (what stands before and after it)
    value: object, before: Markup, after: Markup, path: str, marked: Mapping[str, str], *, is_open: bool
) -> Markup:
    if not isinstance(value, dict | list) or not value:
        return Markup("<div>{}{}{}</div>").format(before, _scalar(value), after)
    start, end = "{}" if isinstance(value, dict) else "[]"
    members = [
        _draw(
            each,
            _name(name, inner, marked),
            _COMMA if at < len(value) else Markup(),
            inner,
            marked,
            is_open=any(each == inner or each.startswith(f"{inner}.") for each in marked),
        )
        for at, (name, inner, each) in enumerate(_members(value, path), 1)
    ]
    return _FOLDED.format(
        Markup(" open") if is_open else "", end, before, start, Markup().join(members), end, after
    )


def _members(value: object, path: str) -> Iterator[tuple[str | None, str, object]]:
    """Give name, path and value of what an object or a list holds; a list's elements have no name."""
    prefix = f"{path}." if path else ""
    if isinstance(value, dict):
        yield from ((str(name), f"{prefix}{name}", each) for name, each in value.items())
    elif isinstance(value, list):
        yield from ((None, f"{prefix}{at}", each) for at, each in enumerate(value))


def _name(name: str | None, path: str, marked: Mapping[str, str]) -> Markup:
    if name is None:
        return Markup()
    quoted = _quoted(name)
    bare = ".".join(each for each in path.split(".") if not each.isdigit())
    css = marked.get(path) or marked.get(bare)
    shown = Markup('<mark class="{}">{}</mark>').format(css, quoted) if css else quoted
    return Markup("{}<i>:</i> ").format(shown)


def _scalar(value: object) -> Markup:
    if value == MASK:
        return Markup('"{}"').format(_MASKED)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return escape(str(value))
    return Markup("<i>{}</i>").format(json.dumps(value))


def _quoted(text: str) -> Markup:
    """Write a text as JSON does, what is not printable escaped: marks of direction, lone surrogates."""
    shown = json.dumps(text, ensure_ascii=False)
    if not shown.isprintable():
        shown = "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in shown)
    return escape(shown)
