"""What the two child processes, the emulator and the worker, have in common."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time

HOST = "127.0.0.1"
START_SECONDS = 30
STOP_SECONDS = 30


def is_up(process: "subprocess.Popen[bytes]", port: int, path: str) -> bool:
    """Wait until a child answers a GET on `path` with 200; False when it ended or took too long."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection(HOST, port, timeout=5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return process.poll() is None
        except (OSError, http.client.HTTPException):
            time.sleep(0.02)
        finally:
            connection.close()
    return False


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Stop a child that was started with a pipe as `stdin`, and wait for its end."""
    assert process.stdin is not None  # noqa: S101 (Popen was asked for a pipe)
    process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def stop_with_parent() -> None:
    """In the child: end by SIGTERM once the parent closes the pipe, on purpose or because it died."""
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)
