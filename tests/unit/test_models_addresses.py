from decimal import Decimal

import pytest
from tests.validated import viewed

from models.contato import Contato

NOT_ELEVEN = "não tem os 11 dígitos de um CPF"
PLACEHOLDER = "CPF de preenchimento"
NO_ZEROS = "CPF sem os zeros à esquerda"


@pytest.mark.parametrize(
    ("value", "digits", "warning"),
    [
        ("52998224725", "52998224725", None),
        ("529.982.247-25", "52998224725", None),
        (52998224725, "52998224725", None),
        (Decimal("52998224725.0"), "52998224725", None),
        ("00000000191", "00000000191", None),
        ("123.456.789-09", "12345678909", None),
        ("529.982.247-26", "52998224726", "dígito verificador do CPF não confere"),
        ("52998224735", "52998224735", "dígito verificador do CPF não confere"),
    ],
)
def test_cpf_keeps_its_digits(value: object, digits: str, warning: str | None) -> None:
    """A CPF reads as its digits; wrong ones are kept, with a warning."""
    view, warnings = viewed(Contato, {"cpf": value})

    assert (view.cpf, warnings.get("cpf")) == (digits, warning)


@pytest.mark.parametrize(
    ("value", "cpf"),
    [
        (1234567890, "01234567890"),
        ("1234567890", "01234567890"),
        ("1.234.567-890", "01234567890"),
        (Decimal("1234567890.0"), "01234567890"),
        (Decimal("1.23456789e9"), "01234567890"),
        (123456797, "00123456797"),
    ],
)
def test_a_cpf_that_lost_its_zeros_is_that_cpf(value: object, cpf: str) -> None:
    """Nine or ten digits whose check digits agree once padded, with a warning."""
    view, warnings = viewed(Contato, {"cpf": value})

    assert (view.cpf, warnings) == (cpf, {"cpf": NO_ZEROS})


@pytest.mark.parametrize(
    ("value", "warning"),
    [
        ("000.000.000-00", PLACEHOLDER),
        ("11111111111", PLACEHOLDER),
        (99999999999, PLACEHOLDER),
        ("0", PLACEHOLDER),
        (0, PLACEHOLDER),
        ("000000000", PLACEHOLDER),
        ("1234", NOT_ELEVEN),
        ("1234567891", NOT_ELEVEN),
        (12345678, NOT_ELEVEN),
        ("52998224725 / 11144477735", NOT_ELEVEN),
        ("11.222.333/0001-81", NOT_ELEVEN),
        ("não informado", NOT_ELEVEN),
    ],
)
def test_what_is_no_cpf_finds_nobody(value: object, warning: str) -> None:
    """Strangers would share a placeholder: it reads as nothing, with a warning."""
    view, warnings = viewed(Contato, {"cpf": value})

    assert (view.cpf, warnings) == (None, {"cpf": warning})


@pytest.mark.parametrize(
    ("value", "digits"),
    [
        ("2323342342", "2323342342"),
        ("+55 (32) 3333-1111", "553233331111"),
        ("+55 32988880000", "5532988880000"),
        ("32 3333 1111", "3233331111"),
        ("31/3333-1111", "3133331111"),
        (32988880000, "32988880000"),
        (Decimal("32988880000.0"), "32988880000"),
        ("190", "190"),
    ],
)
def test_phones_read_as_digits(value: object, digits: str) -> None:
    """Punctuation falls away, on the principal phone and the others."""
    view, warnings = viewed(Contato, {"telefones": {"principal": value, "secundarios": [value]}})

    assert (view.telefones.principal, view.telefones.secundarios, warnings) == (digits, (digits,), {})


@pytest.mark.parametrize(
    ("value", "digits", "warning"),
    [
        ("(32) 3333-1111 / (32) 98888-0000", "3233331111", "mais de um número no mesmo campo"),
        ("3233331111;32988880000", "3233331111", "mais de um número no mesmo campo"),
        ("3233331111 32988880000", "3233331111", "mais de um número no mesmo campo"),
        ("(32)3333-1111(32)98888-0000", "3233331111", "mais de um número no mesmo campo"),
        ("+55 32 3333-1111 ou +55 32 98888-0000", "553233331111", "mais de um número no mesmo campo"),
        ("(32) 3333-1111/2222", "3233331111", "mais de um número no mesmo campo"),
        ("3232-1111 ramal 2", "32321111", "mais de um número no mesmo campo"),
        ("3333-1111 4444-5555", None, "tem dígitos demais para um telefone"),
        ("9" * 16, None, "tem dígitos demais para um telefone"),
        ("tel. 3232-1111", "32321111", "não parece um telefone"),
        ("não tem", None, "não parece um telefone"),
        pytest.param("9" + " " * 1_000_000 + "9", None, "não parece um telefone", id="a million spaces"),
    ],
)
def test_numbers_are_never_run_together(value: str, digits: str | None, warning: str) -> None:
    """Of several numbers in one field the first is read, with a warning."""
    view, warnings = viewed(Contato, {"telefones": {"principal": value}})

    assert (view.telefones.principal, warnings) == (digits, {"telefones.principal": warning})


@pytest.mark.parametrize(
    ("value", "address", "warning"),
    [
        ("Lia@Exemplo.invalid", "Lia@Exemplo.invalid", None),
        (" lia@exemplo.invalid ", "lia@exemplo.invalid", None),
        ("l/a@exemplo.invalid", "l/a@exemplo.invalid", None),
        (" ", None, None),
        ("Lia <lia@exemplo.invalid>", "lia@exemplo.invalid", "texto em volta do e-mail"),
        ("mailto:lia@exemplo.invalid", "lia@exemplo.invalid", "texto em volta do e-mail"),
        ("a@x.invalid;b@y.invalid", "a@x.invalid", "mais de um e-mail no mesmo campo"),
        ("a@x.invalid, b@y.invalid", "a@x.invalid", "mais de um e-mail no mesmo campo"),
        ("a@x.invalid/b@y.invalid", "a@x.invalid", "mais de um e-mail no mesmo campo"),
        ("a@x.invalid b@y.invalid", "a@x.invalid", "mais de um e-mail no mesmo campo"),
        ("não tem", None, "não parece um e-mail"),
        ("@", None, "não parece um e-mail"),
        ("-", None, "não parece um e-mail"),
        (7, None, "não parece um e-mail"),
    ],
)
def test_an_email_is_one_address(value: object, address: str | None, warning: str | None) -> None:
    """Of several the first is read, and what is no address reads as nothing, with a warning."""
    view, warnings = viewed(Contato, {"emails": {"principal": value}})

    assert (view.emails.principal, warnings.get("emails.principal")) == (address, warning)


def test_secondary_emails_are_read_alike() -> None:
    """One bad address takes no other with it."""
    emails = viewed(Contato, {"emails": {"secundarios": ["a@x.invalid", "x", "b@x.invalid"]}})[0].emails

    assert emails.secundarios == ("a@x.invalid", "b@x.invalid")
