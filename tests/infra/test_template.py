import json
import re
from typing import Any

import pytest

from ingest.recover import LEASE
from rubeus.stack.template import read_template

TEMPLATE = read_template()
RESOURCES = TEMPLATE["Resources"]


def _of_type(suffix: str) -> dict[str, dict[str, Any]]:
    """Give the properties of every resource of a type, by logical id."""
    return {name: r["Properties"] for name, r in RESOURCES.items() if r["Type"] == f"AWS::{suffix}"}


FUNCTIONS = _of_type("Serverless::Function")
TABLES = _of_type("DynamoDB::Table")
QUEUES = _of_type("SQS::Queue")
LOG_GROUPS = _of_type("Logs::LogGroup")


@pytest.mark.parametrize("name", TEMPLATE["Parameters"])
def test_a_parameter_says_what_it_is_for(name: str) -> None:
    """Whoever deploys reads a description of every parameter."""
    assert TEMPLATE["Parameters"][name].get("Description")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_logs_into_a_group_of_the_stack(name: str) -> None:
    """No function leaves it to Lambda to make a log group that is kept for ever."""
    assert FUNCTIONS[name]["LoggingConfig"]["LogGroup"]["Ref"] in LOG_GROUPS


@pytest.mark.parametrize("name", LOG_GROUPS)
def test_logs_end(name: str) -> None:
    """Every log group has a retention."""
    assert LOG_GROUPS[name]["RetentionInDays"]


def test_the_function_answers_before_the_gateway_gives_up() -> None:
    """API Gateway waits 30 s for an integration of an HTTP API."""
    assert FUNCTIONS["WebhookFunction"]["Timeout"] < 30


def test_recovery_takes_only_what_the_front_door_has_left() -> None:
    """Recovery leaves a delivery alone for as long as the front door may be at it."""
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]

    assert int(variables["RECOVER_AFTER_SECONDS"]) > FUNCTIONS["WebhookFunction"]["Timeout"]


def test_a_lease_outlasts_the_run_that_has_it() -> None:
    """Neither the inbox nor the queue gives a delivery to a second run while the first may be at it."""
    seconds = FUNCTIONS["RecoveryFunction"]["Timeout"]

    assert LEASE.total_seconds() > seconds
    # "Set the visibility timeout to at least six times the function timeout" (Lambda's Developer Guide, SQS).
    assert QUEUES["RecoveryQueue"]["VisibilityTimeout"] >= 6 * seconds


def test_recovery_runs_by_schedule_and_from_its_queue() -> None:
    """The queue's messages are answered one by one, and the schedule leaves no delivery waiting for long."""
    events = FUNCTIONS["RecoveryFunction"]["Events"]

    assert events["EveryFewMinutes"]["Properties"]["Schedule"] == "rate(5 minutes)"
    assert events["FromTheQueue"]["Properties"]["Queue"] == {"Fn::GetAtt": ["RecoveryQueue", "Arn"]}
    assert events["FromTheQueue"]["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert events["FromTheQueue"]["Properties"]["ScalingConfig"] == {
        "MaximumConcurrency": 2
    }  # Lambda's least
    # A delivery that kills its invocation takes no other with it, and is not tried twice by one schedule.
    assert events["FromTheQueue"]["Properties"]["BatchSize"] == 1
    assert FUNCTIONS["RecoveryFunction"]["EventInvokeConfig"] == {"MaximumRetryAttempts": 0}


def test_every_request_reaches_the_function() -> None:
    """Any method on both paths and on anything else: the function, not the gateway, words 404 and 405."""
    routes = {
        (event["Properties"]["Method"], event["Properties"]["Path"])
        for event in FUNCTIONS["WebhookFunction"]["Events"].values()
    }

    assert routes == {
        ("ANY", "/webhook/{token}"),
        ("ANY", "/webhook/{token}/{kind}"),
        ("ANY", "$default"),
    }


