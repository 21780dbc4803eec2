import http.client
import json
import os
import signal
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from tests.e2e.serving import Served, contato, versions


def invoke(served: Served, function: str, event: Any) -> Any:
    """Invoke a function as Lambda's API has it; gives its answer."""
    where = urlsplit(served.where["lambda_endpoint"]).netloc
    with closing(http.client.HTTPConnection(where, timeout=30)) as connection:
        connection.request("POST", f"/2015-03-31/functions/{function}/invocations", json.dumps(event))
        return json.load(connection.getresponse())


def test_a_killed_worker_comes_back_by_itself(served: Served) -> None:
    """After a SIGKILL a POST is answered 200 soon, at the same endpoint; what was stored is still there."""
    assert served.post([contato("1")])[0] == 200
    os.kill(served.where["worker_pid"], signal.SIGKILL)
    statuses = (served.post([contato("2")])[0] for _ in range(5))
    assert 200 in statuses
    assert versions(served.items("contato#1")) == versions(served.items("contato#2")) == [1]
    assert invoke(served, "rubeus-local-webhook", {"rawPath": "/"})["statusCode"] == 404


def test_recovery_can_be_invoked(served: Served) -> None:
    """The function that EventBridge would run is there under its name, and finds nothing to do."""
    assert invoke(served, "rubeus-local-recovery", {"detail-type": "Scheduled Event"})["recovered"] == {}
