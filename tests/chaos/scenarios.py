"""Every way in which a lifecycle is disturbed, each as a scenario that leaves a verdict."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from chaos.faults import ON_A_READING, ON_EVERY_PUT, ON_THE_PUT, Fault
from chaos.kinds import CERTIFICATE, DECISION, ORDER
from chaos.life import Life, sandbox_in
from chaos.toxiproxy import toxiproxy
from chaos.verdict import Verdict
from support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from chaos.kinds import Kind
    from support.sandbox import Sandbox

ORDERS = 4
"""Orders of a stack: as many as the provider works on at once."""


@dataclass(frozen=True)
class Scenario:
    """A disturbed lifecycle.

    Attributes:
        fault: The row of the table that it counts for.
        moment: When the fault strikes.
        run: Lives it, in a folder of its own.
        requests: How many requests DigiCert may have for an order: as many as there are programs.
    """

    fault: str
    moment: str
    run: Callable[[Path], Verdict]
    requests: int = 1


def lifecycle(
    folder: Path,
    *,
    during_up: Callable[[Life], None],
    during_refresh: Callable[[Life], None] | None = None,
    kind: Kind = ORDER,
    orders: int = ORDERS,
    each: int = 1,
    configured: bool = True,
    **settings: Any,
) -> Verdict:
    """Declare, preview, `up` while it is disturbed, recover, decide, refresh; then compare.

    Args:
        folder: A folder of its own.
        during_up: Runs the disturbed `pulumi up`.
        during_refresh: Runs a disturbed `pulumi refresh`, where there is one, before the undisturbed one.
        kind: The resource.
        orders: How many orders there are.
        each: How many resources declare each order.
        configured: Whether the key stands in the stack's configuration, or else in the environment.
        **settings: Environment variables of the stack.
    """
    with sandbox_in(folder / "sandbox", 2 * orders + 50) as sandbox:
        chosen = sandbox.plain(orders)
        kind.begin(sandbox, chosen)
        life = Life(
            folder / "stack", sandbox, chosen, kind=kind, each=each, configured=configured, **settings
        )
        try:
            assert life.preview().code == 0
            during_up(life)
            life.settle()
            recovered = life.verdict()
            life.decide()
            if during_refresh:
                during_refresh(life)
            life.calm()
            assert life.refresh().code == 0
            return recovered.worst_of(life.verdict()) + life.traces()
        finally:
            life.close()


def _strike(life: Life, fault: Fault, endpoint: str, count: int | None, skip: int = 0) -> None:
    """Arm a fault: for every order; a 429, which stops a whole account for some seconds, for as few as will do.

    Of four orders all but one are read singly before the lists are, and which one is not known beforehand: so a 429
    hits whichever reading comes first, and of those after the PUT the ones of two orders.
    """
    orders: Sequence[int | None] = life.orders
    if fault.rule.get("status") == 429:
        orders = life.orders[:2] if skip else [None]
    life.sandbox.add_faults(*({**fault.on(endpoint, order, count), "skip": skip} for order in orders))


def _on_the_put(fault: Fault, count: int | None, life: Life) -> None:
    _strike(life, fault, life.kind.put, count)
    life.up()
    life.assert_struck()


def _before_the_put(fault: Fault, count: int | None, life: Life) -> None:
    for endpoint in life.kind.readings:
        _strike(life, fault, endpoint, count)
    life.up()
    life.assert_struck()


def _on_the_reading_back(fault: Fault, count: int | None, life: Life) -> None:
    for endpoint, before in life.kind.readings.items():
        _strike(life, fault, endpoint, count, skip=before)
    life.up()
    life.assert_struck()
    # A refused connection turns away whatever comes in its second, and a reading that is repeated counts once more.
    if fault.rule["fault"] != "refuse":
        life.assert_struck_after_the_put()


def _on_the_lists(fault: Fault, count: int | None, command: Callable[[Life], object], life: Life) -> None:
    """Where there are more orders than a few, they are read as lists."""
    for endpoint in ("list_orders", "list_requests"):
        life.sandbox.add_faults(fault.on(endpoint, count=count))
    command(life)
    life.assert_struck()


def _on_the_refresh(fault: Fault, count: int | None, life: Life) -> None:
    for endpoint in life.kind.readings:
        _strike(life, fault, endpoint, count)
    life.refresh()
    life.assert_struck()


def put_scenarios() -> Iterator[Scenario]:
    """Every fault on the next PUT of an order, and what keeps a PUT from being processed on all of them."""
    for fault in ON_THE_PUT:
        row = f"PUT: {fault.name}"
        yield Scenario(
            row, "once", partial(lifecycle, configured=False, during_up=partial(_on_the_put, fault, 1))
        )
        if fault in ON_EVERY_PUT:
            yield Scenario(
                row,
                "always",
                partial(lifecycle, configured=False, during_up=partial(_on_the_put, fault, None)),
            )


def reading_scenarios() -> Iterator[Scenario]:
    """Every fault on the readings before the PUT, on those after it, and on those of a refresh."""
    for fault in ON_A_READING:
        row = f"reading: {fault.name}"
        yield Scenario(
            row,
            "before the PUT, and in the refresh",
            partial(
                lifecycle,
                configured=False,
                during_up=partial(_before_the_put, fault, 1),
                during_refresh=partial(_on_the_refresh, fault, 1),
            ),
        )
        # After a 429 the provider waits for 5 seconds and more, so it meets no more than one.
        often = 1 if fault.name == "status 429" else None
        yield Scenario(
            row,
            "always: after the PUT, and in the refresh",
            partial(
                lifecycle,
                configured=False,
                during_up=partial(_on_the_reading_back, fault, often),
                during_refresh=partial(_on_the_refresh, fault, often),
            ),
        )


def list_scenarios() -> Iterator[Scenario]:
    """Every fault on the lists from which orders and requests are read."""
    for fault in ON_A_READING:
        if fault.rule["fault"] == "stale_order":
            continue
        for moment, count in (("once", 1), ("always", None)):
            if fault.name == "status 429" and moment == "always":
                continue
            yield Scenario(
                f"reading: {fault.name}",
                f"lists, {moment}",
                partial(
                    lifecycle,
                    configured=False,
                    orders=8,
                    during_up=partial(_on_the_lists, fault, count, Life.up),
                    during_refresh=partial(_on_the_lists, fault, count, Life.refresh),
                ),
            )


def _killed(kill: Callable[[Life], None], moment: str, life: Life) -> None:
    when = "before" if moment == "before processing" else "after"
    with life.up_with_calls_held(life.kind.put, when):
        if moment == "during the reading back":
            life.hold_the_reading_back()
        kill(life)


def _killed_and_never_processed(kill: Callable[[Life], None], life: Life) -> None:
    with life.up_with_calls_held(life.kind.put, "before"):
        kill(life)
        life.sandbox.restart()


VICTIMS: dict[str, Callable[[Life], None]] = {
    "the provider process": Life.kill_the_provider,
    "the CLI": Life.kill_the_cli,
    "both": Life.kill_everything,
}


def crash_scenarios() -> Iterator[Scenario]:
    """`kill -9` at every step around the PUT."""
    patient = partial(lifecycle, DIGICERT_REQUEST_TIMEOUT="60")
    for victim, kill in VICTIMS.items():
        row = f"`kill -9` of {victim}"
        for moment in ("before processing", "after processing", "during the reading back"):
            yield Scenario(row, moment, partial(patient, during_up=partial(_killed, kill, moment)))
        never = partial(_killed_and_never_processed, kill)
        yield Scenario(row, "never processed", partial(patient, during_up=never))


def _restarted(life: Life) -> None:
    """DigiCert goes down with the answers, and what it made of the PUTs is seen only after a while."""
    with life.up_with_calls_held("revoke_order", "after"):
        life.hide_requests(1.5)
        life.sandbox.restart()


def _stopped(life: Life) -> None:
    """DigiCert is gone in the middle of an `up`."""
    with life.up_with_requests_made(len(life.orders) // 3):
        life.sandbox.kill()
    life.sandbox.restart()


def _limited(life: Life) -> None:
    """Somebody else uses up what the account may ask."""
    life.sandbox.set_limits("20/2", "1000/180")
    life.up()
    assert any(call["status"] == 429 for call in life.sandbox.access_log()), "nobody was limited"
    life.struck |= {*life.orders}
    life.sandbox.set_limits()


def account_scenarios() -> Iterator[Scenario]:
    """What hits a whole account, or all of DigiCert."""
    row = "DigiCert restarts before it answers, request seen after 1.5 s"
    restarted = partial(lifecycle, during_up=_restarted, DIGICERT_REQUEST_TIMEOUT="60")
    yield Scenario(row, "once", restarted)
    row = "DigiCert stops in the middle of an `up` of 50 orders"
    yield Scenario(row, "once", partial(lifecycle, during_up=_stopped, orders=50))
    row = "rate limits of 20 calls in 2 s and 1000 in 180 s"
    limited = partial(lifecycle, during_up=_limited, orders=20)
    yield Scenario(row, "always", limited)


def twin_scenarios() -> Iterator[Scenario]:
    """Two resources of one stack that declare the same order."""
    for fault in ON_THE_PUT:
        if fault.rule["fault"] in {"late_request", "slow", "drop"}:
            disturbed = partial(_on_the_put, fault, 1)
            row = "two resources of one stack for one order"
            yield Scenario(row, fault.name, partial(lifecycle, during_up=disturbed, orders=2, each=2))


def _machine(folder: Path) -> dict[str, Any]:
    """The environment of a machine of its own: its processes share no lock with others."""
    return {"XDG_CACHE_HOME": str(folder / "cache")}


def _raced(at_once: bool, folder: Path) -> Verdict:
    """Two machines pass each other: both have read the orders before either one's PUT is processed."""
    with sandbox_in(folder / "sandbox") as sandbox:
        orders = sandbox.plain(ORDERS)
        lives = [
            Life(
                folder / name,
                sandbox,
                orders,
                requests=2,
                DIGICERT_REQUEST_TIMEOUT="60",
                **_machine(folder / name),
            )
            for name in ("one", "two")
        ]
        for life in lives:
            assert life.preview().code == 0
        _up_past_each_other(lives, at_once=at_once)
        verdict = Verdict()
        for life in lives:
            life.settle()
            assert life.refresh().code == 0
            verdict += life.verdict() + Verdict(wrong=sum(not _was_told(life, order) for order in orders))
        lives[0].decide()
        for life in lives:
            assert life.refresh().code == 0
            verdict += replace(life.verdict(), runs=0, requests=0) + life.traces()
        return verdict


