"""A run: stack after stack, until nothing is left that can be requested."""

from __future__ import annotations

import random
import signal
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digicert_pulumi.dynamic.inputs import parse
from runner import budget
from runner.outcomes import REFUSED, STANDS
from runner.progress import duration
from runner.rows import COLUMNS
from runner.stacks import Ended, EngineError, LockedError
from runner.survey import refusals, survey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import FrameType

    from digicert_pulumi.certcentral import Pace
    from runner.budget import Calls
    from runner.outcomes import Outcomes
    from runner.progress import Progress
    from runner.rows import Incident, Inputs
    from runner.split import Split
    from runner.stacks import Revocation, Stacks
    from runner.survey import Finding

_ROUNDS = 2
"""How often what is refused or failed is tried in one run. The provider itself tries again for some time."""

_POLL = 5.0
"""Seconds until a stack that somebody else works on is looked at again."""

_SURVEY = 200
"""About as many calls as it takes at most to ask about many orders."""

_OLD = 600.0
"""Seconds after which it is worth while to ask again about what was refused: a reissue may be there by now."""

_BROKEN = 3
"""So many stacks one after another for which the Pulumi CLI fails as a whole: it will for the next one too."""

_HOPELESS = 20
"""So many orders of a stack, and not one that succeeds: something is wrong that is not about single orders."""

_OVERHEAD = 1.2
"""Calls for an order of a stack, its share of the listings included, when it is planned for."""


class HopelessError(Exception):
    """Everything fails, so the run stops."""


@dataclass
class Interrupt:
    """The user's wish to stop: what is under way ends, and nothing else begins. The second one is obeyed at once.

    The Pulumi CLI gets the same Ctrl-C from the terminal, and ends in the same way.
    """

    progress: Progress
    wished: bool = False

    def listen(self) -> None:
        """Take Ctrl-C for such a wish from now on."""
        signal.signal(signal.SIGINT, self._interrupted)

    def _interrupted(self, _: int, __: FrameType | None) -> None:
        self.wished = True
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        self.progress.say("stopping when the calls that are under way have ended; Ctrl-C again stops at once")


