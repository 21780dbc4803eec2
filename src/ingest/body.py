"""From the bytes of a body to its elements, each with its own text."""

import json
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from urllib.parse import parse_qsl

from models.exact_json import integer
from models.outcome import BodyProblem, Fault

MAX_BODY_BYTES = 6_000_000
"""Lambda takes events up to 6 MiB, in which every quote of a JSON body is escaped."""

MAX_ELEMENTS = 10_000
"""Enough for any body of real records; an array of six million digits must not fill the memory."""

MAX_DEPTH = 100
"""Levels of nesting within one element; documented records have five."""

_SPACE = re.compile(r"[ \t\n\r]*")
_BRACKET_OR_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
_CONSTANT_OR_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?|-?(?:NaN|Infinity)', re.DOTALL)
_POSITIONS = re.compile(r"[0-9]{1,6}")
_FORM = re.compile(r"[A-Za-z0-9%+._*~!'()@:;,/?$\[\]-]+=[A-Za-z0-9%+._*~!'()@:;,/?$\[\]&=-]*")
_JSON_ERRORS = {
    "Expecting value": "esperava um valor",
    "Expecting property name enclosed in double quotes": "esperava um nome entre aspas duplas",
    "Expecting ':' delimiter": "esperava dois-pontos",
    "Expecting ',' delimiter": "esperava vírgula ou o fim da lista ou do objeto",
    "Unterminated string starting at": "texto sem aspas no fim",
    "Invalid control character at": "caractere de controle dentro de um texto",
    "Extra data": "sobra texto depois do fim",
    "Illegal trailing comma before end of object": "vírgula antes do fim do objeto",
    "Illegal trailing comma before end of array": "vírgula antes do fim da lista",
}


class UnreadableError(Exception):
    """The body as a whole can't be taken; `problem` says why."""

    def __init__(self, fault: Fault, reason: str, line: int = 0, column: int = 0) -> None:
        super().__init__(fault)
        self.problem = BodyProblem(fault, reason, line, column)


@dataclass(slots=True)
class Element:
    """One element of the body's array.

    Attributes
    ----------
    position
        In the body, from 0.
    text
        As it stands in the body.
    value
        The same, parsed: numbers are int or Decimal.
    repeats_a_name
        An object in it has the same name twice (`value` holds the last).
    repeats_its_id
        The element itself has "id" twice.
    has_unusable_number
        A number's exponent is beyond what decimal arithmetic knows (10^18).
    """

    position: int = 0
    text: str = ""
    value: object = None
    repeats_a_name: bool = False
    repeats_its_id: bool = False
    has_unusable_number: bool = False


def split(body: bytes, content_type: str = "", *, free_keys: bool = False) -> list[Element]:
    """Split a body into its elements, in order; none for what a connection test may send.

    It is JSON whatever the content type says: an array, a bare object (one element), or an object whose keys
    are positions, as PHP writes a list with holes. Only what is no JSON may be a urlencoded form.

    Parameters
    ----------
    body
        As sent; a byte-order mark and white space around it don't count.
    content_type
        Only helps to know a form.
    free_keys
        The keys are the sender's own, so an object with positions as keys is one element.

    Raises
    ------
    UnreadableError
        If it is not UTF-8, no JSON, nested too deep, a scalar, or too large.
    """
    if len(body) > MAX_BODY_BYTES:
        raise UnreadableError(Fault.TOO_LARGE, "O corpo passa de 6 MB.")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = f"O byte {error.start + 1} não é UTF-8."
        raise UnreadableError(Fault.NOT_UTF8, reason, 1, error.start + 1) from None
    start = _skip(text, 0)
    if start == len(text):
        return []
    if _is_form(text, start, content_type):
        return [_form(text)]
    try:
        return _Reader(text, free_keys=free_keys).elements(start)
    except json.JSONDecodeError as error:
        reason = _JSON_ERRORS.get(error.msg, "sequência inválida")
        raise UnreadableError(
            Fault.NOT_JSON, f"JSON inválido: {reason}.", error.lineno, error.colno
        ) from None
    except RecursionError:
        raise _too_deep(text, _depth_exceeded_at(text, MAX_DEPTH) or 0) from None


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

    def elements(self, start: int) -> list[Element]:
        if self.text[start] == "[":
            return self._members(start, "]")
        element, end = self._element(start)
        self._end(end)
        if element.value is None or element.value == {}:
            return []
        if not isinstance(element.value, dict):
            line, column = _position(self.text, start)
            reason = "O corpo precisa ser uma lista ou um objeto."
            raise UnreadableError(Fault.SCALAR, reason, line, column)
        if not self.free_keys and _is_list_with_holes(element.value):
            return self._members(start, "}")
        return [element]

    def _members(self, start: int, closing: str) -> list[Element]:
        """Read the array, or the object with positions for keys, that starts at `start`."""
        elements: list[Element] = []
        position = _skip(self.text, start + 1)
        if self._at(position) == closing:
            self._end(position + 1)
            return elements
        while True:
            if closing == "}":
                _, position = self.decoder.raw_decode(self.text, position)
                position = _skip(self.text, _skip(self.text, position) + 1)
            element, position = self._element(position)
            element.position = len(elements)
            elements.append(element)
            if len(elements) > MAX_ELEMENTS:
                raise UnreadableError(Fault.TOO_LARGE, "A lista passa de 10.000 registros.")
            position = _skip(self.text, position)
            if self._at(position) == closing:
                self._end(position + 1)
                return elements
            if self._at(position) != ",":
                raise json.JSONDecodeError("Expecting ',' delimiter", self.text, position)
            position = _skip(self.text, position + 1)

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
        position = _skip(self.text, position)
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


def _is_list_with_holes(value: dict[str, object]) -> bool:
    return all(_POSITIONS.fullmatch(key) for key in value) and all(
        isinstance(member, dict) for member in value.values()
    )


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _is_form(text: str, start: int, content_type: str) -> bool:
    if text[start] in '[{"' or "=" not in text:
        return False
    said = content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"
    return said or _FORM.fullmatch(text.strip()) is not None


def _form(text: str) -> Element:
    """Read a urlencoded form as one object of texts; a name sent several times becomes a list."""
    fields: dict[str, str | list[str]] = {}
    try:
        pairs = parse_qsl(text.strip(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        reason = "O formulário tem uma sequência %XX que não é UTF-8."
        raise UnreadableError(Fault.NOT_UTF8, reason) from None
    for name, value in pairs:
        before = fields.get(name)
        if before is None:
            fields[name] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            fields[name] = [before, value]
    return Element(text=json.dumps(fields, ensure_ascii=False), value=fields)


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
    line, column = _position(text, offset)
    return UnreadableError(Fault.TOO_DEEP, "O JSON tem mais de 100 níveis.", line, column)