def _up_past_each_other(lives: Sequence[Life], *, at_once: bool) -> None:
    sandbox = lives[0].sandbox
    sandbox.add_faults({"fault": "hold", "endpoint": "revoke_order", "when": "before"})
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(lives[0].up)
        holds = sandbox.wait_for_hold(ORDERS)
        second = pool.submit(lives[1].up)
        sandbox.wait_for_hold(2 * ORDERS)
        sandbox.clear_faults()
        if not at_once:
            for hold in holds:
                sandbox.call("DELETE", f"/holds/{hold['id']}")
            first.result()
        sandbox.release()
        assert first.result().code == second.result().code == 0
    lives[0].struck |= {*lives[0].orders}


def _was_told(life: Life, order: int) -> bool:
    """Whether the user of a stack was told of the other's request, and which of the two counts."""
    one, two = (request["id"] for request in life.requests(order))
    line = f"order {order}: requests {one} and {two} to revoke it are open at the same time"
    return any(line in result.text for result in life.results)


def _raced_on_one_machine(folder: Path) -> Verdict:
    """Two stacks of one machine at once; the PUTs of the first wait at DigiCert while the second wants to send."""
    with sandbox_in(folder / "sandbox") as sandbox:
        orders = sandbox.plain(ORDERS)
        shared: dict[str, Any] = {"DIGICERT_REQUEST_TIMEOUT": "60", **_machine(folder)}
        lives = [Life(folder / name, sandbox, orders, **shared) for name in ("one", "two")]
        with ThreadPoolExecutor(1) as pool, lives[0].up_with_calls_held("revoke_order", "before"):
            second = pool.submit(lives[1].up)
            wait_until(lambda: _is_waiting(sandbox))
            sandbox.release()
        assert second.result().code == 0
        lives[0].decide()
        verdict = Verdict()
        for life in lives:
            assert life.refresh().code == 0
            verdict += life.verdict() + life.traces()
        return verdict


