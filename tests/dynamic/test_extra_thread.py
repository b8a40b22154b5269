"""Those who wait leave their threads to others, also after more calls than threads at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait

from digicert_pulumi.dynamic.frames import extra_thread

THREADS = 4
WAITING = 12
CALLS = 40
SECONDS = 120


def test_any_number_may_wait_after_many_calls_had_queued_up() -> None:
    decided = threading.Event()
    all_wait = threading.Barrier(WAITING + 1)

    def waits() -> None:
        with extra_thread():
            all_wait.wait(SECONDS)
            decided.wait(SECONDS)

    with ThreadPoolExecutor(THREADS) as executor:
        opened = threading.Event()
        calls = [executor.submit(opened.wait, SECONDS) for _ in range(CALLS)]
        opened.set()
        wait(calls)
        waiting = [executor.submit(waits) for _ in range(WAITING)]
        try:
            all_wait.wait(SECONDS)
            assert executor.submit(lambda: "answered").result(SECONDS) == "answered"
        finally:
            decided.set()
        wait(waiting)
        assert [each.exception() for each in waiting] == [None] * WAITING
