"""What the environment says, in one frozen object."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, PositiveInt, ValidationError

Network: TypeAlias = IPv4Network | IPv6Network


class SettingsError(Exception):
    """The environment is not what the functions need; the message names all that is wrong."""


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(part.strip()) for part in text.split(","))


Days: TypeAlias = Annotated[PositiveInt, Field(description="a whole number of days")]
Seconds: TypeAlias = Annotated[PositiveInt, Field(description="a whole number of seconds")]
Networks: TypeAlias = Annotated[
    tuple[Network, ...],
    PlainValidator(_networks),
    Field(description="networks like 203.0.113.0/24, with commas between them"),
]


class Settings(BaseModel):
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

    model_config = ConfigDict(frozen=True)

    records_table: str
    deliveries_table: str
    records_queue_url: str
    recovery_queue_url: str
    token_secret: str
    retention_days: Days
    quarantine_retention_days: Days
    recover_after_seconds: Seconds
    allowed_sources: Networks = ()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read RECORDS_TABLE, DELIVERIES_TABLE, and so on: the attributes' names, upper case.

        Raises
        ------
        SettingsError
            Names every variable that is missing, no number or no list of networks, at once.
        """
        given = {name: environment.get(name.upper(), "").strip() for name in cls.model_fields}
        try:
            return cls.model_validate({name: text for name, text in given.items() if text})
        except ValidationError as error:
            wrong = {str(each["loc"][0]): each["type"] for each in error.errors(include_input=False)}
            # Without its cause: pydantic's words quote the value, and this one is logged.
            raise SettingsError("; ".join(cls._wording(*each) for each in wrong.items())) from None

    @classmethod
    def _wording(cls, name: str, error_type: str) -> str:
        if error_type == "missing":
            return f"{name.upper()} is missing"
        return f"{name.upper()} must be {cls.model_fields[name].description}"