def _is_waiting(sandbox: Sandbox) -> bool:
    """Whether the second program has come as far as it can: it has read the orders for its preview."""
    reads = [call for call in sandbox.access_log() if call["method"] == "GET"]
    return len(reads) >= 2 * ORDERS + 1


def race_scenarios() -> Iterator[Scenario]:
    """Two programs at the same moment on one order, where DigiCert takes both requests."""
    row = "two machines for one order, both processed"
    for at_once, moment in ((True, "at once"), (False, "one after the other")):
        yield Scenario(row, moment, partial(_raced, at_once), requests=2)
    yield Scenario("two stacks of one machine for one order", "at once", _raced_on_one_machine)


def _cut_by_toxiproxy(size: int, life: Life, *, lifted: bool) -> None:
    """A proxy that is not ours cuts the answers to PUTs that were processed, and what else passes until it is lifted."""
    with toxiproxy(life.sandbox.base_url) as (proxy, base_url):
        life.stack.configure({"digicert:baseUrl": base_url})
        with life.up_with_calls_held("revoke_order", "after") as up:
            proxy.cut_answers_after(size)
            life.sandbox.release()
            if lifted:
                time.sleep(0.5)
                proxy.heal()
            text = up.result().text
        for order in life.orders:
            assert f"order {order}: no usable answer to the revocation" in text
    life.stack.configure({"digicert:baseUrl": life.sandbox.base_url})


