"""What may be wrong with a URL that was, or shall be, pasted into Rubeus: one thing after the other."""

import http.client
import json
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from rubeus.calling.client import Answer, Client

CHECKS = (
    *("spaces", "https", "name", "port", "certificate", "answer"),
    *("redirect", "slash", "path", "token", "latency", "receiver"),
)
"""All that is looked at, in this order."""

_SLOW_SECONDS = 3.0
_COPY = "Copy the URL again, whole: `rubeus url` prints it."
_AGAIN = "Look at the receiver: `rubeus deliveries list`, and the function's log."


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes
    ----------
    mend
        What to do; None: nothing is wrong.
    """

    check: str
    says: str
    mend: str | None = None


class Doctor:
    """Examines a URL.

    Attributes
    ----------
    answer
        What the receiver said to an empty POST; None as long as it said nothing.
    """

    def __init__(self, url: str, *, kinds: Sequence[str], timeout: float = 30) -> None:
        self._given = url
        self._url = "".join(each for each in url if each.isprintable() and not each.isspace())
        self._kinds = kinds
        self._timeout = timeout
        self.answer: Answer | None = None

    def examine(self) -> Iterator[Finding]:
        """Give what is found, one after the other; what can't be reached ends it."""
        yield self._spaces()
        try:
            parts = urlsplit(self._url)
            host, port = parts.hostname, parts.port
        except ValueError:
            parts, host, port = urlsplit(""), None, None
        if parts.scheme not in ("http", "https") or not host:
            yield Finding("https", "it is no URL: it begins with https:// and a name", _COPY)
            return
        yield _https(parts)
        for finding in self._reach(parts, host, port or (443 if parts.scheme == "https" else 80)):
            yield finding
            if finding.mend:
                return
        yield from self._ask(parts)

    def _spaces(self) -> Finding:
        if self._url == self._given:
            return Finding("spaces", "none in it")
        count = len(self._given) - len(self._url)
        says = f"{count} in it, or other characters that nobody sees; the rest is looked at without them"
        return Finding("spaces", says, "Paste it without what stands before, after and within it.")

    def _reach(self, parts: SplitResult, host: str, port: int) -> Iterator[Finding]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            yield Finding("name", f"nobody knows the name {host}", f"{_COPY} Is the stack still deployed?")
            return
        yield Finding("name", f"{host} is {found[0][4][0]}")
        try:
            connected = socket.create_connection((host, port), self._timeout)
        except TimeoutError:
            yield Finding("port", f"port {port} does not answer", "Is a firewall in between?")
            return
        except OSError as error:
            yield Finding("port", f"port {port}: {error.strerror}", "Nothing listens there. " + _COPY)
            return
        with connected:
            yield Finding("port", f"port {port} is open")
            if parts.scheme == "https":
                yield _certificate(connected, host)

    def _ask(self, parts: SplitResult) -> Iterator[Finding]:
        if not (parts.path + parts.query).isascii():  # from a text with … in it, say
            yield Finding("path", "it has a letter or a sign that no URL has", _COPY)
            return
        client = Client(self._url, self._timeout)
        try:
            self.answer = client.post(b"")
            yield Finding("answer", f"HTTP {self.answer.status}")
        except TimeoutError:
            says = f"nothing came within {self._timeout:g} s"
            yield Finding("latency", says, "Rubeus would give up, too. " + _AGAIN)
            return
        except (OSError, http.client.HTTPException) as error:
            says = f"what listens there does not speak {parts.scheme}: {type(error).__name__}"
            yield Finding("answer", says, _COPY)
            return
        finally:
            client.close()
        yield from self._judge(self.answer, parts)

    def _judge(self, answer: Answer, parts: SplitResult) -> Iterator[Finding]:
        is_redirect = 300 <= answer.status < 400
        yield _redirect(answer) if is_redirect else Finding("redirect", "none")
        yield _slash(parts)
        path = self._path(answer, parts)
        yield path
        if is_redirect or path.mend:
            return
        yield _token(answer)
        seconds = f"{answer.seconds * 1000:.0f} ms"
        slow = answer.seconds > _SLOW_SECONDS
        yield Finding("latency", seconds, f"Over {_SLOW_SECONDS:g} s is slow. {_AGAIN}" if slow else None)
        if answer.status not in (200, 401):
            yield _refused(answer)

    def _path(self, answer: Answer, parts: SplitResult) -> Finding:
        """Look at what comes after the stage, if there is one: /webhook/{token}[/{kind}]."""
        before, found, below = parts.path.partition("/webhook/")
        segments = below.strip("/").split("/")
        if not found or not segments[0] or len(segments) > 2:
            return Finding("path", "it is not /webhook/ and the token, perhaps with a kind", _COPY)
        if len(segments) == 2 and segments[1] not in self._kinds:
            kinds = ", ".join(self._kinds)
            return Finding(
                "path", f"there is no kind {segments[1]}", f"End it with one of {kinds}, or with the token."
            )
        if answer.status in (404, 405) or (answer.status == 200 and not _is_ours(answer)):
            return Finding("path", f"something else than the receiver answers {answer.status}", _COPY)
        kind = f", kind {segments[1]}" if len(segments) == 2 else ""
        return Finding("path", f"{before}/webhook/…{kind}")


def _https(parts: SplitResult) -> Finding:
    if parts.scheme == "https":
        return Finding("https", "yes")
    if _is_here(parts.hostname or ""):
        return Finding("https", "http, but on this machine, where only it can reach it")
    return Finding("https", "http: the token would travel for all to read", "Begin it with https://.")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _certificate(connected: socket.socket, host: str) -> Finding:
    try:
        with ssl.create_default_context().wrap_socket(connected, server_hostname=host) as secured:
            certificate = secured.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        mend = "Rubeus would refuse it, too: renew the certificate of that name, or use the stack's own URL."
        return Finding("certificate", error.verify_message, mend)
    except (ssl.SSLError, OSError) as error:
        return Finding("certificate", f"no TLS is spoken there: {type(error).__name__}", _COPY)
    return Finding("certificate", f"valid until {certificate.get('notAfter')}")


def _redirect(answer: Answer) -> Finding:
    target = urlsplit(answer.location or "")
    where = f"{target.scheme}://{target.netloc}" if target.netloc else "another path"
    mend = "Rubeus does not follow it: paste the URL that it leads to."
    return Finding("redirect", f"{answer.status}, to {where}", mend)


def _slash(parts: SplitResult) -> Finding:
    if "//" in parts.path:
        return Finding("slash", "two in a row", "Take one away.")
    if parts.path.endswith("/"):
        return Finding("slash", "one at the end: the receiver takes it, but a redirect may come of it")
    return Finding("slash", "none too many")


def _token(answer: Answer) -> Finding:
    if answer.status == 401:
        mend = f"{_COPY} After `rubeus token retire` only the new one works."
        return Finding("token", "wrong", mend)
    return Finding("token", "right" if answer.status == 200 else "not known")


def _refused(answer: Answer) -> Finding:
    if answer.status == 403:
        mend = "This machine is not in the stack's AllowedSources; whether Rubeus is, only Testar can show."
        return Finding("receiver", "it lets nobody in from here", mend)
    return Finding("receiver", f"it answers {answer.status}", _AGAIN)


def _is_ours(answer: Answer) -> bool:
    try:
        return "protocolo" in json.loads(answer.text)
    except (ValueError, TypeError):
        return False
