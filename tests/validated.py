"""Short ways to validate a record of a few fields."""

from collections.abc import Mapping
from typing import Any

from models.shapes import Base
from models.validation import validate


def view(model: type[Base], **data: object) -> Any:
    """Give the view of a record that must be accepted."""
    return viewed(model, data)[0]


def viewed(model: type[Base], data: Mapping[str, object]) -> tuple[Any, dict[str, str]]:
    """Give the view of a record that must be accepted, and the warnings as reasons by path."""
    validation = validate(model, {"id": "1", **data})
    assert validation.problems == ()
    return validation.view, {each.field: each.reason for each in validation.warnings}


def issues(model: type[Base], **data: object) -> tuple[dict[str, str], dict[str, str]]:
    """Give problems and warnings, as reasons by path."""
    validation = validate(model, {"id": "1", **data})
    assert (validation.view is None) is bool(validation.problems)
    return (
        {each.field: each.reason for each in validation.problems},
        {each.field: each.reason for each in validation.warnings},
    )
