"""What the environment says, in one frozen object."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network


class SettingsError(Exception):
    """The environment is not what the functions need; the message names all that is wrong."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Names of the stores, for how long deliveries are kept or left alone, and from where they may come.

    Attributes
    ----------
    token_secret
        Name or ARN.
    recover_after_seconds
        From which age on recovery takes an open delivery; until then the front door may be at it.
    allowed_sources
        The networks that may post; none: everyone.
    """

    records_table: str
    deliveries_table: str
    records_queue_url: str
    recovery_queue_url: str
    token_secret: str
    retention_days: int
    quarantine_retention_days: int
    recover_after_seconds: int
    allowed_sources: tuple[Network, ...]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read RECORDS_TABLE, DELIVERIES_TABLE, and so on: the attributes' names, upper case.

        Raises
        ------
        SettingsError
            Names every variable that is missing, no number or no list of networks, at once.
        """
        wrong: list[str] = []

        def text(name: str) -> str:
            value = environment.get(name, "").strip()
            if not value:
                wrong.append(f"{name} is missing")
            return value

        def number(name: str) -> int:
            value = text(name)
            if value and not (value.isascii() and value.isdigit() and int(value) > 0):
                wrong.append(f"{name} must be a whole number of {name.rpartition('_')[2].lower()}")
                return 0
            return int(value or 0)

        def networks(name: str) -> tuple[Network, ...]:
            parts = environment.get(name, "").strip()
            try:
                return tuple(ip_network(part.strip()) for part in parts.split(",")) if parts else ()
            except ValueError:
                wrong.append(f"{name} must be networks like 203.0.113.0/24, with commas between them")
                return ()

        settings = cls(
            records_table=text("RECORDS_TABLE"),
            deliveries_table=text("DELIVERIES_TABLE"),
            records_queue_url=text("RECORDS_QUEUE_URL"),
            recovery_queue_url=text("RECOVERY_QUEUE_URL"),
            token_secret=text("TOKEN_SECRET"),
            retention_days=number("RETENTION_DAYS"),
            quarantine_retention_days=number("QUARANTINE_RETENTION_DAYS"),
            recover_after_seconds=number("RECOVER_AFTER_SECONDS"),
            allowed_sources=networks("ALLOWED_SOURCES"),
        )
        if wrong:
            raise SettingsError("; ".join(wrong))
        return settings
