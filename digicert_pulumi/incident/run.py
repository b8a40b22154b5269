"""A run: update stack after stack until nothing is left to request."""

from __future__ import annotations

import random
import signal
import time
from collections import deque
from dataclasses import InitVar, dataclass, replace
from typing import TYPE_CHECKING

from digicert_pulumi.certcentral import CertCentralError
from digicert_pulumi.incident.locks import LockedError, lives_here
from digicert_pulumi.incident.outcomes import LEFT, REFUSED
from digicert_pulumi.incident.progress import counted
from digicert_pulumi.incident.split import MixedSplitError, split
from digicert_pulumi.incident.stacks import Ended, EngineError
from digicert_pulumi.incident.standing import ASKED_AGAIN, SETTLED, compare, stored
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

_ROUNDS = 2
"""How often what is refused or failed is tried in one run. The provider itself tries again for some time."""

_POLL = 5.0
"""Seconds until a stack that somebody else works on is looked at again."""

_OLD = 600.0
"""Seconds after which it is worth while to ask again about what was refused: a reissue may be there by now."""

_BROKEN = 3
"""So many stacks one after another for which the Pulumi CLI fails as a whole: it will for the next one too."""

_HOPELESS = 20
"""So many orders of a stack, and not one that succeeds: something is wrong that is not about single orders."""


_STOPS = (signal.SIGINT, signal.SIGTERM)


class HopelessError(Exception):
    """Everything fails, so the run stops."""


class ForgottenError(Exception):
    """Stacks hold orders that the file does not, and nobody said that they are to be forgotten."""


@dataclass
class Interrupt:
    """The user's request to stop: what is under way ends, and nothing else begins. The second one is obeyed at once.

    Attributes:
        progress: Tells the user.
        pass_on: Interrupts the Pulumi CLI. Ctrl-C reaches it from the terminal; SIGTERM reaches this process alone.
        requested: Whether the user asked to stop.
    """

    progress: Progress
    pass_on: Callable[[], None]
    requested: bool = False

    def listen(self) -> None:
        """Take Ctrl-C and SIGTERM for such a request from now on."""
        for number in _STOPS:
            signal.signal(number, self._interrupted)

    def _interrupted(self, received: int, _: FrameType | None) -> None:
        self.requested = True
        for number in _STOPS:
            signal.signal(number, signal.SIG_DFL)
        self.progress.say("stopping when the calls that are under way have ended; Ctrl-C again stops at once")
        if received == signal.SIGTERM:
            self.pass_on()