def toxiproxy_scenarios() -> Iterator[Scenario]:
    """Connections that Toxiproxy cuts after the PUT was processed, before the answer and within it."""
    row = "Toxiproxy cuts the connection, processed"
    for size in (0, 60):
        for lifted in (True, False):
            cut = partial(_cut_by_toxiproxy, size, lifted=lifted)
            moment = f"after {size} bytes, {'for a moment' if lifted else 'for the whole `up`'}"
            run = partial(lifecycle, during_up=cut, DIGICERT_REQUEST_TIMEOUT="60")
            yield Scenario(row, moment, run)


def too_late(folder: Path) -> Verdict:
    """A crash right after the PUT, a request that is seen only later, and a user who goes on at another machine.

    Nothing is left there of the first `pulumi up` and DigiCert shows nothing yet, so the second one sends again.
    """
    with sandbox_in(folder / "sandbox") as sandbox:
        life = Life(
            folder / "stack", sandbox, sandbox.plain(ORDERS), requests=2, DIGICERT_REQUEST_TIMEOUT="60"
        )
        assert life.preview().code == 0
        with life.up_with_calls_held("revoke_order", "after"):
            life.hide_requests(8)
            life.kill_everything()
        life.stack.environment |= _machine(folder / "another")
        life.settle()
        for order in life.orders:
            life.wait_until_shown(life.requests(order)[0]["id"])
        assert life.refresh().code == 0
        untold = sum(not _was_told(life, order) for order in life.orders)
        return life.verdict() + life.traces() + Verdict(wrong=untold)


def other_scenarios() -> Iterator[Scenario]:
    """The faults on what a single certificate's revocation and a decision send and read, and their sudden ends."""
    for kind in (CERTIFICATE, DECISION):
        live = partial(lifecycle, kind=kind, configured=False)
        for fault in ON_THE_PUT:
            if kind is DECISION and fault.rule["fault"] == "late_request":
                continue  # it makes no request
            run = partial(live, during_up=partial(_on_the_put, fault, 1))
            yield Scenario(f"{kind.name}: any fault of the PUT", fault.name, run)
        for fault in ON_A_READING:
            before = partial(
                live,
                during_up=partial(_before_the_put, fault, 1),
                during_refresh=partial(_on_the_refresh, fault, 1),
            )
            yield Scenario(f"{kind.name}: any fault of a reading", f"{fault.name}, before the PUT", before)
            after = partial(live, during_up=partial(_on_the_reading_back, fault, 1))
            yield Scenario(f"{kind.name}: any fault of a reading", f"{fault.name}, after the PUT", after)
        for moment in ("before processing", "after processing", "during the reading back"):
            for victim, kill in VICTIMS.items():
                run = partial(
                    lifecycle,
                    kind=kind,
                    during_up=partial(_killed, kill, moment),
                    DIGICERT_REQUEST_TIMEOUT="60",
                )
                yield Scenario(f"{kind.name}: `kill -9`", f"{victim}, {moment}", run)


def all_scenarios() -> list[Scenario]:
    """The whole campaign."""
    return [
        *account_scenarios(),
        *crash_scenarios(),
        *twin_scenarios(),
        *race_scenarios(),
        *toxiproxy_scenarios(),
        *put_scenarios(),
        *reading_scenarios(),
        *list_scenarios(),
        *other_scenarios(),
    ]