def test_the_stage_is_throttled() -> None:
    """A flood ends at the gateway."""
    limits = RESOURCES["WebhookApi"]["Properties"]["DefaultRouteSettings"]

    assert limits == {
        "ThrottlingRateLimit": {"Ref": "ThrottleRate"},
        "ThrottlingBurstLimit": {"Ref": "ThrottleBurst"},
    }


def test_the_access_log_holds_no_path() -> None:
    """The path holds the token, so the access log, which is JSON, names the route only."""
    access_log = RESOURCES["WebhookApi"]["Properties"]["AccessLogSettings"]
    line = access_log["Format"]["Fn::Sub"]

    assert access_log["DestinationArn"]["Fn::GetAtt"][0] in LOG_GROUPS
    assert json.loads(line)["routeKey"] == "$context.routeKey"
    assert "path" not in line.lower()


def test_no_output_holds_the_token() -> None:
    """The stack tells where the secret is, never what it is, nor the URL with it."""
    outputs = json.dumps(TEMPLATE["Outputs"])

    assert "resolve:secretsmanager" not in outputs
    assert "/webhook/" not in outputs


def test_the_stack_generates_the_token() -> None:
    """A token is made by AWS, of letters and digits (it stands in a URL), and is in no file."""
    properties = RESOURCES["TokenSecret"]["Properties"]

    assert "SecretString" not in properties
    assert properties["GenerateSecretString"] == {
        "SecretStringTemplate": '{"previous": ""}',
        "GenerateStringKey": "token",
        "PasswordLength": 43,
        "ExcludePunctuation": True,
    }


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_safe(name: str) -> None:
    """Every table is encrypted, protected, can be taken back in time, and grows with its load."""
    table = TABLES[name]

    assert table["SSESpecification"]["SSEEnabled"] is True
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert table["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_is_safe(name: str) -> None:
    """Every queue is encrypted, keeps messages for SQS's longest (14 days) and takes its largest (1 MiB)."""
    queue = QUEUES[name]

    assert queue["SqsManagedSseEnabled"] == {"Fn::If": ["HasKmsKey", False, True]}
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 60 * 60
    assert queue["MaximumMessageSize"] == 1024 * 1024


@pytest.mark.parametrize("name", [name for name, queue in QUEUES.items() if "FifoQueue" in queue])
def test_one_contato_s_messages_hold_up_and_hide_nobody_else_s(name: str) -> None:
    """Rates and deduplication count by group: so one busy contato slows down no other."""
    queue = QUEUES[name]

    assert (queue["DeduplicationScope"], queue["FifoThroughputLimit"]) == (
        "messageGroup",
        "perMessageGroupId",
    )


@pytest.mark.parametrize("name", QUEUES)
def test_a_message_that_keeps_failing_is_put_aside(name: str) -> None:
    """Every queue hands on to a dead-letter queue of its own type, or is one."""
    dead_letter_queues = {
        source: queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for source, queue in QUEUES.items()
        if "RedrivePolicy" in queue
    }

    if name in dead_letter_queues:
        assert QUEUES[name]["RedrivePolicy"]["maxReceiveCount"] == 5
        target = QUEUES[dead_letter_queues[name]]
        assert target.get("FifoQueue") == QUEUES[name].get("FifoQueue")
    else:
        assert name in dead_letter_queues.values()


ROLES = ("WebhookRole", "RecoveryRole")
KEY = {"Fn::If": ["HasKmsKey", {"Ref": "KmsKeyArn"}, {"Ref": "AWS::NoValue"}]}


@pytest.mark.parametrize("name", [*TABLES, *QUEUES, *LOG_GROUPS, "TokenSecret", "AlarmTopic"])
def test_a_key_of_ones_own_encrypts_all(name: str) -> None:
    """Where there is one, every table, queue, log group and the topic and the token is encrypted with it."""
    properties = RESOURCES[name]["Properties"]
    of_table = properties.get("SSESpecification", {}).get("KMSMasterKeyId")

    assert KEY in (of_table, properties.get("KmsMasterKeyId"), properties.get("KmsKeyId"))


def test_the_functions_may_use_a_key_of_ones_own_and_no_other() -> None:
    """Both roles, as tables, queues and secret ask of who reads and writes; without the key, nothing."""
    (policy,) = [each for each in RESOURCES.values() if each["Type"] == "AWS::IAM::Policy"]

    assert policy["Condition"] == "HasKmsKey"
    assert policy["Properties"]["Roles"] == [{"Ref": role} for role in ROLES]
    assert policy["Properties"]["PolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": {"Ref": "KmsKeyArn"},
        }
    ]


