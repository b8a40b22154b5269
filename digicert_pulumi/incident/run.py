"""Run an incident: update stack after stack until every request is sent."""

from __future__ import annotations

import random
import signal
import time
from collections import deque
from dataclasses import InitVar, dataclass, replace
from typing import TYPE_CHECKING

from digicert_pulumi.certcentral import CertCentralError
from digicert_pulumi.incident.comparison import ASKED_AGAIN, SETTLED, compare, stored
from digicert_pulumi.incident.locks import LockedError, lives_here
from digicert_pulumi.incident.outcomes import LEFT, REFUSED
from digicert_pulumi.incident.progress import counted
from digicert_pulumi.incident.split import MixedSplitError, split
from digicert_pulumi.incident.stacks import EngineError, StackResult
from digicert_pulumi.incident.survey import EXPECTED, LEFT_OUT, TO_SEND, UNREAD, Finding, refusals, survey
from digicert_pulumi.incident.words import told
from digicert_pulumi.revoking.rules import Adopt

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from types import FrameType

    from digicert_pulumi.certcentral import Pace
    from digicert_pulumi.incident.outcomes import Outcomes
    from digicert_pulumi.incident.progress import Progress
    from digicert_pulumi.incident.record import Record
    from digicert_pulumi.incident.rows import Incident, Inputs
    from digicert_pulumi.incident.split import Split
    from digicert_pulumi.incident.stacks import Revocation, Stacks

_ATTEMPTS = 2
"""Attempts for refused and failed orders in one run. The provider itself also retries for some time."""

_POLL_SECONDS = 5.0
"""Seconds before a locked stack is tried again."""

_STALE_SECONDS = 600.0
"""Seconds after which a refusal is stale and the order is read again: a reissue may exist by now."""

_MAX_BROKEN_STACKS = 3
"""Number of stacks in a row for which the Pulumi CLI fails before the run stops."""

_MAX_FAILED_ORDERS = 20
"""Number of failed orders in a stack without a success before the run stops: the cause isn't a single order."""


_STOPS = (signal.SIGINT, signal.SIGTERM)


class HopelessError(Exception):
    """Every order fails, so the run stops."""


class ForgottenError(Exception):
    """The stacks hold orders that aren't in the file, and the user didn't set `--forget`."""


@dataclass
class Interrupt:
    """Graceful stop on Ctrl-C or SIGTERM: calls in flight end, and nothing else starts. The second signal stops at once.

    Attributes:
        progress: Shows a message to the user.
        pass_on: Interrupts the Pulumi CLI. The terminal sends Ctrl-C to the CLI too; SIGTERM reaches only this process.
        requested: Whether the user asked to stop.
    """

    progress: Progress
    pass_on: Callable[[], None]
    requested: bool = False

    def listen(self) -> None:
        """Install the signal handlers."""
        for number in _STOPS:
            signal.signal(number, self._interrupted)

    def _interrupted(self, received: int, _: FrameType | None) -> None:
        self.requested = True
        for number in _STOPS:
            signal.signal(number, signal.SIG_DFL)
        self.progress.say("stopping after the calls in flight; press Ctrl-C again to stop immediately")
        if received == signal.SIGTERM:
            self.pass_on()


