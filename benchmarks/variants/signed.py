"""AWS's JSON protocol by hand: SigV4 and `http.client`, a connection for each thread. No retries."""

import hmac
import http.client
import os
import ssl
import threading
import time
from hashlib import sha256
from urllib.parse import urlsplit

_SIGNED_HEADERS = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target"


class ServiceError(Exception):
    """A call was not answered with 200; holds the service's JSON."""


class Service:
    """One service, at AWS_ENDPOINT_URL.

    Parameters
    ----------
    name
        As signatures have it: "dynamodb".
    target
        What stands before the operation in X-Amz-Target: "DynamoDB_20120810".
    """

    def __init__(self, name: str, target: str) -> None:
        url = urlsplit(os.environ["AWS_ENDPOINT_URL"])
        self._host, self._port, self._netloc = url.hostname or "", url.port, url.netloc
        # Made once: to load the CA bundle for every connection is what costs most of a new one.
        bundle = os.environ.get("AWS_CA_BUNDLE")
        self._tls = ssl.create_default_context(cafile=bundle) if url.scheme == "https" else None
        self._target = target
        self._scope = f"{os.environ['AWS_REGION']}/{name}/aws4_request"
        self._day_and_key = ("", b"")
        self._thread = threading.local()

    def call(self, operation: str, body: bytes) -> bytes:
        """Make one call; raises ServiceError."""
        connection = getattr(self._thread, "connection", None)
        if connection is None:
            connection = self._thread.connection = self._connect()
        connection.request("POST", "/", body, self._headers(f"{self._target}.{operation}", body))
        response = connection.getresponse()
        answer: bytes = response.read()
        if response.status != http.client.OK:
            raise ServiceError(answer)
        return answer

    def _connect(self) -> http.client.HTTPConnection:
        if self._tls:
            return http.client.HTTPSConnection(self._host, self._port, timeout=3, context=self._tls)
        return http.client.HTTPConnection(self._host, self._port, timeout=3)

    def _headers(self, target: str, body: bytes) -> dict[str, str]:
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        scope = f"{now[:8]}/{self._scope}"
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "host": self._netloc,
            "x-amz-date": now,
            "x-amz-security-token": os.environ["AWS_SESSION_TOKEN"],
            "x-amz-target": target,
        }
        canonical = "".join(f"{name}:{value}\n" for name, value in headers.items())
        request = f"POST\n/\n\n{canonical}\n{_SIGNED_HEADERS}\n{sha256(body).hexdigest()}"
        text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{sha256(request.encode()).hexdigest()}"
        signature = hmac.digest(self._key(now[:8]), text.encode(), "sha256").hex()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope}, "
            f"SignedHeaders={_SIGNED_HEADERS}, Signature={signature}"
        )
        return headers

    def _key(self, day: str) -> bytes:
        known, key = self._day_and_key
        if known != day:
            key = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
            for part in (day, *self._scope.split("/")):
                key = hmac.digest(key, part.encode(), "sha256")
            self._day_and_key = day, key
        return key
