"""Faults in how stores are called."""

from tests.mutants.fault import Fault

UNIT = "tests/unit/test_"
INTEGRATION = "tests/integration/test_"
BATCHES = f"{UNIT}dynamodb.py"
CLAIMS = f"{INTEGRATION}claims.py"
CLIENT = f"{INTEGRATION}client.py"
CLOSING = f"{UNIT}closing.py"
EXPIRY = f"{INTEGRATION}expiry.py"
FAILURES = f"{INTEGRATION}failures.py"
RACES = "tests/faults/test_faults.py::test_two_deliveries_of_one_record_take_turns"
FITS = f"{INTEGRATION}everything_fits.py"
POISONED = f"{INTEGRATION}poisoned.py"
PATHS = f"{INTEGRATION}kind_of_the_path.py"
PROGRESS = f"{INTEGRATION}progress.py"
QUEUES = f"{UNIT}queues.py"
READS = f"{INTEGRATION}consistent_reads.py"
RECOVERY = f"{INTEGRATION}recovery.py"
RECOVERY_QUEUE = f"{INTEGRATION}recovery_queue.py"
TOKEN = f"{INTEGRATION}token.py"
WEBHOOK = f"{INTEGRATION}webhook.py"

FAULTS = (
    Fault(
        "src/aws/writes.py",
        "writes a current item without a look at its last receipt",
        '"version = :version AND last_receipt = :receipt"',
        '"version = :version AND :receipt = :receipt"',
        RACES,
    ),
    Fault(
        "src/aws/writes.py",
        "writes a current item whatever it is now",
        '                "ConditionExpression": condition,\n            }\n            if values:',
        "            }\n            if False:",
        RACES,
    ),
    Fault(
        "src/aws/writes.py",
        "deletes no links that a crash left",
        "**contatos(all_links if left else _own(record)),",
        "**contatos(_own(record)),",
        f"{FAILURES}::test_links_past_a_transaction_are_finished_by_running_again",
    ),
    Fault(
        "src/aws/links.py",
        "leaves links that are no more",
        ", *(Link(contato, None) for contato in before if contato not in named)",
        "",
        f"{WEBHOOK}::test_a_link_goes_with_the_reference",
    ),
    Fault(
        "src/aws/links.py",
        "writes links of a state that is no longer current",
        '                    "ConditionExpression": "receipt = :receipt"',
        '                    "ConditionExpression": "receipt = :receipt OR attribute_exists(pk)"',
        f"{FAILURES}::test_links_past_a_transaction_give_way_to_a_newer_state",
    ),
    Fault(
        "src/aws/links.py",
        "says of links that they are complete before they are",
        "            yield [check, *writes]\n            continue\n",
        "            yield [check, *writes]\n            return\n",
        PROGRESS,
    ),
    Fault(
        "src/aws/links.py",
        "never says that links are complete",
        '"UpdateExpression": "REMOVE links_pending"',
        '"UpdateExpression": "REMOVE nothing"',
        f"{PROGRESS}::test_links_that_a_crash_left_out_are_completed",
    ),
    Fault(
        "src/aws/records_table.py",
        "ignores that links are pending",
        'links_pending="links_pending" in item',
        "links_pending=False",
        f"{PROGRESS}::test_links_that_a_crash_left_out_are_completed",
    ),
    Fault(
        "src/aws/records_table.py",
        "reads current states that may be stale",
        'asked: KeysAndAttributesUnionTypeDef = {"Keys": wanted, "ConsistentRead": True}',
        'asked: KeysAndAttributesUnionTypeDef = {"Keys": wanted}',
        READS,
    ),
    Fault(
        "src/aws/records_table.py",
        "reads histories that may be stale",
        "            ConsistentRead=True,\n",
        "",
        READS,
    ),
    Fault(
        "src/aws/writer.py",
        "takes a transaction that was throttled for a lost one",
        "if code in (_INNOCENT, *_THROTTLED):",
        "if code == _INNOCENT:",
        f"{FAILURES}::test_a_cancelled_transaction_is_tried_again",
    ),
    Fault(
        "src/aws/writer.py",
        "packs the neighbours of a bad record with it",
        "if len(pieces) == 1 or failure.code != _REFUSED:",
        "if True:",
        f"{FITS}::test_what_the_service_refuses_is_written_once_more_as_bytes",
    ),
    Fault(
        "src/aws/writer.py",
        "gives up what the service refuses",
        "if isinstance(result, StoreUnavailable) and result.code == _REFUSED:",
        "if False:",
        f"{FITS}::test_what_the_service_refuses_is_written_once_more_as_bytes",
    ),
    Fault(
        "src/aws/deliveries_table.py",
        "lets a turn be taken again",
        "attempts = :attempts AND",
        "attempts >= :attempts AND",
        POISONED,
    ),
    Fault(
        "src/aws/queues.py",
        "sends one contato's messages in any order",
        "sorted(entries, key=lambda entry: entry.message.group)",
        "entries",
        QUEUES,
    ),
    Fault(
        "src/aws/queues.py",
        "sends one contato's batches at the same time",
        "if batch and batch[-1].message.group == entry.message.group:",
        "if False:",
        QUEUES,
    ),
    Fault(
        "src/aws/queues.py",
        "does not look at what SQS says of single messages",
        'settled = {*refused, *(int(each["Id"]) for each in answer.get("Successful", []))}',
        "settled = set(left)",
        "tests/unit/test_queues.py::test_what_the_answer_does_not_call_sent_is_sent_again",
    ),
    Fault(
        "src/aws/queues.py",
        "forgets the path's kind in the recovery queue",
        'path_kind=message["path_kind"],',
        "",
        PATHS,
    ),
    Fault(
        "src/aws/queues.py",
        "forgets the query in the recovery queue",
        'query=message.get("query", ""),',
        "",
        PATHS,
    ),
    Fault(
        "src/aws/queues.py",
        "forgets the encoding in the recovery queue",
        'content_encoding=message.get("content_encoding", ""),',
        "",
        PATHS,
    ),
    Fault(
        "src/aws/delivery_items.py",
        "forgets the path's kind in the inbox",
        'path_kind=path_kind["S"] if path_kind else None,',
        "",
        PATHS,
    ),
    Fault(
        "src/aws/delivery_items.py",
        "forgets the query in the inbox",
        'query=item["query"]["S"] if "query" in item else "",',
        "",
        PATHS,
    ),
    Fault(
        "src/aws/delivery_items.py",
        "writes outcomes that have no room",
        "if len(packed) <= room:",
        "if True:",
        CLOSING,
    ),
    Fault(
        "src/aws/deliveries_table.py",
        "ignores the lease",
        "attempts = :attempts AND (attribute_not_exists(due_at) OR due_at <= :now)",
        "attempts = :attempts AND :now = :now",
        CLAIMS,
    ),
    Fault(
        "src/aws/deliveries_table.py",
        "lets quarantined bodies expire with the finished ones",
        "State.QUARANTINED: quarantine_retention_days}",
        "State.QUARANTINED: retention_days}",
        f"{EXPIRY}::test_each_state_has_a_retention_of_its_own",
    ),
    Fault(
        "src/aws/deliveries_table.py",
        "lets the parts of a body stay for ever",
        "ends = [self._update(delivery.id, body_part(number), expiry) for number in range(1, parts + 1)]",
        "ends = []",
        f"{WEBHOOK}::test_a_big_body_is_kept_in_parts",
    ),
    Fault(
        "src/aws/deliveries_table.py",
        "writes parts before their head without an expiry",
        "Item={**item, **expiry})",
        "Item=item)",
        f"{EXPIRY}::test_parts_of_a_body_whose_head_never_came_expire",
    ),
    Fault(
        "src/aws/deliveries_table.py",
        "lets the parts of an open delivery expire",
        "self._keep(delivery.id, range(1, len(parts) + 1), deadline)",
        "pass",
        f"{EXPIRY}::test_a_body_that_no_transaction_takes_is_kept_and_ends",
    ),
    Fault(
        "src/aws/deliveries_table.py",
        "opens a delivery again that is saved already",
        '"ConditionExpression": "attribute_not_exists(delivery_id)",',
        '"ConditionExpression": "attribute_not_exists(nothing)",',
        f"{RECOVERY_QUEUE}::test_a_message_that_comes_twice_does_no_harm",
    ),
    Fault(
        "src/aws/deliveries_table.py",
        "lets a late run reopen what another closed",
        'condition = "attribute_exists(leased_until)"',
        'condition = "attribute_exists(delivery_id)"',
        f"{RECOVERY}::test_a_lost_lease_does_not_reopen_what_another_closed",
    ),
    Fault(
        "src/aws/deliveries_table.py",
        "reads heads and bodies that may be stale",
        '{"Keys": keys, "ConsistentRead": True}',
        '{"Keys": keys}',
        READS,
    ),
    Fault(
        "src/aws/deliveries_table.py",
        "leaves open what can't be closed with its details",
        '            if failure.code != "ValidationException":\n                raise\n',
        "            raise\n",
        f"{FITS}::test_a_head_that_the_service_refuses_is_closed_without_its_details",
    ),
    Fault(
        "src/aws/dynamodb.py",
        "takes half a batch for the whole",
        'left = answer.get("UnprocessedKeys", {}).get(table)',
        "left = None",
        BATCHES,
    ),
    Fault(
        "src/aws/dynamodb.py",
        "loses what a batch left unprocessed",
        'left = persist(store, deadline, write)["UnprocessedItems"].get(table, [])',
        "persist(store, deadline, write)\n            left = []",
        BATCHES,
    ),
    Fault(
        "src/aws/throttling.py",
        "gives up what is throttled",
        "if failure.code not in THROTTLED or not deadline.backoff(attempt):",
        "if True:",
        f"{PROGRESS}::test_throttling_is_sat_out",
    ),
    Fault(
        "src/aws/item_codec.py",
        "writes an object deeper than DynamoDB takes",
        "_MAX_LEVELS = 32",
        "_MAX_LEVELS = 33",
        f"{FITS}::test_a_scalar_is_a_level_too",
    ),
    Fault(
        "src/aws/item_codec.py",
        "writes a number longer than DynamoDB takes",
        "_MAX_DIGITS = 38",
        "_MAX_DIGITS = 40",
        f"{WEBHOOK}::test_every_content_has_a_form",
    ),
    Fault(
        "src/aws/item_codec.py",
        "keeps one of two fields of the same name",
        "native = None if record.repeats_a_name else _native(record.data, size, room)",
        "native = _native(record.data, size, room)",
        f"{WEBHOOK}::test_every_content_has_a_form",
    ),
    Fault(
        "src/aws/token.py",
        "refuses a new token for five minutes",
        "ASK_AGAIN_SECONDS = 5",
        "ASK_AGAIN_SECONDS = 300",
        f"{TOKEN}::test_a_new_token_is_refused_for_five_seconds_at_most",
    ),
    Fault(
        "src/aws/token.py",
        "asks the service for every guess",
        "ASK_AGAIN_SECONDS = 5",
        "ASK_AGAIN_SECONDS = -1",
        f"{TOKEN}::test_a_new_token_is_refused_for_five_seconds_at_most",
    ),
    Fault(
        "src/aws/token.py",
        "locks everybody out while the service is away",
        "            if not self._known:\n                raise\n",
        "            raise\n",
        f"{FAILURES}::test_no_token_known_is_503_and_a_known_one_lasts",
    ),
    Fault(
        "src/aws/client.py",
        "takes an answer that can't be read for a success",
        "if not isinstance(answer, dict):",
        "if False:",
        CLIENT,
    ),
    Fault(
        "src/aws/client.py",
        "takes a field called B for bytes",
        "if isinstance(binary, str) and len(value) == 1 else value",
        "if binary else value",
        f"{WEBHOOK}::test_a_field_called_as_dynamodb_calls_bytes_is_a_field",
    ),
)
