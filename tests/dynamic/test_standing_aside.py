"""Those who wait leave their threads to others, also after more calls than threads at once."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait

from digicert_pulumi.dynamic.frames import standing_aside

THREADS = 4
WAITING = 12
CALLS = 40
SECONDS = 120


def test_any_number_may_wait_after_many_calls_had_queued_up() -> None:
    decided = threading.Event()
    all_wait = threading.Barrier(WAITING + 1)

    def waits() -> None:
        with standing_aside():
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


_ENDING = """
from concurrent.futures import ThreadPoolExecutor
from digicert_pulumi.dynamic.frames import follow_the_engine
from digicert_pulumi.runtime import cancellation

follow_the_engine()
ThreadPoolExecutor(1).submit(cancellation.process.sleep, 3600)
"""


def test_a_process_that_ends_waits_for_no_sleep() -> None:
    subprocess.run([sys.executable, "-c", _ENDING], check=True, timeout=300)
