"""`rubeus serve`: the receiver on this machine, until Ctrl-C."""

import json
import signal
import sys
import threading
from pathlib import Path

from rubeus.stack.local import LocalStack, Options, local_stack

READY = """\
The receiver runs on this machine, with an emulated AWS.

  URL to paste   {url}
  AWS endpoint   {aws_endpoint}  (region {region}, any credentials)

Post a contato:
  curl -i {url} \\
    -H 'Content-Type: application/json' \\
    -d '[{{"id": "341", "codigo": "COD156", "nome": "Ana Exemplo", "emails": null}}]'

Read it back, and the queue:
  aws dynamodb query --endpoint-url {aws_endpoint} --region {region} \\
    --table-name {records_table} --key-condition-expression 'pk = :pk' \\
    --expression-attribute-values '{{":pk": {{"S": "contato#341"}}}}'
  aws sqs receive-message --region {region} \\
    --endpoint-url {aws_endpoint} \\
    --queue-url {records_queue_url}

Ctrl-C stops.{kept}
"""


def serve(options: Options, *, as_json: bool) -> int:
    """Run the local stack until SIGINT or SIGTERM, printing where it is.

    Parameters
    ----------
    options
        Ports, token, and so on.
    as_json
        Print one line of JSON instead of the help; the functions' log goes to standard error either way.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with local_stack(options, sys.stderr) as stack:
        print(json.dumps(stack.as_dict()) if as_json else _help(stack, options.data), flush=True)
        stop.wait()
    return 0


def _help(stack: LocalStack, data: Path | None) -> str:
    kept = (
        f" What is stored stays in {data}." if data else " What is stored is lost then; --data DIR keeps it."
    )
    return READY.format(**stack.as_dict(), kept=kept)
