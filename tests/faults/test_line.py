"""The line between two parts: what it is told to do to bytes, it does."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.faults.suite.line import CUT, SILENT, SOUND, Line, Lines, Manner

BRIEF_S = 0.3


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of somebody who says everything again."""
    server = socket.create_server(("127.0.0.1", 0))

    def answer(conn: socket.socket) -> None:
        with conn:
            try:
                while chunk := conn.recv(4096):
                    conn.sendall(chunk)
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                conn, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(conn,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield server.getsockname()[1]
    server.close()


@pytest.fixture
def laid(echo: int) -> Iterator[tuple[Lines, Line]]:
    lines = Lines()
    yield lines, lines.lay(echo)
    lines.close()


def said(conn: socket.socket, words: bytes = b"hello") -> bytes:
    conn.sendall(words)
    return conn.recv(4096)


def greeted(port: int) -> bytes:
    """Return what a new connection hears; nothing where it is refused."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as conn:
            return said(conn)
    except ConnectionError:
        return b""


def test_a_sound_line_carries_and_a_cut_one_resets(laid: tuple[Lines, Line]) -> None:
    lines, line = laid
    with socket.create_connection(("127.0.0.1", line.port), timeout=5) as conn:
        assert said(conn) == b"hello"
        lines.turn(line, CUT)
        with pytest.raises(ConnectionError):
            said(conn)
    assert greeted(line.port) == b""
    lines.turn(line, SOUND)
    assert greeted(line.port) == b"hello"


def test_a_half_open_line_tells_nobody_until_it_is_sound_again(laid: tuple[Lines, Line]) -> None:
    lines, line = laid
    with socket.create_connection(("127.0.0.1", line.port), timeout=5) as conn:
        assert said(conn) == b"hello"
        lines.turn(line, SILENT)
        conn.settimeout(BRIEF_S)
        with pytest.raises(TimeoutError):
            said(conn)
        conn.settimeout(5)
        lines.turn(line, SOUND)
        with pytest.raises(ConnectionError):
            conn.recv(1)


@pytest.mark.parametrize(
    ("manner", "least_s"), [(Manner(delay_s=0.1), 0.2), (Manner(bytes_per_s=20_000), 0.4)]
)
def test_a_slow_line_is_as_slow_as_it_was_told(laid, manner: Manner, least_s: float) -> None:
    lines, line = laid
    lines.turn(line, manner)
    with socket.create_connection(("127.0.0.1", line.port), timeout=5) as conn:
        begun = time.monotonic()
        assert said(conn, bytes(4_000)) != b""
        assert time.monotonic() - begun >= least_s - 0.05
