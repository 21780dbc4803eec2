"""What the environment says, in one frozen object."""

from collections.abc import Mapping
from dataclasses import dataclass


class SettingsError(Exception):
    """The environment is not what the functions need; the message names all that is wrong."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Names of the stores, and for how many days deliveries are kept.

    Attributes
    ----------
    token_secret
        Name or ARN.
    """

    records_table: str
    deliveries_table: str
    records_queue_url: str
    recovery_queue_url: str
    token_secret: str
    retention_days: int
    quarantine_retention_days: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read RECORDS_TABLE, DELIVERIES_TABLE, and so on: the attributes' names, upper case.

        Raises
        ------
        SettingsError
            Names every variable that is missing or no number, at once.
        """
        wrong: list[str] = []

        def text(name: str) -> str:
            value = environment.get(name, "").strip()
            if not value:
                wrong.append(f"{name} is missing")
            return value

        def days(name: str) -> int:
            value = text(name)
            if value and not (value.isascii() and value.isdigit() and int(value) > 0):
                wrong.append(f"{name} must be a whole number of days")
                return 0
            return int(value or 0)

        settings = cls(
            records_table=text("RECORDS_TABLE"),
            deliveries_table=text("DELIVERIES_TABLE"),
            records_queue_url=text("RECORDS_QUEUE_URL"),
            recovery_queue_url=text("RECOVERY_QUEUE_URL"),
            token_secret=text("TOKEN_SECRET"),
            retention_days=days("RETENTION_DAYS"),
            quarantine_retention_days=days("QUARANTINE_RETENTION_DAYS"),
        )
        if wrong:
            raise SettingsError("; ".join(wrong))
        return settings