@dataclass
class Run:
    """A run on this machine.

    Attributes:
        incident: What is to be revoked.
        split: Which stack declares which order.
        stacks: The stacks.
        existing: The names of all that there are in the backend.
        outcomes: What is known of the orders.
        record: What this machine's processes did.
        pace: What this machine may spend.
        progress: Tells the user how far it is.
        lost: The machines of which the user says that nothing works on the run there any more.
        is_alone: Whether no other machine works on the run.
        forgets: Whether the stacks may forget orders that are not in the file.
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
        """Sort the orders into their stacks."""
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

    def look(self) -> None:
        """Read the states of all the stacks that exist.

        Raises:
            EngineError: They cannot be read.
        """
        for name in sorted(self._existing):
            self.progress.step(f"reading the state of {name}")
            declared, state = self._declared[name], self._take(name)
            self._forgotten |= state.keys() - declared.keys()
            self._expected |= {
                order_id: compare(state[order_id], inputs)
                for order_id, inputs in declared.items()
                if order_id in state
            }

    def plan(self) -> tuple[dict[int, Finding], int]:
        """Tell what a run will do with every order of the file, and how many others the stacks will forget.

        Raises:
            SettingsError: The configuration cannot be used.
            CertCentralError: DigiCert cannot be asked.
        """
        found = {order_id: Finding(expected) for order_id, expected in self._expected.items()}
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

    def keep(self, orders: Collection[int] | None = None) -> None:
        """Refuse to let stacks forget orders without an explicit word: the file may be another one of the same name.

        Args:
            orders: Those that would be forgotten; all that the stacks held when they were looked at by default.

        Raises:
            ForgottenError: There are some.
        """
        forgotten = self._forgotten if orders is None else orders
        if forgotten and not self.forgets:
            raise ForgottenError(
                f"the stacks of {self.split.run!r} would forget {counted(len(forgotten), 'order')} that the file does "
                f"not hold, such as {min(forgotten)}: give --forget if that is meant, or another --name"
            )

    def work(self, planned: Mapping[int, Finding]) -> None:
        """Bring every stack to what the file says, as far as DigiCert lets it.

        Args:
            planned: What there is to do.

        Raises:
            MixedSplitError: Another machine split the orders otherwise, in the same moment.
            HopelessError: Everything fails.
            ForgottenError: Another machine put orders into a stack that the file does not hold.
            CertCentralError: DigiCert cannot be asked.
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
        for round_ in range(_ROUNDS):
            self._work_through(deque(names), is_first=not round_)
            names = [name for name in names if self._is_unsettled(name)]
            if not names or self.interrupt.requested:
                break

    def remove(self) -> list[str]:
        """Remove all the stacks, and return their names. Nothing is sent to DigiCert.

        Raises:
            LockedError: Somebody else works on one of them.
            EngineError: One cannot be removed.
        """
        removed = []
        for name in sorted(self._existing):
            self.progress.step(f"removing {name}")
            try:
                self.stacks.remove(name, with_its_state=True)
            except LockedError as error:
                if not self._unlocked(name, error):
                    raise
                self.stacks.remove(name, with_its_state=True)
            removed.append(name)
        self._existing -= {*removed}
        return removed

    @property
    def stacks_left(self) -> list[str]:
        """The names of the run's stacks in the backend."""
        return sorted(self._existing)

    def refresh(self) -> dict[int, str]:
        """Read from DigiCert what became of the requests, stack after stack; return why that failed, by order."""
        self.interrupt.listen()
        missed: dict[int, str] = {}
        why = self._unreachable()
        for name in sorted(self._existing):
            standing = self._declared[name].keys() & self._expected.keys()
            if not why and not self.interrupt.requested:
                self.progress.step(f"refreshing {name}")
            if why or self.interrupt.requested:
                missed |= dict.fromkeys(standing, why or "it was stopped before")
                continue
            try:
                missed |= self._refresh(name, standing)
            except EngineError as error:
                missed |= dict.fromkeys(standing, f"{name}: {error}")
        self.outcomes.miss(missed)
        return missed

    def _unreachable(self) -> str:
        """Tell why DigiCert cannot be asked about any order: a wrong key is wrong for every one."""
        first = next(iter(self._expected), None)
        if first is None:
            return ""
        try:
            survey({first: self.incident.orders[first]}, lambda _: None)
        except CertCentralError as error:
            return told(str(error))
        return ""

    def _refresh(self, name: str, standing: set[int]) -> dict[int, str]:
        while True:
            try:
                ended = self.stacks.refresh(name, self.progress.note, self.progress.say)
                break
            except LockedError as error:
                if not self._unlocked(name, error):
                    return dict.fromkeys(standing, f"{error} works on {name}")
        state = self._take(name)
        self.outcomes.lose(standing - state.keys())
        failed = {**ended.refused, **ended.failed}
        missed = (standing & state.keys()) - (ended.done - failed.keys())
        return {order_id: failed.get(order_id, "the refresh ended before it") for order_id in missed}

    def _work_through(self, waiting: deque[str], *, is_first: bool) -> None:
        """Work on stack after stack; one that somebody else works on is looked at again later."""
        locked = broken = 0
        while waiting and not self.interrupt.requested:
            name = waiting.popleft()
            try:
                self._work_on(name, is_first=is_first)
                locked = broken = 0
            except LockedError as error:
                if self._unlocked(name, error):
                    waiting.appendleft(name)
                    continue
                waiting.append(name)
                locked += 1
                if locked >= len(waiting):
                    self._wait_for(name, error)
            except EngineError as error:
                self.progress.say(f"{name}: {error}")
                broken += 1
                if broken >= _BROKEN:
                    raise

    def _unlocked(self, name: str, error: LockedError) -> bool:
        """Take a lock away whose holder is gone; tell whether it was so."""
        if not self.stacks.is_left(name, error, self.lost):
            return False
        self.progress.say(f"{name}: {error} does not run any more, so its lock is taken away")
        self.stacks.unlock(name)
        return True

    def _wait_for(self, name: str, error: LockedError) -> None:
        lost = "" if any(map(lives_here, error.holders)) else "; if that is gone: --lost"
        self.progress.step(f"waiting for {name}, on which {error} works{lost}")
        deadline = time.monotonic() + _POLL
        while time.monotonic() < deadline and not self.interrupt.requested:
            time.sleep(0.1)

    def _work_on(self, name: str, *, is_first: bool) -> None:
        declared = self._declared[name]
        self.progress.step(name)
        state = self._take(name)
        self.keep(state.keys() - declared.keys())
        if not is_first and time.monotonic() - self._surveyed > _OLD:
            self._survey({order_id: declared[order_id] for order_id in declared.keys() - state.keys()})
        # After an unknown fate it takes the user's word, and some time, before a request is sent once more.
        left_out = self._refused(declared) | self._in_doubt.keys()
        is_whole = False
        while not is_whole:
            wanted = {
                order_id: stored(state[order_id]) if order_id in left_out else inputs
                for order_id, inputs in declared.items()
                if order_id in state or order_id not in left_out
            }
            left = _left(wanted, state)
            if not left and wanted.keys() == state.keys():
                return
            self._make(name)
            is_whole, state = self._update(name, wanted, left)
            # A refusal in a check has stopped the engine: again, without that order.
            refused = self._refused(wanted)
            if not refused - left_out:
                return
            left_out |= refused | self._in_doubt.keys()

    def _refused(self, orders: Iterable[int]) -> set[int]:
        return {order_id for order_id in orders if self.outcomes[order_id].kind == REFUSED}

    def _count_refused(self) -> None:
        self.progress.refuse(self.outcomes.counts()[REFUSED])

    def _make(self, name: str) -> None:
        """Make a stack where there is none.

        Raises:
            MixedSplitError: It would be the run's first one, and there are stacks of another split by now.
        """
        if name in self._existing:
            return
        is_new = self.stacks.make(name)
        if not self._existing:
            try:
                split(self.split.run, 1, 1, self.stacks.names())
            except MixedSplitError:
                if is_new:
                    self.stacks.remove(name)
                raise
        self._existing.add(name)

    def _update(
        self, name: str, wanted: Mapping[int, Inputs], left: set[int]
    ) -> tuple[bool, Mapping[int, Revocation]]:
        """Bring a stack to what it is to declare; tell whether every order was tried, and what stands now."""
        ended = Ended()
        try:
            ended = self.stacks.up(name, wanted, self.progress.note, self.progress.say)
        except EngineError:
            if not self.interrupt.requested:
                raise
        finally:
            state = self._take(name)
            self.outcomes.refuse(ended.refused)
            self.outcomes.fail(ended.failed)
            self._in_doubt |= {order_id: ended.failed[order_id] for order_id in ended.in_doubt}
            self.outcomes.keep()
            self._count_refused()
        _stop_where_all_fails(name, ended.failed.keys() - self._unread, ended.done & left, ended.failed)
        if not ended.is_whole:
            # Where it is not about these orders, but about the key, this ends the run.
            found = survey({order_id: wanted[order_id] for order_id in ended.refused}, lambda _: None)
            self.outcomes.refuse(refusals(found))
        return ended.is_whole or self.interrupt.requested, state

    def _survey(self, orders: Mapping[int, Inputs]) -> dict[int, Finding]:
        """Ask DigiCert about orders, and take note of those that must be left out."""
        self.progress.step("asking DigiCert about the orders")
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

    def _take(self, name: str) -> Mapping[int, Revocation]:
        """Read a stack's state, and take note of what stands in it."""
        state = self.stacks.state(name)
        self.record.count()
        self.outcomes.stand(state, self.record.sent)
        declared = self._declared[name]
        self.outcomes.fail(
            {order_id: self._in_doubt[order_id] for order_id in declared.keys() & self._in_doubt}
        )
        for order_id in declared.keys() & state.keys() - _left(declared, state):
            self.progress.note(order_id)
        return state


def _left(wanted: Mapping[int, Inputs], state: Mapping[int, Revocation]) -> set[int]:
    """Return the orders that are not in a stack's state as they are wanted."""
    return {
        order_id
        for order_id, inputs in wanted.items()
        if order_id not in state or compare(state[order_id], inputs) not in SETTLED
    }


def _stop_where_all_fails(
    name: str, failed: Collection[int], succeeded: Collection[int], why: Mapping[int, str]
) -> None:
    if len(failed) >= _HOPELESS and not succeeded:
        raise HopelessError(
            f"none of the {len(failed)} orders that were tried in {name} succeeded, so the run stops: "
            f"{why[min(failed)]}"
        )
