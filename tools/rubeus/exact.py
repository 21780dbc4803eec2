"""JSON as `models.exact_json` reads it, written again with all digits."""

import json
from decimal import Decimal


def dumps(value: object) -> str:
    """Write a parsed value, whatever its numbers and texts: json alone takes no Decimal."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{dumps(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dumps, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value)
