"""What a run is made of, as data: it prints as what builds it again, and hypothesis makes it smaller."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


def _short(given: Any) -> str:
    """Print only what is not as usual."""
    unusual = (
        f"{field.name}={getattr(given, field.name)!r}"
        for field in fields(given)
        if getattr(given, field.name) != field.default
    )
    return f"{type(given).__name__}({', '.join(unusual)})"


@dataclass(frozen=True, repr=False)
class Order:
    """An order of the account, as it is in truth.

    Attributes:
        certificates: Which it has beside its own one: a key of `account.CERTIFICATES`.
        before: The revoke requests that it has already, each by its status and by whether it has the words that are
            declared (`same`), and others (`other`).
        status: Its status.
        organization: Whether it names one.
    """

    certificates: str = "own"
    before: tuple[tuple[str, str], ...] = ()
    status: str = "issued"
    organization: bool = True

    __repr__ = _short


@dataclass(frozen=True, repr=False)
class Declared:
    """A resource of the program.

    Attributes:
        order: The number of its order.
        kind: `order`, `certificate` (by its id), `serial` (by its serial number) or `decision`.
        of: Which certificate of the order: `own`, `duplicate` or `reissue`.
        spelled: How the serial number is written: a key of `life.SPELLINGS`.
        names_order: Whether a certificate's order is named as well.
        expects: How the expected common name is written: a key of `life.NAMES`; none by default.
        misspelt: Whether the input of the expected name is misspelt.
        guard: What else is expected: a key of `life.GUARDS`; nothing by default.
        decision: What is decided.
        alike: Whether it has the comments of the program's first resource.
    """

    order: int = 0
    kind: str = "order"
    of: str = "own"
    spelled: str = "as it is"
    names_order: bool = True
    expects: str = ""
    misspelt: bool = False
    guard: str = ""
    decision: str = "approved"
    alike: bool = False

    __repr__ = _short


@dataclass(frozen=True, repr=False)
class Mutation:
    """What is wrong with some answers, or what happens before one.

    Attributes:
        on: Which calls: `order`, `duplicate`, `reissue`, `request`, `put` or `decide`, with the order's number behind
            (`order 0`), or `orders`, `requests`, `changes`, `user`.
        nth: Which of them, counted from 0 through the whole run; None for every one.
        what: What is done: a method of `mutate.Mutator`, with its arguments.
        fate: Of a PUT: `processed`, `lost`, the number of readings after which its request is seen, or `later`: it is
            processed in a later operation, after `account.LATER` readings.
    """

    on: str
    what: tuple[Any, ...] = ()
    nth: int | None = None
    fate: str | int = "processed"

    __repr__ = _short


@dataclass(frozen=True, repr=False)
class Plan:
    """A run.

    Attributes:
        orders: The account.
        program: What is declared.
        steps: What is done: `preview`, `up`, `refresh`, `move`, `race`, `get`, `import`, `incident`, `wait`, or with an order's number
            behind `approve`, `approve unseen`, `reject`, `reword`.
        mutations: What is wrong.
        word: The status of a new revoke request.
        lists: Whether the provider may read orders from lists.
        retry: For how many seconds a call that fails is tried again.
    """

    orders: tuple[Order, ...]
    program: tuple[Declared, ...]
    steps: tuple[str, ...]
    mutations: tuple[Mutation, ...] = ()
    word: str = "pending"
    lists: bool = True
    retry: str = "0.02"

    __repr__ = _short
