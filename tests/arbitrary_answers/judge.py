"""What must hold of a run, whatever was answered."""

from __future__ import annotations

import collections
import itertools
import json
import re
from typing import TYPE_CHECKING, Any

from arbitrary_answers import documents
from arbitrary_answers.account import FINAL, FIRST_ORDER, name_of
from arbitrary_answers.life import GUARDS
from arbitrary_answers.vocabulary import HARMLESS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arbitrary_answers.account import Put, Request
    from arbitrary_answers.life import Heard, Life
    from arbitrary_answers.plan import Declared, Mutation

_PROGRAMS = ("preview", "up", "move", "wait")
"""The steps that run the whole program."""

_LONGEST = 2000
"""Characters of a message."""

_MOST_CALLS = 300
"""Calls of an operation. One that waits for a second makes the most."""

_LINE = re.compile(r"(info|warning|error): \S")


def faults(life: Life) -> list[str]:
    """What does not hold, each with the name of its promise in front; empty where all does."""
    judge = _Judge(life)
    promises = {
        "sent": judge.sent,
        "second": judge.second,
        "shown": judge.shown,
        "state": judge.state,
        "undone": judge.undone,
        "told": judge.told,
        "endless": judge.endless,
    }
    return [f"{promise}: {fault}" for promise, broken in promises.items() for fault in broken()]


