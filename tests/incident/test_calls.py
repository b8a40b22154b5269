"""The calls of a run, read from the debug log of its processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digicert_pulumi.incident.calls import Calls

if TYPE_CHECKING:
    from pathlib import Path

LOG = """\
2026-03-01 10:00:00,000 4711 MainThread DEBUG digicert_pulumi.certcentral: GET /order/certificate/7: 200 in 20 ms (attempt 1)
2026-03-01 10:00:10,500 4711 MainThread DEBUG digicert_pulumi.certcentral: PUT /order/certificate/7/revoke: 503 in 9 ms (attempt 1)
2026-03-01 10:00:11,000 4712 ThreadPoolExecutor-0_1 DEBUG digicert_pulumi.certcentral: PUT /order/certificate/8/revoke: 201 in 7 ms (attempt 2)
2026-03-01 10:00:11,000 4712 ThreadPoolExecutor-0_1 DEBUG digicert_pulumi.dynamic: create failed
Traceback (most recent call last):
"""


def test_the_calls_are_read_from_the_debug_log_as_it_grows(tmp_path: Path) -> None:
    log = tmp_path / "calls.log"
    calls = Calls(log)
    assert (calls.count(), calls.sent) == (0, set())
    log.write_text(LOG)
    assert calls.count() == 3
    assert calls.sent == {8}
    more = "2026-03-01 10:00:12,000 1 X DEBUG y: PUT /order/certificate/9/revoke: 204 in 7 ms (attempt 1)\n"
    with log.open("a") as file:
        file.write(more[:50])
        file.flush()
        assert calls.count() == 3
        file.write(more[50:])
    assert calls.count() == 4
    assert calls.sent == {8, 9}


def test_what_a_power_cut_left_blank_in_the_log_hides_no_call(tmp_path: Path) -> None:
    log = tmp_path / "calls.log"
    log.write_text("\0" * 4096 + LOG)
    calls = Calls(log)
    assert (calls.count(), calls.sent) == (3, {8})
