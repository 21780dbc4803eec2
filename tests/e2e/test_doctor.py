import json
import os
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeAlias

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.e2e.serving import Served, python

from rubeus.calling import client
from rubeus.calling.doctor import CHECKS, Doctor

Reply: TypeAlias = tuple[int, Mapping[str, str], bytes]

OURS: Reply = (200, {}, b'{"mensagem": "Conex\xc3\xa3o confirmada.", "protocolo": "01a2"}')


def certificate(folder: Path, last: datetime) -> Path:
    """Make a certificate for 127.0.0.1 with its key, which nobody but itself vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "doctor's own")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(last - timedelta(days=365))
        .not_valid_after(last)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{last:%Y}.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


@contextmanager
def server(
    reply: Reply = OURS, tls: Path | None = None, told: threading.Event | None = None
) -> Iterator[int]:
    """Answer every POST so, once it is told to; gives the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if told:
                told.wait()
            status, headers, body = reply
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Leave alone who hung up."""

    with Server(("127.0.0.1", 0), Handler) as running:
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
            running.socket = context.wrap_socket(
                running.socket, server_side=True, do_handshake_on_connect=False
            )
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield running.server_address[1]
        finally:
            running.shutdown()
            thread.join()


def doctor(url: str, *arguments: str, authority: Path | None = None) -> dict[str, Any]:
    """Run `rubeus doctor`; gives its document, `mend`: the names of what is to be mended, and its status."""
    env = {**os.environ, **({"SSL_CERT_FILE": str(authority)} if authority else {})}
    done = python("-m", "rubeus", "doctor", url, "--json", *arguments, env=env)
    document: dict[str, Any] = json.loads(done.stdout)
    found = [each["check"] for each in document["findings"]]
    assert found == [check for check in CHECKS if check in found]
    mend = [each["check"] for each in document["findings"] if each["mend"]]
    assert done.returncode == bool(mend)
    return document | {"mend": mend}


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a certificate that is valid for another year."""
    return certificate(tmp_path_factory.mktemp("valid"), datetime.now(UTC) + timedelta(days=364))


def test_of_a_right_url_there_is_nothing_to_mend(served: Served) -> None:
    """All is looked at, and the dialog is that of the receiver, word for word."""
    document = doctor(served.where["url"])

    assert not document["mend"]
    assert document["status"] == 200
    assert json.loads(document["answer"])["mensagem"] == "Conexão confirmada. Nenhum registro no corpo."


def test_it_is_told_in_80_columns(served: Served) -> None:
    """A line a check, the dialog, and what to mend."""
    done = python("-m", "rubeus", "doctor", served.where["url"] + "x")

    assert done.returncode == 1
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "✗ token        wrong" in done.stdout
    assert "│ 401" in done.stdout
    assert "To mend:\n  token: Copy the URL again" in done.stdout
    assert "token retire`" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("pasted", "wrong"),
    [
        ("{url}x", "token"),
        (" {url}\u00a0", "spaces"),
        ("{url}/aluno", "path"),
        ("{url}/contato/1", "path"),
        ("{base}", "path"),
        ("{base}/webhook/…", "path"),
        ("{base}/webhook", "path"),
    ],
)
def test_what_was_pasted_wrong_is_told_apart(served: Served, pasted: str, wrong: str) -> None:
    """A wrong token, spaces that nobody sees, a kind that does not exist, half the URL."""
    url = served.where["url"]
    document = doctor(pasted.format(url=url, base=url.partition("/webhook")[0]))

    assert document["mend"] == [wrong]


def test_tls_with_a_valid_certificate_is_right(valid: Path) -> None:
    """Until when, is told."""
    with server(tls=valid) as port:
        document = doctor(f"https://127.0.0.1:{port}/webhook/token/contato", authority=valid)

    assert not document["mend"]
    assert "valid until" in document["findings"][4]["says"]


def test_an_expired_certificate_is_told(tmp_path: Path) -> None:
    """As such, although somebody vouches for it."""
    expired = certificate(tmp_path, datetime(2025, 1, 1, tzinfo=UTC))
    with server(tls=expired) as port:
        document = doctor(f"https://127.0.0.1:{port}/webhook/token", authority=expired)

    assert document["mend"] == ["certificate"]
    assert document["findings"][-1]["says"] == "certificate has expired"