@dataclass
class Run:
    """A run on this machine.

    Attributes:
        incident: The orders to revoke.
        split: Maps orders to stacks.
        stacks: The stacks.
        existing: The names of all stacks in the backend.
        outcomes: The known outcomes of the orders.
        record: The events of this machine's processes.
        pace: This machine's pace.
        progress: Shows the progress to the user.
        lost: The hosts that no longer work on the run, according to the user.
        is_alone: Whether no other machine works on the run.
        forgets: Whether orders that aren't in the file may be removed from the stacks.
    """

    incident: Incident
    split: Split
    stacks: Stacks
    existing: InitVar[Iterable[str]]
    outcomes: Outcomes
    record: Record
    pace: Pace
    progress: Progress
    lost: Collection[str]
    is_alone: bool
    forgets: bool = False

    def __post_init__(self, existing: Iterable[str]) -> None:
        """Assign the orders to their stacks."""
        self._declared: dict[str, dict[int, Inputs]] = {name: {} for name in self.split.names()}
        for order_id, inputs in self.incident.orders.items():
            self._declared[self.split.stack_of(order_id)][order_id] = inputs
        self.interrupt = Interrupt(self.progress, self.stacks.interrupt)
        self._surveyed = 0.0
        self._existing = self._declared.keys() & set(existing)
        self._expected: dict[int, str] = {}
        self._forgotten: set[int] = set()
        self._unread: set[int] = set()
        self._in_doubt: dict[int, str] = {}

    def read_states(self) -> None:
        """Read the states of all existing stacks.

        Raises:
            EngineError: A state can't be read.
        """
        for name in sorted(self._existing):
            self.progress.step(f"reading the state of {name}")
            declared, state = self._declared[name], self._read_state(name)
            self._forgotten |= state.keys() - declared.keys()
            self._expected |= {
                order_id: compare(state[order_id], inputs)
                for order_id, inputs in declared.items()
                if order_id in state
            }

    def plan(self) -> tuple[dict[int, Finding], int]:
        """Return what a run will do with every order of the file, and how many others it will remove from the stacks.

        Raises:
            SettingsError: The configuration can't be used.
            CertCentralError: Calls fail for every order.
        """
        found = {
            order_id: Finding(expected, self.outcomes[order_id].why if expected in SETTLED else "")
            for order_id, expected in self._expected.items()
        }
        asked = self._survey(
            {
                order_id: inputs
                for order_id, inputs in self.incident.orders.items()
                if self._expected.get(order_id, ASKED_AGAIN) == ASKED_AGAIN
            }
        )
        for order_id, finding in asked.items():
            again = order_id in self._expected and finding.expected in TO_SEND
            found[order_id] = replace(finding, expected=ASKED_AGAIN) if again else finding
        return {order_id: found[order_id] for order_id in self.incident.orders}, len(self._forgotten)

    def require_forget(self, orders: Collection[int] | None = None) -> None:
        """Require `--forget` before orders are removed from stacks: the file may be a different one of the same name.

        Args:
            orders: The orders to remove; by default, all that the stacks held when their states were read.

        Raises:
            ForgottenError: There are orders to remove, and the user didn't set `--forget`.
        """
        forgotten = self._forgotten if orders is None else orders
        if forgotten and not self.forgets:
            raise ForgottenError(
                f"the stacks of {self.split.run!r} hold {counted(len(forgotten), 'order')} that the file does not, such "
                f"as {min(forgotten)}; set --forget to remove them from the stacks, or set another --name"
            )

    def update(self, planned: Mapping[int, Finding]) -> None:
        """Update every stack to the orders of the file, and retry orders that failed.

        Args:
            planned: The plan for every order.

        Raises:
            MixedSplitError: Another machine created a different split at the same time.
            HopelessError: Every order fails.
            ForgottenError: Another machine added orders to a stack that the file doesn't hold.
            CertCentralError: Calls fail for every order.
            EngineError: The Pulumi CLI fails.
        """
        self.interrupt.listen()
        kinds = {order: finding.expected for order, finding in planned.items()}
        self.progress.begin(
            {order for order, kind in kinds.items() if kind in (*SETTLED, *LEFT_OUT)},
            {order for order, kind in kinds.items() if kind == EXPECTED[Adopt]},
        )
        self._count_refused()
        names = [name for name, orders in self._declared.items() if orders or name in self._existing]
        if not self.is_alone:
            random.shuffle(names)
        for round_ in range(_ATTEMPTS):
            self._update_stacks(deque(names), is_first=not round_)
            names = [name for name in names if self._is_unsettled(name)]
            if not names or self.interrupt.requested:
                break

    def remove(self) -> None:
        """Remove all stacks. Sends nothing to DigiCert. After an error, `stacks_left` has those that are left.

        Raises:
            LockedError: A stack is locked.
            EngineError: A stack can't be removed.
        """
        for name in self.stacks_left:
            self.progress.step(f"removing {name}")
            try:
                self.stacks.remove(name, with_its_state=True)
            except LockedError as error:
                if not self._remove_stale_lock(name, error):
                    raise
                self.stacks.remove(name, with_its_state=True)
            self._existing.remove(name)

    @property
    def stacks_left(self) -> list[str]:
        """The names of the run's stacks in the backend."""
        return sorted(self._existing)

    def refresh(self) -> dict[int, str]:
        """Refresh the stacks from DigiCert, one after another. Return the reasons why orders failed, by order."""
        self.interrupt.listen()
        missed: dict[int, str] = {}
        why = self._general_failure()
        for name in sorted(self._existing):
            known = self._declared[name].keys() & self._expected.keys()
            if not why and not self.interrupt.requested:
                self.progress.step(f"refreshing {name}")
            if why or self.interrupt.requested:
                missed |= dict.fromkeys(known, why or "the command was stopped before")
                continue
            try:
                missed |= self._refresh(name, known)
            except EngineError as error:
                missed |= dict.fromkeys(known, f"{name}: {error}")
        self.outcomes.add_not_refreshed(missed)
        return missed

    def _general_failure(self) -> str:
        """Return why calls fail for every order, for example because of a wrong key; empty if they don't."""
        first = next(iter(self._expected), None)
        if first is None:
            return ""
        try:
            survey({first: self.incident.orders[first]}, lambda _: None)
        except CertCentralError as error:
            return told(str(error))
        return ""

    def _refresh(self, name: str, known: set[int]) -> dict[int, str]:
        while True:
            try:
                ended = self.stacks.refresh(name, self.progress.note, self.progress.say)
                break
            except LockedError as error:
                if not self._remove_stale_lock(name, error):
                    return dict.fromkeys(known, f"{name} is locked by {error}")
        state = self._read_state(name)
        self.outcomes.add_vanished(known - state.keys())
        failed = {**ended.refused, **ended.failed}
        missed = (known & state.keys()) - (ended.done - failed.keys())
        return {order_id: failed.get(order_id, "the refresh ended before this order") for order_id in missed}

    def _update_stacks(self, waiting: deque[str], *, is_first: bool) -> None:
        """Update stack after stack. A locked stack is tried again later."""
        locked = broken = 0
        while waiting and not self.interrupt.requested:
            name = waiting.popleft()
            try:
                self._update_stack(name, is_first=is_first)
                locked = broken = 0
            except LockedError as error:
                if self._remove_stale_lock(name, error):
                    waiting.appendleft(name)
                    continue
                waiting.append(name)
                locked += 1
                if locked >= len(waiting):
                    self._wait_for(name, error)
            except EngineError as error:
                self.progress.say(f"{name}: {error}")
                broken += 1
                if broken >= _MAX_BROKEN_STACKS:
                    raise

    def _remove_stale_lock(self, name: str, error: LockedError) -> bool:
        """Remove a stale lock, whose holders no longer run. Return whether it was stale."""
        if not self.stacks.is_stale(name, error, self.lost):
            return False
        self.progress.say(f"{name}: removing the stale lock of {error}, which no longer runs")
        self.stacks.unlock(name)
        return True

    def _wait_for(self, name: str, error: LockedError) -> None:
        lost = "" if any(map(lives_here, error.holders)) else "; if its host is gone, set --lost"
        self.progress.step(f"waiting for {name}, which is locked by {error}{lost}")
        deadline = time.monotonic() + _POLL_SECONDS
        while time.monotonic() < deadline and not self.interrupt.requested:
            time.sleep(0.1)

    def _update_stack(self, name: str, *, is_first: bool) -> None:
        declared = self._declared[name]
        self.progress.step(name)
        state = self._read_state(name)
        self.require_forget(state.keys() - declared.keys())
        if not is_first and time.monotonic() - self._surveyed > _STALE_SECONDS:
            self._survey({order_id: declared[order_id] for order_id in declared.keys() - state.keys()})
        # After an unknown outcome, no request is sent again in this run: the user starts it again later.
        left_out = self._refused(declared) | self._in_doubt.keys()
        is_whole = False
        while not is_whole:
            target = {
                order_id: stored(state[order_id]) if order_id in left_out else inputs
                for order_id, inputs in declared.items()
                if order_id in state or order_id not in left_out
            }
            left = _left(target, state)
            if not left and target.keys() == state.keys():
                return
            self._create(name)
            is_whole, state = self._up(name, target, left)
            # A refusal in a check stops the engine: update again without that order.
            refused = self._refused(target)
            if not refused - left_out:
                return
            left_out |= refused | self._in_doubt.keys()

    def _refused(self, orders: Iterable[int]) -> set[int]:
        return {order_id for order_id in orders if self.outcomes[order_id].kind == REFUSED}

    def _count_refused(self) -> None:
        self.progress.refuse(self.outcomes.counts()[REFUSED])

    def _create(self, name: str) -> None:
        """Create a stack if it doesn't exist.

        Raises:
            MixedSplitError: It is the run's first stack, and another machine has created stacks of a different split.
        """
        if name in self._existing:
            return
        is_new = self.stacks.create(name)
        if not self._existing:
            try:
                split(self.split.run, 1, 1, self.stacks.names())
            except MixedSplitError:
                if is_new:
                    self.stacks.remove(name)
                raise
        self._existing.add(name)

    def _up(
        self, name: str, target: Mapping[int, Inputs], left: set[int]
    ) -> tuple[bool, Mapping[int, Revocation]]:
        """Update a stack, and record the outcomes.

        Args:
            name: The stack.
            target: The inputs of the orders that the stack is to declare.
            left: The orders that aren't done yet.

        Returns:
            Whether every order was tried, and the new state.
        """
        ended = StackResult()
        try:
            ended = self.stacks.up(name, target, self.progress.note, self.progress.say)
        except EngineError:
            if not self.interrupt.requested:
                raise
        finally:
            state = self._read_state(name)
            self.outcomes.refuse(ended.refused)
            self.outcomes.fail(ended.failed)
            self._in_doubt |= {order_id: ended.failed[order_id] for order_id in ended.in_doubt}
            self.outcomes.keep()
            self._count_refused()
        _stop_if_all_fail(name, ended.failed.keys() - self._unread, ended.done & left, ended.failed)
        if not ended.is_whole:
            # If the cause is the key, not these orders, this raises an error that ends the run.
            found = survey({order_id: target[order_id] for order_id in ended.refused}, lambda _: None)
            self.outcomes.refuse(refusals(found))
        return ended.is_whole or self.interrupt.requested, state

    def _survey(self, orders: Mapping[int, Inputs]) -> dict[int, Finding]:
        """Read orders from DigiCert, and record the refused ones."""
        self.progress.step("reading the orders")
        self._surveyed = time.monotonic()
        self.outcomes.reopen(orders)
        found = survey(orders, lambda _: self.progress.show())
        self._unread |= {order_id for order_id, finding in found.items() if finding.expected == UNREAD}
        self.outcomes.refuse(refusals(found))
        return found

    def _is_unsettled(self, name: str) -> bool:
        return any(
            self.outcomes[order_id].kind in LEFT for order_id in self._declared[name].keys() - self._in_doubt
        )

    def _read_state(self, name: str) -> Mapping[int, Revocation]:
        """Read a stack's state, and record the outcomes in it."""
        state = self.stacks.state(name)
        self.record.count()
        self.outcomes.add_state(state, self.record.sent)
        declared = self._declared[name]
        self.outcomes.fail(
            {order_id: self._in_doubt[order_id] for order_id in declared.keys() & self._in_doubt}
        )
        for order_id in declared.keys() & state.keys() - _left(declared, state):
            self.progress.note(order_id)
        return state


def _left(target: Mapping[int, Inputs], state: Mapping[int, Revocation]) -> set[int]:
    """Return the orders whose target inputs a stack's state doesn't have yet."""
    return {
        order_id
        for order_id, inputs in target.items()
        if order_id not in state or compare(state[order_id], inputs) not in SETTLED
    }


def _stop_if_all_fail(
    name: str, failed: Collection[int], succeeded: Collection[int], why: Mapping[int, str]
) -> None:
    if len(failed) >= _MAX_FAILED_ORDERS and not succeeded:
        raise HopelessError(
            f"all {len(failed)} orders that were tried in {name} failed, so the run stops: {why[min(failed)]}"
        )