class _Judge:
    def __init__(self, life: Life) -> None:
        self._life = life
        self._plan = life.plan
        self._account = life.account

    # 1 and 2: what was sent.

    def sent(self) -> Iterator[str]:
        """Every PUT is one that is declared, and that somebody still wants."""
        for put in self._account.puts:
            resource = self._declares(put)
            if resource is None:
                yield f"{put}: nobody declared it"
            elif self._plan.program[resource].misspelt:
                yield f"{put}: it was sent without the guard that is misspelt"
            if put.abandoned:
                yield f"{put}: the engine had given the operation up"

    def second(self) -> Iterator[str]:
        """No PUT while a request may be open, or another PUT may be processed, or for what was decided."""
        for put in self._account.puts:
            for other in put.met:
                yield f"{put}: {other} may be processed yet"
            for request in put.known if put.target[0] != "request" else ():
                if request.status not in FINAL:
                    yield f"{put}: request {request.id} is {request.status!r}"
                elif request.comments == put.body.get("comments") and not _is_for_another(
                    request, put.target
                ):
                    yield f"{put}: request {request.id} with the same comments is {request.status!r}"

    def _declares(self, put: Put) -> int | None:
        """The number of the resource that declares a PUT."""
        for number, declared in enumerate(self._plan.program):
            if declared.kind == "decision":
                wanted = ("request", self._life.decided(declared))
                if put.target == wanted and put.body.get("status") == declared.decision:
                    return number
                continue
            order = FIRST_ORDER + declared.order
            done = [inputs for of, inputs in self._life.sent.get(number, []) if of == put.operation]
            if put.body.get("comments") not in [each.get("comments") for each in done] or put.order != order:
                continue
            if set(put.body) - {"comments"} or not self._fits(declared):
                continue
            target = (
                ("order", order)
                if declared.kind == "order"
                else ("certificate", self._certificate(declared, at_times=True))
            )
            if put.target == target and all(self._agrees(put, each) for each in done):
                return number
        return None

    def _fits(self, declared: Declared) -> bool:
        """Whether the order is what the declaration expects."""
        is_named = self._plan.orders[declared.order].organization or "organization" not in declared.guard
        is_right = not declared.guard or (GUARDS[declared.guard][2] and is_named)
        return is_right and declared.expects != "another" and declared.spelled != "decimal"

    def _certificate(self, declared: Declared, *, at_times: bool = False) -> int | None:
        """The id of the certificate that is meant: of several with one serial number the order's own one.

        A list that is told to be empty, always or at times, hides its certificates: nobody could know of them.
        """
        named = self._life.named(declared)
        if declared.kind == "certificate":
            return int(named.id)
        certificates = self._account.certificates[FIRST_ORDER + declared.order]
        hidden = {
            each.on.split()[0]
            for each in self._of(declared.order)
            if each.what[0] == "empty" and (at_times or each.nth is None)
        }
        same = [
            each
            for each in certificates
            if each.serial == named.serial and (each.id == named.id or each.role not in hidden)
        ]
        return same[0].id if same[0].role == "own" or len(same) == 1 else None

    def _agrees(self, put: Put, inputs: dict[str, Any]) -> bool:
        """Whether a PUT is about what the preview showed."""
        shown = inputs.get("order", {})
        certificate = shown.get("certificateId")
        return put.target[0] != "certificate" or certificate is None or int(certificate) == put.target[1]

    def shown(self) -> Iterator[str]:
        """A preview shows every certificate that would be hit, and every serial number beside it, where it could."""
        for heard in self._life.heard:
            for number, inputs in heard.shown.items():
                declared = self._plan.program[number]
                if heard.step == "get" or declared.kind == "decision":
                    continue
                if "order" not in inputs:
                    if self._could_be_shown(declared) and number not in [of for of, _ in heard.errors]:
                        yield f"{heard.step} shows nothing of {number}, whose order could be read: {heard.lines}"
                    continue
                if any(each.on != "user" for each in self._of(declared.order)):
                    continue
                text = json.dumps(inputs["order"]).upper()
                for each in self._account.certificates[FIRST_ORDER + declared.order]:
                    # One serial number under several ids is one certificate.
                    is_hit = declared.kind == "order" or each.id == self._certificate(declared)
                    tells = [each.digits.lstrip("0"), *([str(each.id)] if is_hit else [])]
                    # Of a duplicate or a reissue that its order's lists name, CertCentral documents no thumbprint.
                    tells += [documents.thumbprint(each)] if is_hit and each.role == "own" else []
                    if not all(told in text for told in tells):
                        yield f"{heard.step} shows of certificate {each.id} ({each.digits}) not all: {text}"

    def _could_be_shown(self, declared: Declared) -> bool:
        """Whether only the lists of an order's other certificates have something wrong."""
        is_own = declared.kind == "order" or self._life.named(declared).role == "own"
        return is_own and all(
            each.on.split()[0] in ("duplicate", "reissue", "user")
            for each in self._of(declared.order, declared)
        )

    # 3: what is stored.

    def state(self) -> Iterator[str]:
        """The state names only what there is, and says only what was said."""
        for number, stored in self._life.state.items():
            declared = self._plan.program[number]
            order = FIRST_ORDER + declared.order
            outputs = stored.outputs
            requests = {each.id: each for each in self._account.revocations(order)}
            if declared.kind != "decision" and (id_ := outputs.get("requestId")) is not None:
                if id_ not in requests:
                    yield f"the state of {number} names request {id_} of {sorted(requests)}"
                elif outputs.get("status") in FINAL and outputs["status"] != requests[id_].status:
                    yield f"the state of {number} has request {id_} as {outputs['status']}, not {requests[id_].status}"
            yield from self._taken(number, declared, outputs.get("requestId"))
            if outputs.get("revoked") and not self._said_revoked(declared, order):
                yield f"the state of {number} is revoked, and nobody said so"
            yield from self._forgotten(number, declared, outputs, list(requests.values()))
        for heard in self._life.heard:
            for number in heard.gone:
                if FIRST_ORDER + self._plan.program[number].order not in self._account.gone:
                    yield f"{heard.step} took {number} out of the state, and nobody said that it is gone"

    def _taken(self, number: int, declared: Declared, id_: Any) -> Iterator[str]:
        """What is asked for one certificate is named by no resource for another one, or for the order, beside its own."""
        request = self._account.requests.get(id_) if declared.kind != "decision" else None
        is_order = declared.kind == "order"
        target = (
            ("order", FIRST_ORDER + declared.order)
            if is_order
            else ("certificate", self._certificate(declared))
        )
        # What a request is for, only the state of its resource tells, which a move loses.
        if request is None or not _is_for_another(request, target) or "move" in self._plan.steps:
            return
        # An order adopts what is open. That it is for a certificate, only the answer to its PUT tells.
        if is_order and self._of(declared.order):
            return
        for other, stored in self._life.state.items():
            if other != number and stored.outputs.get("requestId") == id_:
                yield f"the states of {number} and of {other} name request {id_}, which is for {request.target}"

    def _said_revoked(self, declared: Declared, order: int) -> bool:
        if "revoked" in self._account.told["order", order]:
            return True
        certificate = self._certificate(declared) if declared.kind in ("certificate", "serial") else None
        return certificate is not None and "revoked" in self._account.told["certificate", certificate]

    def _forgotten(
        self, number: int, declared: Declared, outputs: dict[str, Any], requests: list[Request]
    ) -> Iterator[str]:
        """A revoked order or certificate names the request with the declared comments that revoked it."""
        if declared.kind == "decision" or not outputs.get("revoked") or self._of(declared.order):
            return
        same = [
            each
            for each in requests
            if each.comments == outputs.get("comments") and each.status == "approved"
        ]
        if same and outputs.get("requestId") not in [each.id for each in same]:
            yield f"the state of {number} forgot request {same[0].id}"

    # 4: what others' answers must not stop.

    def undone(self) -> Iterator[str]:
        """What nothing stands in the way of is sent or met, and in the state, whatever is answered of others."""
        for number, declared in enumerate(self._plan.program):
            if not self._is_free(declared):
                continue
            order = FIRST_ORDER + declared.order
            if declared.kind == "decision":
                if not any(put.order == order for put in self._account.puts):
                    yield f"nothing stands in the way of the decision {number}, and it was not made"
                continue
            made = {put.made for put in self._account.puts if put.order == order}
            made |= {each.id for each in self._account.revocations(order) if not each.operation}
            stored = self._life.state.get(number)
            if stored is None or stored.outputs.get("requestId") not in made:
                yield f"nothing stands in the way of {number}, and it was not done: {stored and stored.outputs}"
        for heard in self._life.heard:
            if heard.step in ("import", "incident"):
                yield from self._written(heard)
            if heard.step == "get":
                yield from self._got(heard)

    def _is_free(self, declared: Declared) -> bool:
        if not (
            self._is_to_decide(declared) if declared.kind == "decision" else self._is_to_revoke(declared)
        ):
            return False
        if declared.misspelt or not self._fits(declared):
            return False
        if declared.kind == "serial" and self._certificate(declared) is None:
            return False
        if sum(each.order == declared.order for each in self._plan.program) > 1:
            return False
        if any(step.endswith(f" {declared.order}") for step in self._plan.steps):
            return False
        if declared.of != "own" and declared.kind != "order" and not declared.names_order:
            # Whether lists know the ids of duplicates is not documented.
            return False
        return all(self._is_harmless(each, declared) for each in self._of(declared.order, declared))

    def _is_to_decide(self, declared: Declared) -> bool:
        order = self._plan.orders[declared.order]
        # Whose key it is decides whether it may.
        is_known = all(each.on != "user" or each.nth is not None for each in self._plan.mutations)
        return is_known and bool(order.before) and order.before[0][0] not in FINAL

    def _is_to_revoke(self, declared: Declared) -> bool:
        order = self._plan.orders[declared.order]
        is_met = declared.kind == "order" and all(status not in FINAL for status, _ in order.before)
        return order.status == "issued" and (is_met or not order.before)

    def _is_harmless(self, mutation: Mutation, declared: Declared) -> bool:
        """Whether a mutation, once what passes has passed, leaves what is needed for a decision."""
        if mutation.nth is not None:
            return mutation.what[0] not in ("decided", "asked elsewhere", "turned")
        kind = mutation.on.split()[0]
        if declared.guard and any(name in str(mutation.what[1:2]) for name in ("organization", "product")):
            return False
        if kind in ("duplicate", "reissue"):
            role = self._life.named(declared).role
            if declared.kind == "order" or role == "own":
                return True
            return role != kind and (declared.kind == "certificate" or mutation.what[0] == "empty")
        return (kind, *mutation.what) in HARMLESS

    def _written(self, heard: Heard) -> Iterator[str]:
        """A command goes on with the orders of which all can be read: `import` takes those of which a request is open."""
        if any(each.on == "user" for each in self._plan.mutations):
            return
        for number, order in enumerate(self._plan.orders):
            opened = order.status == "issued" and any(status not in FINAL for status, _ in order.before)
            decided = any(step.endswith(f" {number}") for step in self._plan.steps)
            wanted = heard.step == "incident" or (opened and not decided)
            if wanted and not self._of(number) and FIRST_ORDER + number not in heard.orders:
                yield f"order {number} is not among what {heard.step} wrote: {heard.lines}"

    def _got(self, heard: Heard) -> Iterator[str]:
        for number, outputs in heard.shown.items():
            declared = self._plan.program[number]
            revocations = self._account.revocations(FIRST_ORDER + declared.order)
            opened = [r for r in revocations if r.status not in FINAL and r.operation <= heard.operation]
            if opened and not self._of(declared.order) and outputs.get("requestId") is None:
                yield f"get of {number} names no request: {outputs}"

    def _of(self, order: int, declared: Declared | None = None) -> list[Mutation]:
        """The mutations that concern an order."""
        searched = (
            declared is not None and declared.kind in ("certificate", "serial") and not declared.names_order
        )
        everybody = ("orders", "requests", "changes") if searched or self._plan.lists else ()
        return [
            each
            for each in self._plan.mutations
            if each.on.split()[-1] == str(order) or (each.on in everybody)
        ]

    def endless(self) -> Iterator[str]:
        """No operation calls without end."""
        calls = collections.Counter(each.partition(":")[0] for each in self._life.desk.said)
        for operation, number in calls.items():
            if number > _MOST_CALLS:
                yield f"operation {operation} made {number} calls"

    # 5: what is read.

    def told(self) -> Iterator[str]:
        """Every line is one line, with nothing in it that is not for the user."""
        for heard in self._life.heard:
            if heard.disturbed:
                continue
            for line in heard.lines:
                if not _LINE.match(line):
                    yield f"{heard.step} told no whole line: {line!r}"
                yield from self._readable(heard, line)
                if "could not be read" in line and self._is_empty_at_most(line):
                    yield f"{heard.step} could not read an empty list: {line!r}"
            for _, error in heard.errors:
                yield from self._readable(heard, error)
            yield from self._hints(heard)
            yield from self._open_requests(heard)
        yield from self._asking_again()
        for stored in self._life.state.values():
            if self._account.key in json.dumps(stored.outputs):
                yield f"the key is in the state: {stored.outputs}"

    def _is_empty_at_most(self, line: str) -> bool:
        """Whether nothing is wrong with the lists of the order of which a line tells but that they are empty."""
        of = [number for number in range(len(self._plan.orders)) if f"order {FIRST_ORDER + number}:" in line]
        wrong = [
            each
            for each in self._plan.mutations
            if each.on in [f"{kind} {n}" for kind in ("duplicate", "reissue") for n in of]
        ]
        return bool(of) and all(each.what[0] == "empty" and each.what[1] != "nothing" for each in wrong)

    def _asking_again(self) -> Iterator[str]:
        """Where a preview shows what was decided before, and asks again, it says so."""
        for put in self._account.puts:
            decided = [each.id for each in put.known if each.status in FINAL]
            number = self._declares(put)
            heard = next((each for each in self._life.heard if each.operation == put.operation), None)
            if not decided or number is None or heard is None:
                continue
            last = f"request {max(decided)} "
            shown = heard.shown.get(number, {}).get("order", {}).get("revocation", "")
            if shown.startswith(last) and not any(last in line for line in heard.lines):
                yield f"{heard.step} did not tell that {last}was asked for before: {heard.lines}"

    def _hints(self, heard: Heard) -> Iterator[str]:
        """What looks alike is told apart, and what is declared twice is named."""
        for number, error in heard.errors:
            declared = self._plan.program[number]
            if declared.kind == "decision" or declared.misspelt or self._of(declared.order, declared):
                continue
            name = name_of(FIRST_ORDER + declared.order)
            if declared.expects == "another" and name in error and ascii(name)[1:-1] not in error:
                yield f"{heard.step} told a name that may look like another one: {error!r}"
            if declared.spelled == "decimal" and "decimal" not in error.replace("hexadecimal", ""):
                yield f"{heard.step} did not tell that a serial number may be decimal: {error!r}"
        shown = [number for number in heard.shown if self._plan.program[number].kind == "order"]
        for one, other in itertools.combinations(sorted(shown), 2):
            if self._plan.program[one].order == self._plan.program[other].order and heard.step in _PROGRAMS:
                failed = {number for number, _ in heard.errors}
                if not failed & {one, other} and not self._tells(heard, f"'r{one}'", f"'r{other}'"):
                    yield f"{heard.step} did not tell that {one} and {other} declare one order: {heard.lines}"

    def _open_requests(self, heard: Heard) -> Iterator[str]:
        """Who meets open requests of others is told of a status that is not known, and of a second one."""
        for number in heard.shown:
            declared = self._plan.program[number]
            # Somebody decides between the steps, and in them where a mutation says so.
            if (
                declared.kind != "order"
                or heard.errors
                or not self._fits(declared)
                or self._of(declared.order)
            ):
                continue
            order = FIRST_ORDER + declared.order
            if any(step.endswith(f" {declared.order}") for step in self._plan.steps):
                continue
            opened = [
                each
                for each in self._account.revocations(order)
                if each.status not in FINAL and each.operation < heard.operation
            ]
            strange = [each for each in opened[:1] if each.status not in ("submitted", "pending")]
            for each in strange if heard.step != "get" else []:
                if not self._tells(heard, str(each.id), repr(each.status)):
                    yield f"{heard.step} did not tell of the status {each.status!r}: {heard.lines}"
            ids = [str(each.id) for each in opened]
            if len(ids) > 1 and heard.step != "preview" and not self._tells(heard, *ids):
                yield f"{heard.step} did not tell that requests {ids} are open at once: {heard.lines}"

    @staticmethod
    def _tells(heard: Heard, *texts: str) -> bool:
        return any(all(text in line for text in texts) for line in heard.lines)

    def _readable(self, heard: Heard, text: str) -> Iterator[str]:
        if self._account.key.lower() in text.lower():
            yield f"{heard.step} told the key: {text!r}"
        if any(ord(char) < 32 or 127 <= ord(char) < 160 for char in text):
            yield f"{heard.step} told control characters: {text!r}"
        if "DigiCert denied" in text and heard.operation not in self._account.denied:
            yield f"{heard.step} told that DigiCert denied access, and it was a gateway: {text!r}"
        if len(text) > _LONGEST or text.startswith("Stream removed"):
            yield f"{heard.step} told what nobody reads: {text[:300]!r}"
        if "Traceback" in text or "internal error" in text:
            yield f"{heard.step} told of a fault of ours: {text[-300:]!r}"


def _is_for_another(request: Request, target: tuple[str, int | None]) -> bool:
    """Whether the provider under test made a request for a certificate that is another target."""
    return (
        request.ours
        and request.target is not None
        and request.target[0] == "certificate"
        and request.target != target
    )
