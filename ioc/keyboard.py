"""Single keys pressed in the terminal a program runs in."""

import os
import sys
import termios
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from select import select

ROUND_S = 0.2


@contextmanager
def pressed_keys(tell: Callable[[str], object]) -> Iterator[bool]:
    """Call `tell` with each key pressed meanwhile, in a thread; Ctrl-C goes on to be a signal.

    Yields whether there is a terminal to listen to: without one nothing is told.
    """
    if not sys.stdin or sys.stdin.closed or not sys.stdin.isatty():
        yield False
        return
    number = sys.stdin.fileno()
    before, stop = termios.tcgetattr(number), threading.Event()

    def listen() -> None:
        while not stop.is_set():
            if select([number], [], [], ROUND_S)[0]:
                key = os.read(number, 1)  # not through Python's buffer: it would hold keys back
                if not key:
                    return
                tell(key.decode("ascii", "replace"))

    thread = threading.Thread(target=listen, name="keyboard", daemon=True)
    try:
        tty.setcbreak(number)
        thread.start()
        yield True
    finally:
        stop.set()
        thread.join(2 * ROUND_S)
        termios.tcsetattr(number, termios.TCSADRAIN, before)