def test_a_domain_of_ones_own_is_the_only_address() -> None:
    """It leads to the very stage; the address that AWS gives is then closed, and no longer printed."""
    domain, mapping = RESOURCES["ApiDomain"], RESOURCES["ApiDomainMapping"]

    assert {domain["Condition"], mapping["Condition"]} == {"HasDomain"}
    assert mapping["Properties"]["Stage"] == {"Ref": "WebhookApi.Stage"}
    assert RESOURCES["WebhookApi"]["Properties"]["DisableExecuteApiEndpoint"] == {
        "Fn::If": ["HasDomain", True, False]
    }
    condition, printed, _ = TEMPLATE["Outputs"]["ApiUrl"]["Value"]["Fn::If"]
    assert (condition, printed) == ("HasDomain", {"Fn::Sub": "https://${DomainName}"})


@pytest.mark.parametrize(
    "name", ["AlarmEmail", "AllowedSources", "KmsKeyArn", "DomainName", "CertificateArn"]
)
def test_an_option_is_off_by_default(name: str) -> None:
    """Nobody pays for, or has to know of, what he did not ask for."""
    assert TEMPLATE["Parameters"][name]["Default"] == ""
    assert TEMPLATE["Parameters"]["SnapStart"]["Default"] == "None"


@pytest.mark.parametrize("sources", ["", "203.0.113.0/24", "203.0.113.7/32,2001:db8::/32"])
def test_networks_are_taken(sources: str) -> None:
    """A list of networks is let through to the function; what can be no such list is refused at once."""
    pattern = TEMPLATE["Parameters"]["AllowedSources"]["AllowedPattern"]

    assert re.fullmatch(pattern, sources)
    assert not re.fullmatch(pattern, f"{sources},everyone")


def test_a_changed_parameter_reaches_the_alias() -> None:
    """The version's description names every parameter of the function's configuration, and no other.

    SAM makes a new version when code or template have changed, but compares `!Ref X`, not X's value. A new
    description makes CloudFormation replace the version ("createOnlyProperties" of AWS::Lambda::Version), and
    would be refused if the function had not changed ("A version for this Lambda function exists"). Reserved
    concurrency is the function's, not a version's.
    """
    function = FUNCTIONS["WebhookFunction"]
    configuration = {**TEMPLATE["Globals"]["Function"], **function, "VersionDescription": ""}
    text = json.dumps(configuration | {"Variables": TEMPLATE["Globals"]["Function"]["Environment"]})
    referred = set(re.findall(r'"Ref": "(\w+)"', text)) & set(TEMPLATE["Parameters"])
    described = re.findall(r"\w+", function["VersionDescription"]["Fn::Sub"])

    assert set(described) == referred - {"ReservedConcurrency"}
    assert function["AutoPublishAlias"] == "live"
    assert function["AutoPublishAliasAllProperties"] is True


def test_a_versions_description_fits() -> None:
    """Lambda takes 256 characters: networks are limited, numbers are short."""
    assert TEMPLATE["Parameters"]["AllowedSources"]["MaxLength"] <= 256 - len(
        "x86_64 10240 99999 99999 PublishedVersions "
    )


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_no_policy_but_its_own(role: str) -> None:
    """What it allows stands in the template; tests/integration/test_least_privilege.py compares it."""
    assert "ManagedPolicyArns" not in RESOURCES[role]["Properties"]
    assert len(RESOURCES[role]["Properties"]["Policies"]) == 1
