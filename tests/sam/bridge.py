import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.sam.docker import docker

LOOPBACK = "127.0.0.1"
# How containers name this machine: by itself with Docker Desktop, elsewhere by this option of `sam local`.
NAME = "host.docker.internal"
OPTION = ("--add-host", f"{NAME}:host-gateway")


@contextmanager
def open_to_containers(port: int) -> Iterator[str]:
    """Let containers reach a port of the loopback interface; gives the address they use."""
    gateway = docker("network", "inspect", "bridge", "--format", "{{ (index .IPAM.Config 0).Gateway }}")
    try:
        server = _Server((gateway.stdout.strip(), port), _Connection)
    except OSError:  # Docker Desktop: the gateway is elsewhere, and leads to the loopback interface already
        yield f"http://{NAME}:{port}"
        return
    with server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://{NAME}:{port}"
        server.shutdown()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class _Connection(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        """Pass on both ways what comes, until both sides are done."""
        with socket.create_connection((LOOPBACK, self.server.server_address[1])) as inside:
            back = threading.Thread(target=_pass_on, args=(inside, self.request))
            back.start()
            _pass_on(self.request, inside)
            back.join()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):  # a container that is stopped hangs up in the middle
        while chunk := source.recv(65536):
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)
