"""Which names are the same."""

from __future__ import annotations

import pytest

from digicert_pulumi.orders.names import comparable, comparable_host, words


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("www.example.com", "WWW.Example.com.", True),
        ("b\u00fccher.example", "xn--bcher-kva.example", True),
        ("B\u00dcCHER.example", "XN--BCHER-KVA.example", True),
        ("bu\u0308cher.example", "b\u00fccher.example", True),
        ("b\u00fccher\u3002example", "b\u00fccher.example", True),
        ("*.b\u00fccher.example", "*.xn--bcher-kva.example", True),
        ("_x.b\u00fccher.example", "_x.xn--bcher-kva.example", True),
        ("fa\u00df.example", "xn--fa-hia.example", True),
        ("fa\u00df.example", "fass.example", False),
        ("\u03c3.example", "\u03c2.example", False),
        (" www.example.com ", "www.example.com", True),
        ("www.example.com", "www.example.com.example", False),
        ("\u0430pple.example", "apple.example", False),
        ("xn--0.example", "xn--1.example", False),
    ],
)
def test_common_names(one: str, other: str, same: bool) -> None:
    assert (comparable_host(one) == comparable_host(other)) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Example,  Inc.", "example, inc.", True),
        ("Mu\u0308ller\u00a0GmbH", "M\u00fcller GmbH", True),
        ("Stra\u00dfe", "STRASSE", True),
        ("Example, Inc.", "Example, Inc", False),
        ("M\u00fcller", "Muller", False),
    ],
)
def test_names(one: str, other: str, same: bool) -> None:
    assert (comparable(one) == comparable(other)) is same


def test_words_do_not_depend_on_how_accents_are_composed() -> None:
    assert words(" Schl\u00fcssel\n weg") == words("Schlu\u0308ssel weg")
