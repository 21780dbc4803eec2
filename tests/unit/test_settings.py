import pytest

from settings import Settings, SettingsError

COMPLETE = {
    "RECORDS_TABLE": "records",
    "DELIVERIES_TABLE": "deliveries",
    "RECORDS_QUEUE_URL": "https://queue.example/records",
    "RECOVERY_QUEUE_URL": "https://queue.example/recovery",
    "TOKEN_SECRET": "token",
    "RETENTION_DAYS": "30",
    "QUARANTINE_RETENTION_DAYS": "90",
    "RECOVER_AFTER_SECONDS": "60",
}


def test_a_complete_environment_is_read() -> None:
    """Names as they stand, days as numbers."""
    settings = Settings.from_environment(COMPLETE)

    assert (settings.records_table, settings.retention_days) == ("records", 30)


def test_all_that_is_wrong_is_said_at_once() -> None:
    """Whoever deploys reads one message, not one for each try."""
    wrong = COMPLETE | {"RECORDS_TABLE": " ", "RETENTION_DAYS": "soon", "QUARANTINE_RETENTION_DAYS": "0"}
    del wrong["TOKEN_SECRET"]

    with pytest.raises(SettingsError) as error:
        Settings.from_environment(wrong)

    for name in ("RECORDS_TABLE", "TOKEN_SECRET", "RETENTION_DAYS", "QUARANTINE_RETENTION_DAYS"):
        assert name in str(error.value)
