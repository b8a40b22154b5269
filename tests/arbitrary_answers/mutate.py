"""What can be wrong with an answer."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

PAGE = "<html><head><title>Access denied</title></head><body>Incident 42-\x1b[31mgateway</body></html>"


class Twin(str):
    """A name that can stand in a document beside its like."""

    __slots__ = ()
    __hash__ = object.__hash__
    __eq__ = object.__eq__


@dataclass
class Answer:
    """An answer before it is sent.

    Attributes:
        status: The status.
        body: The document, or the very text of the body; None for none.
        content_type: Its type.
        wire: How it leaves: `whole`, `cut`, `reset`, `late`, or `double`.
    """

    status: int
    body: Any
    content_type: str = "application/json"
    wire: str = "whole"

    @property
    def readable(self) -> Any:
        """The document, where a client could read it at all."""
        good = 200 <= self.status < 300 and self.wire in ("whole", "double")
        return self.body if good and self.content_type.startswith("application/json") else None

    @property
    def brief(self) -> str:
        """As much as is needed to follow a run."""
        return f"{self.status} {self.wire} {self.content_type} {str(self.body)[:600]}"


class Mutator:
    """Applies mutations to one answer.

    Args:
        answer: The answer.
        key: The API key, for texts that repeat it.
    """

    def __init__(self, answer: Answer, key: str) -> None:
        self.answer = answer
        self._key = key

    def apply(self, what: tuple[Any, ...]) -> None:
        """Apply one; what is no mutation of an answer changes nothing."""
        name, *arguments = what
        method = getattr(self, f"_{name.replace(' ', '_')}", None)
        if method:
            method(*arguments)

    # What is said.

    def _absent(self, path: str) -> None:
        for parent, name in self._places(path):
            del parent[name]

    def _value(self, path: str, value: Any) -> None:
        for parent, name in self._places(path):
            parent[name] = self._own(value)

    def _renamed(self, path: str) -> None:
        for parent, name in self._places(path):
            if isinstance(parent, dict):
                parent[f"{name}_name"] = parent.pop(name)

    def _duplicated(self, path: str, value: Any) -> None:
        """Have a name stand twice, the second time with another value."""
        for parent, name in self._places(path):
            if isinstance(parent, dict):
                parent[Twin(name)] = self._own(value)

    def _instead(self, values: dict[str, Any]) -> None:
        """Say something else in several fields."""
        if isinstance(self.answer.body, dict):
            self.answer.body |= self._own(values)

    def _same_id(self, path: str) -> None:
        """Give the last row of a list the id of the first."""
        for parent, name in self._places(path):
            rows = parent[name]
            if isinstance(rows, list) and rows and all(isinstance(row, dict) and "id" in row for row in rows):
                rows[-1]["id"] = rows[0]["id"]

    def _first_row(self, path: str, value: Any) -> None:
        """Put a strange row in front of a list."""
        for parent, name in self._places(path):
            if isinstance(parent[name], list):
                parent[name].insert(0, self._own(value))

    def _rows(self, path: str, how: str) -> None:
        for parent, name in self._places(path):
            rows = parent[name]
            if isinstance(rows, list):
                if how == "repeated":
                    rows += rows
                elif how == "reversed":
                    rows.reverse()
                else:
                    del rows[-1:]

    def _empty(self, how: str) -> None:
        match how:
            case "204":
                self.answer.status, self.answer.body = 204, None
            case "nothing":
                self.answer.body = ""
            case "no page" if isinstance(self.answer.body, dict):
                self.answer.body.pop("page", None)
            case "{}":
                self.answer.body = {}
            case "[]":
                self.answer.body = []

    # How it is said.

    def _status(self, status: int, kind: str) -> None:
        bodies = {
            "json": (
                "application/json",
                {"errors": [{"code": "trouble", "message": "No\x1b[31m. \r\n" + self._key}]},
            ),
            "denied": (
                "application/json",
                {"errors": [{"code": "access_denied|missing_permission", "message": "No."}]},
            ),
            "gone": ("application/json", {"errors": [{"code": "not_found|order", "message": "No."}]}),
            "not found": ("application/json", {"errors": [{"code": "not_found", "message": "No."}]}),
            "page": ("text/html; charset=utf-8", PAGE),
            "empty": ("application/json", ""),
        }
        self.answer.status = status
        self.answer.content_type, self.answer.body = bodies[kind]

    def _coded(self, status: int) -> None:
        """Say it with another status, whatever is said."""
        self.answer.status = status

    def _typed(self, content_type: str) -> None:
        self.answer.content_type = content_type

    def _sent(self, wire: str) -> None:
        self.answer.wire = wire

    def _own(self, value: Any) -> Any:
        """A value of this answer's own: a plan's is used again."""
        return value.replace("KEY", self._key) if isinstance(value, str) else copy.deepcopy(value)

    def _places(self, path: str) -> list[tuple[Any, Any]]:
        """Where a path leads, `*` for every element: what holds it, and its name there."""
        *way, last = path.split(".")
        holders = [self.answer.body]
        for step in way:
            holders = [each for holder in holders for each in _children(holder, step)]
        return [(holder, name) for holder in holders for name in _names(holder, last)]


def _children(holder: Any, step: str) -> list[Any]:
    return [holder[name] for name in _names(holder, step)]


def _names(holder: Any, step: str) -> list[Any]:
    if isinstance(holder, list):
        if step == "*":
            return list(range(len(holder)))
        return [int(step)] if step.lstrip("-").isdigit() and -len(holder) <= int(step) < len(holder) else []
    return [step] if isinstance(holder, dict) and step in holder else []
