"""What the environment says, in one frozen object."""

from collections.abc import Mapping
from dataclasses import dataclass


class SettingsError(Exception):
    """The environment is not what the functions need; the message names all that is wrong."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Names of the stores, and for how long deliveries are kept or left alone.

    Attributes
    ----------
    token_secret
        Name or ARN.
    recover_after_seconds
        From which age on recovery takes an open delivery; until then the front door may be at it.
    """

    records_table: str
    deliveries_table: str
    records_queue_url: str
    recovery_queue_url: str
    token_secret: str
    retention_days: int
    quarantine_retention_days: int
    recover_after_seconds: int

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

        def number(name: str) -> int:
            value = text(name)
            if value and not (value.isascii() and value.isdigit() and int(value) > 0):
                wrong.append(f"{name} must be a whole number of {name.rpartition('_')[2].lower()}")
                return 0
            return int(value or 0)

        settings = cls(
            records_table=text("RECORDS_TABLE"),
            deliveries_table=text("DELIVERIES_TABLE"),
            records_queue_url=text("RECORDS_QUEUE_URL"),
            recovery_queue_url=text("RECOVERY_QUEUE_URL"),
            token_secret=text("TOKEN_SECRET"),
            retention_days=number("RETENTION_DAYS"),
            quarantine_retention_days=number("QUARANTINE_RETENTION_DAYS"),
            recover_after_seconds=number("RECOVER_AFTER_SECONDS"),
        )
        if wrong:
            raise SettingsError("; ".join(wrong))
        return settings
