"""JSON text, cut into elements as they stand in it."""

import json
import re
from decimal import Decimal, InvalidOperation

from ingest.element import (
    MAX_DEPTH,
    Element,
    UnreadableError,
    in_portuguese,
    is_list_with_holes,
    too_deep,
)
from models.exact_json import integer
from models.limits import MAX_ELEMENTS
from models.outcome import Fault

_SPACE = re.compile(r"[ \t\n\r]*")
_BRACKET_OR_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
_CONSTANT_OR_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?|-?(?:NaN|Infinity)', re.DOTALL)
_ERRORS = {
    "Expecting value": "esperava um valor",
    "Expecting property name enclosed in double quotes": "esperava um nome entre aspas duplas",
    "Expecting ':' delimiter": "esperava dois-pontos",
    "Expecting ',' delimiter": "esperava vírgula ou o fim da lista ou do objeto",
    "Unterminated string starting at": "texto sem aspas no fim",
    "Invalid control character at": "caractere de controle dentro de um texto",
    "Extra data": "sobra texto depois do fim",
}


def skip_space(text: str, position: int) -> int:
    """Give the position of what follows JSON's white space."""
    match = _SPACE.match(text, position)
    return match.end() if match else position


def read(text: str, *, free_keys: bool) -> list[Element] | str:
    """Cut the elements out of JSON text: of an array, a bare object, or an object whose keys are positions.

    Parameters
    ----------
    text
        Not empty.
    free_keys
        The keys are the sender's own, so an object with positions as keys is one element.

    Returns
    -------
    list or str
        None for null and an empty object; where the whole is a JSON text, what it says.

    Raises
    ------
    UnreadableError
        If it is no JSON, nested too deep, another scalar, or too long; with the position.
    """
    try:
        return _Reader(text, free_keys=free_keys).root()
    except json.JSONDecodeError as error:
        raise _invalid(error) from None
    except RecursionError:
        raise _too_deep(text, _depth_exceeded_at(text, MAX_DEPTH) or 0) from None


def _invalid(error: json.JSONDecodeError) -> UnreadableError:
    reason = _ERRORS.get(error.msg, "sequência inválida")
    advice: tuple[str, ...] = ()
    # Before Python 3.13, `json` does not tell this one from others.
    before, at = error.doc[: error.pos].rstrip(), error.doc[error.pos : error.pos + 1]
    if "trailing comma" in error.msg or (at in ("]", "}") and before.endswith(",")):
        reason = "vírgula antes do fim da lista ou do objeto"
        advice = ("Tire a vírgula que vem antes de ] ou } na posição indicada.",)
    return UnreadableError(Fault.NOT_JSON, f"JSON inválido: {reason}.", error.lineno, error.colno, advice)


class _Reader:
    """Walks the root and lets the C scanner of `json` parse each element."""

    def __init__(self, text: str, *, free_keys: bool) -> None:
        self.text = text
        self.free_keys = free_keys
        self.element = Element()
        self.element_start = 0
        self.decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_int=integer,
            parse_float=self._fraction,
            parse_constant=self._constant,
        )

    def root(self) -> list[Element] | str:
        start = skip_space(self.text, 0)
        if self._at(start) == "[":
            return self._members(start, "]")
        element, end = self._element(start)
        self._end(end)
        if element.value is None or element.value == {}:
            return []
        if isinstance(element.value, str):
            return element.value
        if not isinstance(element.value, dict):
            raise not_records(self.text, start)
        if not self.free_keys and is_list_with_holes(element.value):
            return self._members(start, "}")
        return [element]

    def _members(self, start: int, closing: str) -> list[Element]:
        """Read the array, or the object with positions for keys, that starts at `start`."""
        elements: list[Element] = []
        position = skip_space(self.text, start + 1)
        if self._at(position) == closing:
            self._end(position + 1)
            return elements
        while True:
            if closing == "}":
                _, position = self.decoder.raw_decode(self.text, position)
                position = skip_space(self.text, skip_space(self.text, position) + 1)
            element, position = self._element(position)
            element.position = len(elements)
            elements.append(element)
            if len(elements) > MAX_ELEMENTS:
                reason = f"A lista passa de {in_portuguese(MAX_ELEMENTS)} registros."
                raise UnreadableError(Fault.TOO_LARGE, reason)
            position = skip_space(self.text, position)
            if self._at(position) == closing:
                self._end(position + 1)
                return elements
            if self._at(position) != ",":
                raise json.JSONDecodeError("Expecting ',' delimiter", self.text, position)
            position = skip_space(self.text, position + 1)

    def _element(self, start: int) -> tuple[Element, int]:
        self.element = Element()
        self.element_start = start
        self.element.value, end = self.decoder.raw_decode(self.text, start)
        self.element.text = self.text[start:end]
        if self.element.text.count("[") + self.element.text.count("{") > MAX_DEPTH:
            exceeded_at = _depth_exceeded_at(self.element.text, MAX_DEPTH)
            if exceeded_at is not None:
                raise _too_deep(self.text, start + exceeded_at)
        return self.element, end

    def _at(self, position: int) -> str:
        return self.text[position : position + 1]

    def _end(self, position: int) -> None:
        position = skip_space(self.text, position)
        if position != len(self.text):
            raise json.JSONDecodeError("Extra data", self.text, position)

    def _object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        value = dict(pairs)
        repeats = len(value) != len(pairs)
        if repeats:
            self.element.repeats_a_name = True
        # The element's own object is the last one that is completed.
        self.element.repeats_its_id = repeats and sum(name == "id" for name, _ in pairs) > 1
        return value

    def _fraction(self, number: str) -> Decimal:
        try:
            return Decimal(number)
        except InvalidOperation:
            self.element.has_unusable_number = True
            return Decimal(0)

    def _constant(self, name: str) -> object:
        """Refuse NaN and Infinity: JSON has no such numbers, and no store could hold them."""
        found = (match for match in _CONSTANT_OR_STRING.finditer(self.text, self.element_start))
        at = next(match.start() for match in found if match.group() == name)
        raise json.JSONDecodeError("Expecting value", self.text, at)


def not_records(text: str, start: int) -> UnreadableError:
    """Refuse a body that is one scalar."""
    reason = "O corpo precisa ser uma lista ou um objeto."
    return UnreadableError(Fault.SCALAR, reason, *_position(text, start))


def _depth_exceeded_at(text: str, limit: int) -> int | None:
    """Find the bracket that opens a level beyond `limit`."""
    depth = 0
    for token in _BRACKET_OR_STRING.finditer(text):
        if token.group() in ("[", "{"):
            depth += 1
            if depth > limit:
                return token.start()
        elif token.group() in ("]", "}"):
            depth -= 1
    return None


def _position(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _too_deep(text: str, offset: int) -> UnreadableError:
    return too_deep("O JSON", *_position(text, offset))
