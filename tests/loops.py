"""Event loops of the tests."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE_S = 120


def run_apart(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run `work` on a loop in a thread of its own: a browser keeps one running in ours.

    Raises:
        TimeoutError: it does not end; the thread is left alone, so that a hang fails the test.
    """
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(asyncio.run(work()))
        except Exception as fault:  # noqa: BLE001  it is told to who waits
            done.set_exception(fault)

    Thread(target=run, name="a test's loop", daemon=True).start()
    return done.result(PATIENCE_S)


def in_a_thread(work: Callable[[], T]) -> T:
    """Do `work`, which runs a loop of its own, in a thread where no other one runs."""
    with ThreadPoolExecutor(1, "a test's thread") as pool:
        return pool.submit(work).result(PATIENCE_S)
