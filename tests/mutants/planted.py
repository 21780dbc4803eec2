"""Faults to plant in the source, each with the suites of which one must fail."""

from typing import NamedTuple

UNIT = "tests/unit/"
INTEGRATION = "tests/integration/"
RECEIVE, RECOVER, COMPARE = (f"{UNIT}test_{name}.py" for name in ("receive", "recover", "compare"))
PARSE, QUEUES, BATCHES = (f"{UNIT}test_{name}.py" for name in ("parse", "queues", "dynamodb"))
WEBHOOK, FAILURES, RECOVERY = (f"{INTEGRATION}test_{name}.py" for name in ("webhook", "failures", "recovery"))
CLAIMS, EXPIRY, READS, PATHS = (
    f"{INTEGRATION}test_{name}.py" for name in ("claims", "expiry", "consistent_reads", "kind_of_the_path")
)
RACES = "tests/faults/test_faults.py::test_two_deliveries_of_one_record_take_turns"


class Planted(NamedTuple):
    """A fault: what stands once in the file, what takes its place, and what that means."""

    file: str
    what: str
    old: str
    new: str
    suites: tuple[str, ...]


FAULTS = (
    # ingest
    Planted(
        "src/ingest/receive.py",
        "closes a delivery that is not finished",
        "if result.state is State.OPEN:",
        "if False:",
        (RECEIVE,),
    ),
    Planted(
        "src/ingest/receive.py",
        "leaves no time for the recovery queue",
        "deadline.remaining() - _ENQUEUE_SECONDS,",
        "deadline.remaining(),",
        (RECEIVE,),
    ),
    Planted(
        "src/ingest/receive.py",
        "stores before the delivery is saved",
        "    saving = stores.pool.submit(stores.inbox.save, delivery, deadline)\n"
        "    parsed = parse(delivery)\n"
        "    fan_out = FanOut(delivery, parsed.records, stores, deadline)\n"
        "    fan_out.read()\n",
        "    saving = stores.pool.submit(stores.inbox.save, delivery, deadline)\n"
        "    parsed = parse(delivery)\n"
        "    fan_out = FanOut(delivery, parsed.records, stores, deadline)\n"
        "    fan_out.read()\n"
        "    fan_out.run()\n",
        (RECEIVE,),
    ),
    Planted(
        "src/ingest/receive.py",
        "promises what nobody saved",
        "return _result(SavedIn.NOWHERE, parsed",
        "return _result(SavedIn.RECOVERY_QUEUE, parsed",
        (RECEIVE,),
    ),
    Planted(
        "src/ingest/receive.py",
        "says closed where the inbox does not know",
        "return replace(result, failures=(*result.failures, failure))",
        "return replace(result, closed=True, failures=(*result.failures, failure))",
        (RECEIVE, RECOVER),
    ),
    Planted(
        "src/ingest/fan_out.py",
        "gives up a lost race",
        "if lost:\n",
        "if lost:\n                    return\n",
        (RECEIVE,),
    ),
    Planted(
        "src/ingest/fan_out.py",
        "counts a message that was not sent",
        "self.unpublished.add(change.record.position)",
        "pass",
        (RECEIVE,),
    ),
    Planted(
        "src/ingest/fan_out.py",
        "publishes repeats, too",
        "for change in plan.changes if change.publishes]",
        "for change in plan.changes]",
        (RECEIVE,),
    ),
    Planted(
        "src/ingest/fan_out.py",
        "does not read the history",
        "if key in current and records[0].receipt < current[key].version.receipt",
        "if False",
        (RECEIVE, COMPARE),
    ),
    Planted(
        "src/ingest/compare.py",
        "lets an older record become current",
        "if current and record.receipt <= current.last_receipt:",
        "if current and record.receipt == current.last_receipt:",
        (COMPARE,),
    ),
    Planted(
        "src/ingest/compare.py",
        "does not note when a state was repeated",
        "            last_receipt = record.receipt\n        else:",
        "        else:",
        (COMPARE,),
    ),
    Planted(
        "src/ingest/compare.py",
        "takes a late state of its own for a repeat",
        "if record.receipt in history.late:",
        "if False:",
        (COMPARE,),
    ),
    Planted(
        "src/ingest/compare.py",
        "compares a late state with the newest only",
        "for state in (history.versions[0], in_force):",
        "for state in (history.versions[0],):",
        (COMPARE,),
    ),
    Planted(
        "src/ingest/recover.py",
        "has a lease of a minute",
        "LEASE = timedelta(seconds=360)",
        "LEASE = timedelta(seconds=60)",
        (CLAIMS,),
    ),
    Planted(
        "src/ingest/recover.py",
        "tries a killer for ever",
        "if attempts > MAX_ATTEMPTS:",
        "if False:",
        (RECOVER,),
    ),
    Planted(
        "src/ingest/recover.py",
        "never marks one as failed",
        "if recovered.attempts < MAX_ATTEMPTS:",
        "if True:",
        (RECOVER,),
    ),
    Planted(
        "src/ingest/recover.py",
        "works on what rests",
        " and (delivery.due_at is None or delivery.due_at <= now)",
        "",
        (RECOVER,),
    ),
    Planted(
        "src/ingest/recover.py",
        "gives one delivery the whole run",
        "deadline.at_most(_SHARE_SECONDS)",
        "deadline",
        (RECOVER,),
    ),
    Planted(
        "src/ingest/recover.py",
        "says done where the inbox does not know",
        "result.state if result.closed else State.OPEN",
        "result.state",
        (RECOVER,),
    ),
    Planted(
        "src/ingest/parse.py",
        "forgets the path's kind",
        "free_keys = delivery.path_kind == FLUXO",
        "free_keys = False",
        (PARSE, PATHS),
    ),
    # aws
    Planted(
        "src/aws/writes.py",
        "writes a current item without a look at its last receipt",
        'return "version = :version AND last_receipt = :receipt", {\n'
        '        ":version": {"N": str(plan.read.version.number)},\n'
        '        ":receipt": {"S": plan.read.last_receipt},\n',
        'return "version = :version", {\n        ":version": {"N": str(plan.read.version.number)},\n',
        (RACES,),
    ),
    Planted(
        "src/aws/writes.py",
        "writes a current item whatever it is now",
        'put: PutTypeDef = {"TableName": table, "Item": current, "ConditionExpression": condition}\n'
        "            if values:",
        'put: PutTypeDef = {"TableName": table, "Item": current}\n            if False:',
        (RACES,),
    ),
    Planted(
        "src/aws/writes.py",
        "leaves links that are no more",
        "if contato not in named:",
        "if False:",
        (WEBHOOK,),
    ),
    Planted(
        "src/aws/queues.py",
        "sends one contato's messages in any order",
        "sorted(entries, key=lambda entry: entry.message.group)",
        "entries",
        (QUEUES,),
    ),
    Planted(
        "src/aws/queues.py",
        "sends one contato's batches at the same time",
        "if batch and batch[-1].message.group == entry.message.group:",
        "if False:",
        (QUEUES,),
    ),
    Planted(
        "src/aws/queues.py",
        "does not look at what SQS says of single messages",
        'for failed in answer.get("Failed", []):',
        "for failed in ():",
        (FAILURES,),
    ),
    Planted(
        "src/aws/queues.py",
        "forgets the path's kind in the recovery queue",
        'path_kind=message["path_kind"],',
        "",
        (PATHS,),
    ),
    Planted(
        "src/aws/delivery_items.py",
        "forgets the path's kind in the inbox",
        'path_kind=item["path_kind"]["S"] if "path_kind" in item else None,',
        "",
        (PATHS,),
    ),
    Planted(
        "src/aws/deliveries_table.py",
        "ignores the lease",
        '"#state = :open AND (attribute_not_exists(leased_until) OR leased_until <= :now)"',
        '"#state = :open AND :now = :now"',
        (CLAIMS,),
    ),
    Planted(
        "src/aws/deliveries_table.py",
        "lets quarantined bodies expire with the finished ones",
        "State.QUARANTINED: quarantine_retention_days}",
        "State.QUARANTINED: retention_days}",
        (EXPIRY,),
    ),
    Planted(
        "src/aws/deliveries_table.py",
        "lets the parts of a body stay for ever",
        "for number in range(1, parts + 1):",
        "for number in ():",
        (EXPIRY,),
    ),
    Planted(
        "src/aws/deliveries_table.py",
        "opens a delivery again that is saved already",
        'ConditionExpression="attribute_not_exists(delivery_id)",',
        "",
        (RECOVERY,),
    ),
    Planted(
        "src/aws/deliveries_table.py",
        "lets a late run reopen what another closed",
        '["leased_until"], "attribute_exists(leased_until)")',
        '["leased_until"])',
        (RECOVERY,),
    ),
    Planted(
        "src/aws/dynamodb.py",
        "reads items that may be stale",
        '{"Keys": keys, "ConsistentRead": True}',
        '{"Keys": keys}',
        (READS,),
    ),
    Planted(
        "src/aws/records_table.py",
        "reads histories that may be stale",
        "                    ConsistentRead=True,\n",
        "",
        (READS,),
    ),
    Planted(
        "src/aws/dynamodb.py",
        "takes half a batch for the whole",
        'left = answer.get("UnprocessedKeys", {}).get(table)',
        "left = None",
        (BATCHES,),
    ),
    Planted(
        "src/aws/dynamodb.py",
        "loses what a batch left unprocessed",
        'left = answer["UnprocessedItems"].get(table, [])',
        "left = []",
        (BATCHES,),
    ),
    Planted(
        "src/aws/records_table.py",
        "takes a transaction that was throttled for a lost one",
        "if code in (_INNOCENT, *_THROTTLED):",
        "if code == _INNOCENT:",
        (FAILURES,),
    ),
    Planted(
        "src/aws/records_table.py",
        "lets one bad record take its neighbours with it",
        'if len(plans) == 1 or failure.code != "ValidationException":',
        "if True:",
        (FAILURES,),
    ),
)
