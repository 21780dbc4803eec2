"""What a consumer reads from the queue: one CloudEvents 1.0 event for each new version or late state."""

import json
import re
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote

from models.change import Change
from models.delivery import Delivery
from models.outcome import Verdict

SOURCE = "urn:rubeus:webhook"
_EVENTS = {Verdict.NEW: "created", Verdict.UPDATED: "updated", Verdict.LATE: "late"}

# SQS takes only these in a message, and no others: #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD |
# #x10000 to #x10FFFF (SendMessage, API reference). Text that was UTF-8 can only break that with these two;
# JSON lets no other control character stand unescaped.
_REFUSED = {0xFFFE: "\\ufffe", 0xFFFF: "\\uffff"}

# MessageDeduplicationId and MessageGroupId: up to 128 of a-z, A-Z, 0-9 and punctuation (API reference).
_SQS_ID = re.compile(r"[!-~]{1,128}")


class Message(NamedTuple):
    """One message.

    Attributes
    ----------
    id
        Stable, however often it is sent: `contato/341/3`, or `contato/341/late/<receipt>`.
    group
        The FIFO group: whose story it belongs to.
    deduplication
        What SQS knows a repeat by, for five minutes: id and receipt; of a fluxo, its fingerprint.
    attributes
        The facts to filter by, without `data`.
    data
        The record as sent, JSON text.
    item
        Partition and sort key of the table's item that holds the same data.
    """

    id: str
    group: str
    deduplication: str
    attributes: dict[str, str]
    changed: tuple[str, ...]
    data: str
    item: tuple[str, str]

    @property
    def deduplication_id(self) -> str:
        """The text to deduplicate by, or its SHA-256 where SQS would not take it."""
        return _sqs_id(self.deduplication)

    @property
    def group_id(self) -> str:
        """The group, or its SHA-256 where SQS would not take it."""
        return _sqs_id(self.group)

    def event(self, table: str | None = None) -> str:
        """Write the event: with `data`, or, for the item of that table, with CloudEvents' `dataref`."""
        head: dict[str, object] = {"specversion": "1.0", "id": self.id, "source": SOURCE, **self.attributes}
        if "version" in head:
            head["version"] = int(self.attributes["version"])
        if self.changed:
            # An attribute of a CloudEvent can't be a list (specification 1.0.2, type system).
            head["changed"] = ",".join(self.changed)
        head["datacontenttype"] = "application/json"
        if table is not None:
            head["dataref"] = f"dynamodb://{table}/" + "/".join(quote(part, safe="") for part in self.item)
            return json.dumps(head)
        return f'{json.dumps(head)[:-1]}, "data": {self.data.translate(_REFUSED)}}}'


def message(change: Change, delivery: Delivery) -> Message:
    """Word the message of a change."""
    record = change.record
    kind, identifier = record.key
    if change.version is None:
        name = f"late/{record.receipt}"
        sort_key = late_sort_key(delivery, record.receipt)
    else:
        name = str(change.version)
        sort_key = version_sort_key(change.version)
    attributes = {
        "type": f"br.com.rubeus.{kind}.{_EVENTS[change.verdict]}",
        "subject": f"{kind}/{identifier}",
        "time": delivery.received,
        "dataschema": f"urn:rubeus:{kind}:1",
        "deliveryid": delivery.id,
        # CloudEvents' extension "sequence": text that sorts as the records were received.
        "sequence": record.receipt,
    }
    if record.fluxo and record.fluxo.query:
        attributes["query"] = record.fluxo.query
    if change.version is not None:
        attributes["version"] = name
    message_id = f"{kind}/{identifier}/{name}"
    return Message(
        id=message_id,
        group=record.group,
        # With the receipt, since a record that was deleted and comes again has the ids that it had.
        deduplication=record.fluxo.fingerprint if record.fluxo else f"{message_id}/{record.receipt}",
        attributes=attributes,
        changed=change.changed,
        data=record.text,
        item=(str(record.key), sort_key),
    )


def version_sort_key(number: int) -> str:
    """Give the sort key of a version's item; it sorts by number."""
    return f"version#{number:010d}"


def late_sort_key(delivery: Delivery, receipt: str) -> str:
    """Give the sort key of a late state's item; it sorts by receipt."""
    return f"late#{delivery.received}#{receipt}"


def _sqs_id(text: str) -> str:
    return text if _SQS_ID.fullmatch(text) else sha256(text.encode()).hexdigest()