def test_a_certificate_that_nobody_vouches_for_is_told(valid: Path) -> None:
    """It is not the one that has expired."""
    with server(tls=valid) as port:
        document = doctor(f"https://127.0.0.1:{port}/webhook/token")

    assert document["mend"] == ["certificate"]
    assert "self-signed" in document["findings"][-1]["says"]


def test_http_is_told() -> None:
    """Only on this machine it is right: any other address could be anybody's."""
    with server() as port:
        document = doctor(f"http://0.0.0.0:{port}/webhook/token")  # reaches this machine, too

    assert document["mend"] == ["https"]


def test_https_where_http_is_spoken_is_told() -> None:
    """Not as a certificate that has expired."""
    with server() as port:
        document = doctor(f"https://127.0.0.1:{port}/webhook/token")

    assert document["mend"] == ["certificate"]
    assert "no TLS" in document["findings"][-1]["says"]


def test_a_redirect_is_told() -> None:
    """With where it leads, but without the token."""
    reply = (301, {"Location": "https://crm.example/webhook/segredo/"}, b"<html>moved</html>")
    with server(reply) as port:
        document = doctor(f"http://127.0.0.1:{port}/webhook/segredo")

    assert document["mend"] == ["redirect"]
    assert document["status"] == 301
    assert "301, to https://crm.example" in [each["says"] for each in document["findings"]]


def test_an_unknown_name_is_told() -> None:
    """And what would need it is not looked at."""
    document = doctor("https://nada.invalid/webhook/token")

    assert document["mend"] == ["name"]
    assert document["status"] is None
    assert document["findings"][-1]["check"] == "name"


def test_a_refused_port_is_told() -> None:
    """A machine that is there, with nobody listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        document = doctor(f"https://127.0.0.1:{bound.getsockname()[1]}/webhook/token")

    assert document["mend"] == ["port"]


def test_a_slow_answer_is_told() -> None:
    """One that does not come in time."""
    told = threading.Event()
    with server(told=told) as port:
        try:
            document = doctor(f"http://127.0.0.1:{port}/webhook/token", "--timeout", "0.2")
        finally:
            told.set()

    assert document["mend"] == ["latency"]


def test_an_answer_after_more_than_three_seconds_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock of the test's, which nobody waits for."""
    found = []
    for seconds in (2.9, 3.1):
        times = iter((0.0, seconds))
        monkeypatch.setattr(client, "time", SimpleNamespace(perf_counter=times.__next__))
        with server((200, {}, b'{"protocolo": "01a2"}')) as port:
            patient = Doctor(f"http://127.0.0.1:{port}/webhook/token", kinds=())
            found.append([each.check for each in patient.examine() if each.mend])
    assert found == [[], ["latency"]]


@pytest.mark.parametrize(
    ("reply", "wrong"),
    [
        ((200, {}, b"<html>Bem-vindo</html>"), "path"),
        ((404, {}, b'{"message": "Not Found"}'), "path"),
        ((405, {}, b""), "path"),
        ((403, {}, b"{}"), "receiver"),
        ((503, {}, b'{"protocolo": "01a2"}'), "receiver"),
    ],
)
def test_another_server_and_a_receiver_that_fails_are_told_apart(reply: Reply, wrong: str) -> None:
    """What is no receiver, one that lets nobody in from here, one that can keep nothing."""
    with server(reply) as port:
        assert doctor(f"http://127.0.0.1:{port}/webhook/token")["mend"] == [wrong]


@pytest.mark.parametrize("url", ["", "nada", "ftp://x/webhook/y", "https://", "https://x:port/y"])
def test_what_is_no_url_is_told(url: str) -> None:
    """Without a traceback."""
    assert doctor(url)["mend"] == ["https"]


def test_two_slashes_are_told() -> None:
    """One at the end is no harm."""
    with server() as port:
        assert doctor(f"http://127.0.0.1:{port}//webhook/token")["mend"] == ["slash"]
        assert not doctor(f"http://127.0.0.1:{port}/webhook/token/")["mend"]
