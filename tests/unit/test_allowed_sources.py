import pytest
from tests.unit.test_settings import COMPLETE

from handlers.request import read_request
from settings import Settings, SettingsError


def may_post(source: str, sources: str) -> bool:
    """Ask about a request from an address, where these networks are allowed."""
    settings = Settings.from_environment(COMPLETE | {"ALLOWED_SOURCES": sources})
    request = read_request({"requestContext": {"http": {"sourceIp": source}}})
    return request.is_from(settings.allowed_sources)


@pytest.mark.parametrize("source", ["203.0.113.7", "2001:db8::1", "", "no address"])
def test_where_no_network_is_named_everyone_may_post(source: str) -> None:
    """The variable is optional and empty by default."""
    assert may_post(source, "")
    assert Settings.from_environment(COMPLETE).allowed_sources == ()


@pytest.mark.parametrize(
    ("source", "allowed"),
    [
        ("203.0.113.7", True),
        ("203.0.114.7", False),
        ("198.51.100.1", True),
        ("198.51.100.2", False),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("", False),
        ("203.0.113.7, 10.0.0.1", False),
    ],
)
def test_only_addresses_of_a_named_network_may_post(source: str, allowed: bool) -> None:  # noqa: FBT001
    """Of either version; what is no address is in no network."""
    assert may_post(source, "203.0.113.0/24, 198.51.100.1/32,2001:db8::/32") is allowed


@pytest.mark.parametrize("sources", ["everyone", "203.0.113.7/24", "203.0.113.0/33", ","])
def test_what_is_no_network_is_said(sources: str) -> None:
    """Nobody gets in by a slip: 203.0.113.7/24 may have been meant as one address or as 256."""
    with pytest.raises(SettingsError, match="ALLOWED_SOURCES"):
        Settings.from_environment(COMPLETE | {"ALLOWED_SOURCES": sources})


def test_the_source_is_the_gateways_word() -> None:
    """It is whom the gateway was called by; a header, which anybody can write, does not count."""
    event = {
        "requestContext": {"http": {"sourceIp": "203.0.113.7"}},
        "headers": {"x-forwarded-for": "10.0.0.1"},
    }

    assert read_request(event).source == "203.0.113.7"
    assert read_request({"headers": {"x-forwarded-for": "10.0.0.1"}}).source == ""
