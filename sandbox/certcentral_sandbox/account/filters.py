"""Convert the filters, sorting and paging of lists to SQL."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

Query = Sequence[tuple[str, str]]
Condition = tuple[str, list[Any]]
Filter = Callable[[list[str]], Condition]

MAX_LIMIT = 1000
_FILTER = re.compile(r"filters\[(\w+)\](?:\[\d*\])?")
_LARGEST = 2**63 - 1


class BadListing(ValueError):  # noqa: N818 - the caller's mistake
    """A filter, a sort field, an offset or a limit isn't valid."""


@dataclass(frozen=True)
class Page:
    """The part of a list that a call requests.

    Attributes:
        where: The condition; `1` if there is none.
        order_by: The sort order. It is always total, so that paging is stable.
        limit: The maximum number of rows; None if the call doesn't set it.
    """

    where: str
    parameters: list[Any]
    order_by: str
    offset: int
    limit: int | None

    @property
    def rows(self) -> int:
        """The maximum number of rows."""
        return MAX_LIMIT if self.limit is None else self.limit


def parse(query: Query, filters: Mapping[str, Filter], sort_fields: Mapping[str, str]) -> Page:
    """Parse the query of a list.

    Raises:
        BadListing: A parameter isn't documented, or its value isn't valid.
    """
    conditions = [filters[name](values) for name, values in _filter_values(query, filters).items()]
    plain = dict(query)
    limit = _number(plain.get("limit"), "limit")
    return Page(
        where=" AND ".join(sql for sql, _ in conditions) or "1",
        parameters=[parameter for _, parameters in conditions for parameter in parameters],
        order_by=_order_by(plain.get("sort"), sort_fields),
        offset=_number(plain.get("offset"), "offset") or 0,
        limit=min(limit, MAX_LIMIT) if limit else None,
    )


def _filter_values(query: Query, filters: Mapping[str, Filter]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for key, value in query:
        match = _FILTER.fullmatch(key)
        name = match[1] if match else key
        if name in filters and (match or name == "status"):
            values.setdefault(name, []).append(value)
        elif match:
            raise BadListing(f"filters[{name}]")
    return values


def _order_by(sort: str | None, fields: Mapping[str, str]) -> str:
    terms = []
    for term in sort.split(",") if sort else []:
        name = term.strip().removeprefix("-")
        if name not in fields:
            raise BadListing(f"sort={term}")
        terms.append(f"{fields[name]} {'DESC' if term.strip().startswith('-') else 'ASC'}")
    return ", ".join([*terms, f"{fields['id']} ASC"])


def _number(text: str | None, name: str) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or int(text) > _LARGEST:
        raise BadListing(f"{name}={text}")
    return int(text)


def text(column: str) -> Filter:
    """Return a filter: the column equals one of the values."""
    return lambda values: _one_of(column, values)


def _one_of(column: str, values: Sequence[Any]) -> Condition:
    return f"{column} IN ({', '.join('?' * len(values))})", list(values)


def integer(column: str) -> Filter:
    """Return a filter: the column equals one of the integers."""
    return lambda values: _one_of(column, [_number(value, column) for value in values])


def flag(column: str) -> Filter:
    """Return a filter: the column is 1 or 0."""

    def condition(values: list[str]) -> Condition:
        if any(value not in {"0", "1"} for value in values):
            raise BadListing(f"{column} must be 1 or 0")
        return integer(column)(values)

    return condition


def search(*columns: str) -> Filter:
    """Return a filter: a column equals the value or, if the value starts with `%`, contains the rest of it."""

    def condition(values: list[str]) -> Condition:
        value = values[-1]
        if value.startswith("%"):
            terms, parameter = [f"instr({column}, ?) > 0" for column in columns], value[1:]
        else:
            terms, parameter = [f"{column} = ?" for column in columns], value
        return f"({' OR '.join(terms)})", [parameter] * len(columns)

    return condition


def day(column: str) -> Filter:
    """Return a filter: the date in the column equals the value, is `=>` it, `=<` it, or in the range `a...b`."""

    def condition(values: list[str]) -> Condition:
        value = values[-1]
        days = f"substr({column}, 1, 10)"
        if "..." in value:
            first, last = value.split("...", 1)
            return f"{days} BETWEEN ? AND ?", [_day(first), _day(last)]
        for prefix, operator in (("=>", ">="), ("=<", "<=")):
            if value.startswith(prefix):
                return f"{days} {operator} ?", [_day(value[2:])]
        return f"{days} = ?", [_day(value)]

    return condition


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise BadListing(f"{text} is not a date") from None


def nothing(_values: list[str]) -> Condition:
    """Match no row: a sandbox's orders don't have the property."""
    return "0", []
