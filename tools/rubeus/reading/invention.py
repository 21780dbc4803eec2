"""Invented values of the same shape as true ones: the same value is the same invention everywhere."""

import random
import re
import string
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime
from operator import mul

# An address, a date, a time, a CPF, then what is left: digits, or letters of any alphabet (and symbols).
_TOKEN = re.compile(
    r"""(?P<email>[^\s;,|:<>"()\[\]/@]+@[^\s;,|:<>"()\[\]/@]+)
    |(?P<date>(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])|(?<![0-9])[0-9]{2}/[0-9]{2}/[0-9]{4}(?![0-9]))
    |(?P<time>(?<![0-9])[0-9]{2}:[0-9]{2}(?::[0-9]{2})?Z?(?![0-9]))
    |(?P<cpf>(?<![0-9])[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}-?[0-9]{2}(?![0-9]))
    |(?P<digits>[0-9]+)
    |(?P<letters>(?:[A-Za-z]|[^\x00-\x9f\s\ud800-\udfff])+)""",
    re.VERBOSE,
)
_NOT_DIGITS = re.compile(r"[^0-9]+")
_MIN_TELLING = 3
"""Characters: what is shorter occurs everywhere."""

# By the bytes that a character takes in UTF-8, since the length of an id in bytes counts.
_ALPHABETS = {
    2: "àáâãçéêíóôõúü",
    3: "".join(map(chr, range(0x4E00, 0x4F00))),
    4: "".join(map(chr, range(0x10330, 0x1034B))),
}
_TRIES = 200
_CPF_DIGITS = 11


class Invention:
    """Invents, by chance that a seed decides, so that two runs invent the same.

    Parameters
    ----------
    covered
        True values: none of at least three characters is in what is invented.
    """

    def __init__(self, covered: Collection[str], seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 (nothing is kept secret by it)
        self._telling = [each for each in covered if len(each) >= _MIN_TELLING]
        self._taken = {match[0] for each in covered for match in _TOKEN.finditer(each)}
        self._invented: dict[tuple[str, str], str] = {}
        self._used: set[str] = set()
        self._makers: dict[str, Callable[[str], str]] = {
            "date": self._date,
            "time": self._time,
            "digits": self._digits,
            "letters": self._letters,
        }

    def text(self, text: str) -> str:
        """Put an invention in the place of every part; white space and punctuation stay."""
        return _TOKEN.sub(self._replaced, text)

    def cpf(self, text: str) -> str:
        """Invent a CPF in the form in which one is written: right where that one is right."""
        digits = _NOT_DIGITS.sub("", text)
        if not 9 <= len(digits) <= _CPF_DIGITS or not digits.strip("0"):
            return self.text(text)
        places = iter(self._cpf(digits)[-len(digits) :])
        return re.sub("[0-9]", lambda _: next(places), text)

    def _replaced(self, match: re.Match[str]) -> str:
        what, token = str(match.lastgroup), match[0]
        if what == "cpf":
            return self.cpf(token)
        if what == "email":
            return self._once("email", token.lower(), lambda _: self._email())
        return self._once(what, token, self._makers[what])

    def _once(self, what: str, token: str, make: Callable[[str], str]) -> str:
        """Give the invention for a token; another one than for any other, so that ids stay apart."""
        known = self._invented.get((what, token))
        if known is not None:
            return known
        if not token.strip("0"):
            return token
        longer = token
        for number in range(1, 5 * _TRIES):
            found = make(longer)
            if found not in self._used and found not in self._taken and not self._tells(found):
                break
            if number % _TRIES == 0:  # there are but nine digits
                longer += token[-1]
        self._used.add(found)
        self._invented[what, token] = found
        return found

    def _tells(self, found: str) -> bool:
        return any(each in found for each in self._telling)

    def _email(self) -> str:
        return f"pessoa{len(self._used) + self._random.randrange(1, 1000)}@example.com"

    def _cpf(self, digits: str) -> str:
        """Give eleven digits for some, up to two zeros in front of which may have been lost."""
        whole = digits.zfill(_CPF_DIGITS)
        return self._once("cpf", whole, self._another_cpf)

    def _another_cpf(self, whole: str) -> str:
        whole = whole[:_CPF_DIGITS]
        if len(set(whole)) == 1:
            return self._random.choice("123456789") * _CPF_DIGITS
        zeros = min(len(whole) - len(whole.lstrip("0")), 8)
        first = zeros * "0" + self._run(9 - zeros)
        if is_cpf(whole):
            return first + check_digits(first)
        return next(each for each in self._others(first) if not is_cpf(each))

    def _others(self, first: str) -> Iterator[str]:
        while True:
            yield first + self._run(2)

    def _date(self, token: str) -> str:
        some = date(self._random.randrange(1960, 2009), 1, 1).replace(
            month=self._random.randrange(1, 13), day=self._random.randrange(1, 29)
        )
        if "/" in token:
            return f"{some:%d/%m/%Y}" if _is_date(token) else self._shuffled(token)
        return f"{some:%Y-%m-%d}" if _is_date(token) else self._shuffled(token)

    def _time(self, token: str) -> str:
        hour, minute, second = (self._random.randrange(each) for each in (24, 60, 60))
        said = f"{hour:02}:{minute:02}" + (f":{second:02}" if token.count(":") > 1 else "")
        return said + ("Z" if token.endswith("Z") else "")

    def _digits(self, token: str) -> str:
        """Give as many digits, with as many zeros in front; a day written as 20190206 stays one."""
        if len(token) == 8 and _is_date(token):
            return self._date("2000-01-01").replace("-", "")
        zeros = len(token) - len(token.lstrip("0"))
        found = zeros * "0" + self._run(len(token) - zeros)
        return found if len(found) != 8 or not _is_date(found) else self._digits(token)

    def _shuffled(self, token: str) -> str:
        """Give another text that is no date, as this one is none."""
        while True:
            found = re.sub("[0-9]", lambda _: self._random.choice(string.digits), token)
            if not _is_date(found):
                return found

    def _run(self, length: int) -> str:
        """Give digits, of which the first is none that says yes or no."""
        rest = self._random.choices(string.digits, k=length - 1) if length else []
        return "".join([self._random.choice("23456789"), *rest]) if length else ""

    def _letters(self, token: str) -> str:
        return "".join(map(self._letter, token))

    def _letter(self, letter: str) -> str:
        if letter.isascii():
            return self._random.choice(string.ascii_uppercase if letter.isupper() else string.ascii_lowercase)
        return self._random.choice(_ALPHABETS[len(letter.encode())])


def is_cpf(digits: str) -> bool:
    """Say whether the last two of eleven digits are right."""
    return digits[9:] == check_digits(digits[:9])


def check_digits(first: str) -> str:
    """Give the two digits that follow nine."""
    for _ in range(2):
        weighted = sum(map(mul, map(int, first), range(len(first) + 1, 1, -1)))
        first += str(weighted * 10 % 11 % 10)
    return first[-2:]


def _is_date(text: str) -> bool:
    if "/" in text:
        text = "-".join(reversed(text.split("/")))
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
