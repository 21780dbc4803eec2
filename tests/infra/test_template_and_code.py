import pytest

from aws.delivery_items import TTL_ATTRIBUTE
from rubeus.stack.template import function_environment, read_template
from settings import Settings

TEMPLATE = read_template()
RESOURCES = TEMPLATE["Resources"]
ENVIRONMENT = function_environment(
    TEMPLATE,
    {
        name: f"https://sqs.sa-east-1.amazonaws.com/000000000000/rubeus-{name}"
        if resource["Type"] == "AWS::SQS::Queue"
        else f"rubeus-{name}"
        for name, resource in RESOURCES.items()
    },
)


def test_the_template_gives_the_settings_all_they_need() -> None:
    """What the template puts into the function's environment is a complete and valid configuration."""
    Settings.from_environment(ENVIRONMENT)


@pytest.mark.parametrize(
    "name", [name for name in ENVIRONMENT if not name.startswith(("POWERTOOLS_", "AWS_"))]
)
def test_the_settings_read_every_variable_of_the_template(name: str) -> None:
    """No variable is declared that the code ignores."""
    value = ENVIRONMENT[name]
    if name == "ALLOWED_SOURCES":
        other = "203.0.113.0/24"
    else:
        other = value.replace("rubeus", "other") if "rubeus" in value else str(int(value) + 1)

    assert Settings.from_environment(ENVIRONMENT | {name: other}) != Settings.from_environment(ENVIRONMENT)


def test_an_endpoint_is_declared_and_empty() -> None:
    """`sam local invoke` can set AWS_ENDPOINT_URL; deployed, boto3 takes the empty text for "not set"."""
    assert ENVIRONMENT["AWS_ENDPOINT_URL"] == ""


def test_what_expires_does_so_by_the_attribute_that_the_table_watches() -> None:
    """Deliveries, and traces in the records table, are written with the very attribute that TTL looks at."""
    for name in ("DeliveriesTable", "RecordsTable"):
        watched = RESOURCES[name]["Properties"]["TimeToLiveSpecification"]
        assert watched == {"AttributeName": TTL_ATTRIBUTE, "Enabled": True}
