"""What people are found and reached by: CPF, phone, e-mail.

Several in one text are never run together, and a placeholder finds nobody: strangers share it.
"""

import re
from decimal import Decimal
from operator import mul
from typing import Annotated, TypeAlias

from pydantic import PlainValidator, ValidationInfo

from models.identity import whole
from models.values import ListOf, element, text, warn

_NOT_DIGITS = re.compile(r"[^0-9]+")
_PHONE = re.compile(r"[0-9\s()+./-]*")
_BETWEEN_PHONES = re.compile(r"[^0-9\s()+.-]+|\s+(?=[0-9]{10})|\s*(?=[(+])")
_LOCAL_DIGITS = 8  # of a number without its area code, at least
_MAX_DIGITS = 15  # of a number with its country code (ITU-T E.164)
_MAX_PHONE_TEXT = 200  # white space without end would keep the search for pieces busy
_AROUND_ADDRESSES = re.compile(r'[\s;,|:<>"()\[\]]+')
_ADDRESS = re.compile(r"[^@]+@[^@]+")


def _digits(value: object, info: ValidationInfo) -> str | None:
    """Read text; a number that went through a floating-point one as its integer's digits."""
    return text(whole(value) if isinstance(value, Decimal) else value, info)


def _check_digit(digits: str) -> str:
    weighted = sum(map(mul, map(int, digits), range(len(digits) + 1, 1, -1)))
    return str(weighted * 10 % 11 % 10)


def _cpf(value: object, info: ValidationInfo) -> str | None:
    if (written := _digits(value, info)) is None:
        return None
    digits = _NOT_DIGITS.sub("", written)
    if len(set(digits)) == 1:
        return warn(info, "CPF de preenchimento", None)
    cpf = digits.zfill(11) if len(digits) in (9, 10) else digits  # numbers lose leading zeros
    first = _check_digit(cpf[:9])
    agrees = cpf[9:] == first + _check_digit(cpf[:9] + first)
    if len(digits) == 11:
        return digits if agrees else warn(info, "dígito verificador do CPF não confere", digits)
    if len(cpf) == 11 and agrees:
        return warn(info, "CPF sem os zeros à esquerda", cpf)
    return warn(info, "não tem os 11 dígitos de um CPF", None)


def _phone(value: object, info: ValidationInfo) -> str | None:
    if (written := _digits(value, info)) is None:
        return None
    if written.isascii() and written.isdigit() and len(written) <= _MAX_DIGITS:
        return written
    if len(written) > _MAX_PHONE_TEXT:
        return warn(info, "não parece um telefone", None)
    pieces = [digits for each in _BETWEEN_PHONES.split(written) if (digits := _NOT_DIGITS.sub("", each))]
    # A country or area code may stand before the first piece that is long enough for a number.
    end = next((end for end, digits in enumerate(pieces, 1) if len(digits) >= _LOCAL_DIGITS), len(pieces))
    number = "".join(pieces[:end])
    if len(number) > _MAX_DIGITS:
        return warn(info, "tem dígitos demais para um telefone", None)
    if end < len(pieces):
        return warn(info, "mais de um número no mesmo campo", number)
    return (
        number
        if number and _PHONE.fullmatch(written)
        else warn(info, "não parece um telefone", number or None)
    )


def _email(value: object, info: ValidationInfo) -> str | None:
    if (written := text(value, info)) is None or not written.strip():
        return None
    pieces = _AROUND_ADDRESSES.split(written)
    addresses = [
        each
        for piece in pieces
        for each in (piece.split("/") if piece.count("@") > 1 else (piece,))
        if _ADDRESS.fullmatch(each)
    ]
    if not addresses:
        return warn(info, "não parece um e-mail", None)
    if len(addresses) > 1:
        return warn(info, "mais de um e-mail no mesmo campo", addresses[0])
    return (
        addresses[0]
        if addresses[0] == written.strip()
        else warn(info, "texto em volta do e-mail", addresses[0])
    )


Cpf: TypeAlias = Annotated[str | None, PlainValidator(_cpf)]
"""Eleven digits, kept also where the check digits are wrong."""
Phone: TypeAlias = Annotated[str | None, PlainValidator(_phone)]
"""The digits, of the first number where there are several."""
Phones: TypeAlias = ListOf[Annotated[str, PlainValidator(element(_phone))]]
Email: TypeAlias = Annotated[str | None, PlainValidator(_email)]
"""An address, the first where there are several."""
Emails: TypeAlias = ListOf[Annotated[str, PlainValidator(element(_email))]]
