"""Answers calls for an account: as documented, and then as the plan says; and notes what was told."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from arbitrary_answers import documents
from arbitrary_answers.account import FIRST_ORDER, Account, Request
from arbitrary_answers.mutate import Answer, Mutator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from arbitrary_answers.documents import Row
    from arbitrary_answers.plan import Mutation, Plan

_MEETING_SECONDS = 0.3

Built = tuple[Answer, "list[Row]"]


class _Called(NamedTuple):
    """A call: its name in plans, the order that it is about, and what makes the documented answer of its fate."""

    place: str
    order: int | None
    build: Callable[[str | int], Built]


class Desk:
    """Where calls arrive.

    Args:
        account: The account.
        plan: What is wrong with which answers.

    Attributes:
        is_calm: Whether what passes has passed: only what is wrong with every answer is.
        slow: For how many seconds a late answer is late.
        kill: Is called where the plan says that the provider dies, if there is one that may.
        give_up: Is called where the plan says that the engine gives up, if there is one that may.
        meeting: Where two processes meet before a PUT of theirs is processed.
        said: What was asked and answered, for who reads a failure.
    """

    def __init__(self, account: Account, plan: Plan) -> None:
        self.account = account
        self.is_calm = False
        self.slow = 0.0
        self.kill: Callable[[], None] | None = None
        self.give_up: Callable[[], None] | None = None
        self.meeting: threading.Barrier | None = None
        self.said: list[str] = []
        self.lock = threading.RLock()
        self._plan = plan
        self._calls: Counter[str] = Counter()

    def answer(self, method: str, url: str, body: bytes) -> Answer:
        """Answer a call."""
        parts = urlsplit(url)
        path = parts.path.removeprefix("/services/v2/")
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        with self.lock:
            called = self._writing(path, body) if method == "PUT" else self._reading(path, query)
            now = self._mutations(called)
            for each in now:
                self._happen(each, called.order)
        # Not under the lock: other calls are answered meanwhile.
        if method == "PUT" and self.meeting:
            with contextlib.suppress(threading.BrokenBarrierError):
                self.meeting.wait(_MEETING_SECONDS)
        kinds = {each.what[0]: each for each in now}
        if "given up" in kinds and self.give_up:
            self.account.given_up = True
            self.give_up()
        kill = self.kill if "killed" in kinds else None
        if kill and kinds["killed"].fate == "lost":
            kill()
            return Answer(0, None, wire="reset")
        with self.lock:
            fate = next((each.fate for each in now if each.fate != "processed"), "processed")
            answer, rows = called.build(fate)
            mutator = Mutator(answer, self.account.key)
            for each in [*self._always(called), *now]:
                mutator.apply(each.what)
            self._note(called, answer, rows)
            self.said.append(f"{self.account.operation}: {method} {path} {body.decode()} -> {answer.brief}")
        if kill:
            kill()
        return answer

    def wait_for_silence(self) -> None:
        """Wait until nobody has called for a moment."""
        calls = -1
        while calls != (calls := self._calls.total()):
            time.sleep(0.1)

    def _always(self, called: _Called) -> list[Mutation]:
        return [each for each in self._plan.mutations if each.on == called.place and each.nth is None]

    def _mutations(self, called: _Called) -> list[Mutation]:
        number = self._calls[called.place]
        self._calls[called.place] += 1
        if self.is_calm:
            return []
        return [each for each in self._plan.mutations if each.on == called.place and each.nth == number]

    def _happen(self, mutation: Mutation, order: int | None) -> None:
        """Let something happen right before the call."""
        match mutation.what:
            case ("decided", decision, unseen) if order is not None:
                self.account.decide(order, decision, unseen=unseen)
            case ("asked elsewhere",) if order is not None:
                word = self.account.word
                self.account.add_request(order, "revoke", word, "Somebody else's.", target=("order", order))
            case ("turned", status) if order is not None:
                self.account.statuses[order] = status

    def _reading(self, path: str, query: Mapping[str, str]) -> _Called:
        account = self.account
        match path.split("/"):
            case ["user", "me"]:
                return _Called("user", None, lambda _: (Answer(200, dict(documents.USER)), []))
            case ["order", "certificate"]:
                return _Called("orders", None, lambda _: (Answer(200, documents.orders(account, query)), []))
            case ["order", "certificate", "status-changes"]:
                return _Called(
                    "changes", None, lambda _: (Answer(200, documents.status_changes(account)), [])
                )
            case ["request"]:
                return _Called("requests", None, lambda _: _with_rows(*documents.requests(account, query)))
            case ["request", id_] if request := account.requests.get(int(id_)):
                place = f"request {request.order - FIRST_ORDER}"
                return _Called(place, request.order, lambda _: (Answer(200, self._request(request)), []))
            case ["order", "certificate", id_] if int(id_) in account.orders:
                order = int(id_)
                place = f"order {order - FIRST_ORDER}"
                return _Called(place, order, lambda _: _with_rows(*documents.order_info(account, order)))
            case ["order", "certificate", id_, role] if int(id_) in account.orders:
                order = int(id_)
                return _Called(f"{role} {order - FIRST_ORDER}", order, lambda _: self._siblings(order, role))
        error = {"errors": [{"code": "not_found|order", "message": "No."}]}
        return _Called("nothing", None, lambda _: (Answer(404, error), []))

    def _writing(self, path: str, body: bytes) -> _Called:
        kind, id_ = path.removeprefix("order/").split("/")[:2]
        if path.startswith("order/"):
            kind, order = "order", int(id_) if int(id_) in self.account.orders else 0
        elif kind == "certificate":
            order = self.account.order_of(int(id_))
        else:
            order = self.account.requests[int(id_)].order if int(id_) in self.account.requests else 0

        def process(fate: str | int) -> Built:
            request = self.account.take((kind, int(id_)), order, json.loads(body), fate)
            if kind == "request":
                return Answer(204, None), []
            # What is lost is answered as if it had been taken: the plan spoils every such answer.
            shown = request or Request(1, order or FIRST_ORDER, "revoke", self.account.word, "")
            return Answer(201, self._request(shown)), []

        return _Called(
            f"{'decide' if kind == 'request' else 'put'} {order - FIRST_ORDER}", order or None, process
        )

    def _request(self, request: Request) -> dict[str, Any]:
        return documents.request_info(self.account, request)

    def _siblings(self, order: int, role: str) -> Built:
        found = [each for each in self.account.certificates[order] if each.role == role]
        return Answer(
            200, {"certificates": [documents.certificate(self.account, each) for each in found]}
        ), []

    def _note(self, called: _Called, answer: Answer, rows: list[Row]) -> None:
        """Note what was told: which requests of which orders, and which statuses."""
        if answer.status in (401, 403) and isinstance(answer.body, dict):
            self.account.denied.add(self.account.operation)
        codes = answer.body.get("errors") if isinstance(answer.body, dict) else None
        if answer.status == 404 and called.order is not None and str(codes).count("not_found|order"):
            self.account.gone.add(called.order)
        body = answer.readable
        if not isinstance(body, dict):
            return
        shown = [row for row in rows if _holds(body.get("requests"), row.document)]
        kind = called.place.split()[0]
        if kind == "order" and called.order is not None:
            self.account.seen[called.order] = set()
            self._tell("order", called.order, body)
            if isinstance(own := body.get("certificate"), dict):
                self._tell("certificate", self.account.certificates[called.order][0].id, own)
        for row in shown:
            self.account.seen.setdefault(row.order, set()).add(row.request)
        for told in _dicts(body.get("certificates")):
            self._tell("certificate", told.get("id"), told)
        for told in _dicts(body.get("orders")):
            self._tell("order", told.get("order_id", told.get("id")), told)

    def _tell(self, kind: str, id_: Any, document: Mapping[str, Any]) -> None:
        status = document.get("status")
        if isinstance(id_, int) and isinstance(status, str):
            self.account.told[kind, id_].add(status)


def _with_rows(document: dict[str, Any], rows: list[Row]) -> Built:
    return Answer(200, document), rows


def _holds(rows: Any, document: dict[str, Any]) -> bool:
    return isinstance(rows, list) and any(each is document for each in rows)


def _dicts(rows: Any) -> list[dict[str, Any]]:
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