@dataclass
class Run:
    """A run on this machine.

    Attributes:
        incident: What is to be revoked.
        split: Which stack declares which order.
        stacks: The stacks.
        outcomes: What is known of the orders.
        calls: The calls that this machine's processes spent.
        pace: What this machine may spend.
        progress: Tells the user how far it is.
        lost: The machines of which the user says that they do not run any more.
        is_alone: Whether no other machine works on the run.
    """

    incident: Incident
    split: Split
    stacks: Stacks
    outcomes: Outcomes
    calls: Calls
    pace: Pace
    progress: Progress
    lost: Iterable[str]
    is_alone: bool

    def __post_init__(self) -> None:
        """Sort the orders into their stacks."""
        self._declared: dict[str, dict[int, Inputs]] = {name: {} for name in self.split.names()}
        for order_id, inputs in self.incident.orders.items():
            self._declared[self.split.stack_of(order_id)][order_id] = inputs
        self.interrupt = Interrupt(self.progress)
        self._surveyed = 0.0

    def look(self) -> dict[int, Inputs]:
        """Read the states of all the stacks that exist; return the orders that are in none.

        Raises:
            EngineError: They cannot be read.
        """
        existing = set(self.stacks.names())
        standing: set[int] = set()
        for name in self._declared:
            if name in existing:
                self.progress.step(f"reading the state of {name}")
                standing |= self._take(self.stacks.state(name)).keys()
        return {
            order_id: inputs for order_id, inputs in self.incident.orders.items() if order_id not in standing
        }

    def work(self) -> None:
        """Bring every stack to what the file says, as far as DigiCert lets it.

        Raises:
            HopelessError: Everything fails.
            CertCentralError: DigiCert cannot be asked.
            EngineError: The Pulumi CLI fails.
        """
        self.interrupt.listen()
        names = [name for name, orders in self._declared.items() if orders]
        if not self.is_alone:
            random.shuffle(names)
        for round_ in range(_ROUNDS):
            self._work_through(deque(names), is_first=not round_)
            names = [name for name in names if self._is_unsettled(name)]
            if not names or self.interrupt.wished:
                break

    def refresh(self) -> None:
        """Read from DigiCert what became of the requests, stack after stack.

        Raises:
            LockedError: Somebody else works on a stack.
            EngineError: The Pulumi CLI fails.
        """
        self.interrupt.listen()
        for name in sorted(self._declared.keys() & set(self.stacks.names())):
            if self.interrupt.wished:
                break
            self._wait_for_room(len(self._declared[name]))
            self.progress.step(f"refreshing {name}")
            self.stacks.refresh(name, self.progress.note, self.progress.say)
            self._take(self.stacks.state(name))

    def _work_through(self, waiting: deque[str], *, is_first: bool) -> None:
        """Work on stack after stack; one that somebody else works on is looked at again later."""
        locked = broken = 0
        while waiting and not self.interrupt.wished:
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
        if not error.holders or not all(holder.is_gone(self.lost) for holder in error.holders):
            return False
        self.progress.say(f"{name}: {error} does not run any more, so its lock is taken away")
        self.stacks.unlock(name)
        return True

    def _wait_for(self, name: str, error: LockedError) -> None:
        self.progress.step(f"waiting for {name}, on which {error} works")
        deadline = time.monotonic() + _POLL
        while time.monotonic() < deadline and not self.interrupt.wished:
            time.sleep(0.1)

    def _work_on(self, name: str, *, is_first: bool) -> None:
        declared = self._declared[name]
        self.progress.step(name)
        state = self._take(self.stacks.state(name))
        if not is_first and time.monotonic() - self._surveyed > _OLD:
            self.survey({order_id: declared[order_id] for order_id in declared.keys() - state.keys()})
        left_out = {order_id for order_id in declared if self.outcomes[order_id].kind == REFUSED}
        is_whole = False
        while not is_whole:
            wanted = {
                order_id: inputs
                for order_id, inputs in declared.items()
                if order_id in state or order_id not in left_out
            }
            if _stands(wanted, state):
                return
            self._wait_for_room(round(len(wanted.keys() - state.keys()) * _OVERHEAD))
            if self.interrupt.wished:
                return
            is_whole, state = self._update(name, wanted, state)
            # A refusal in a check has stopped the engine: again, without that order.
            refused = {order_id for order_id in wanted if self.outcomes[order_id].kind == REFUSED}
            if not refused - left_out:
                return
            left_out |= refused

    def _update(
        self, name: str, wanted: Mapping[int, Inputs], before: Mapping[int, Revocation]
    ) -> tuple[bool, Mapping[int, Revocation]]:
        """Bring a stack to what it is to declare; tell whether every order was tried, and what stands now."""
        try:
            ended = self.stacks.up(name, wanted, self.progress.note, self.progress.say)
            self.outcomes.refuse(ended.refused)
            self.outcomes.fail(ended.failed)
        except EngineError:
            if not self.interrupt.wished:
                raise
            ended = Ended()
        finally:
            state = self._take(self.stacks.state(name))
            self.outcomes.keep()
        _stop_where_all_fails(name, ended, ended.done - before.keys())
        if not ended.is_whole:
            # Where it is not about these orders, but about the key, this ends the run.
            found = survey({order_id: wanted[order_id] for order_id in ended.refused}, lambda _: None)
            self.outcomes.refuse(refusals(found))
        return ended.is_whole or self.interrupt.wished, state

    def survey(self, orders: Mapping[int, Inputs]) -> dict[int, Finding]:
        """Ask DigiCert about orders that are in no state, and take note of those that must be left out.

        Raises:
            SettingsError: The configuration cannot be used.
            CertCentralError: DigiCert cannot be asked.
        """
        self._wait_for_room(min(len(orders), _SURVEY))
        self.progress.step("asking DigiCert about the orders")
        self._surveyed = time.monotonic()
        self.outcomes.reopen(orders)
        found = survey(orders, lambda _: self.progress.show())
        self.outcomes.refuse(refusals(found))
        return found

    def _is_unsettled(self, name: str) -> bool:
        return any(self.outcomes[order_id].kind not in STANDS for order_id in self._declared[name])

    def _take(self, state: Mapping[int, Revocation]) -> Mapping[int, Revocation]:
        self.calls.count()
        self.outcomes.stand(state, self.calls.sent)
        for order_id in state:
            self.progress.note(order_id)
        return state

    def _wait_for_room(self, wanted: int) -> None:
        seconds = budget.pause(self.pace, self.calls.ages(), wanted)
        if seconds > 1:
            self.progress.step(f"waiting {duration(seconds)} to keep within the rate limit")
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.interrupt.wished:
            time.sleep(0.1)
            self.progress.show()


def _stands(wanted: Mapping[int, Inputs], state: Mapping[int, Revocation]) -> bool:
    """Tell whether a stack's state is what it is to declare, so that nothing is left to do."""
    if wanted.keys() != state.keys():
        return False
    return all(
        state[order_id].is_finished and _declares(state[order_id], inputs)
        for order_id, inputs in wanted.items()
    )


def _declares(revocation: Revocation, inputs: Inputs) -> bool:
    stored = parse(revocation.inputs).properties
    return stored == {COLUMNS[name]: value for name, value in inputs.items()}


def _stop_where_all_fails(name: str, ended: Ended, succeeded: set[int]) -> None:
    if len(ended.failed) >= _HOPELESS and not succeeded:
        reason = next(iter(ended.failed.values()))
        raise HopelessError(
            f"none of the {len(ended.failed)} orders that were tried in {name} succeeded, so the run stops: {reason}"
        )
