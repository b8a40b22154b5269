"""The HTML page in a real browser."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from evidence.documents import HOSTILE, made
from support.authority import DAY, NOW
from support.chromium import Chromium

from digicert_pulumi.evidence.page import page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.browser

VISIBLE = "Array.from(document.querySelectorAll('#certificates tbody tr')).filter(r => !r.hidden)"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chromium]:
    file = tmp_path / "evidence.html"
    file.write_text(page(made(1, 2, 3)), encoding="utf-8")
    with Chromium(tmp_path / "profile") as opened:
        opened.open(file.as_uri())
        yield opened
        assert opened.errors == []
        assert {each.partition(":")[0] for each in opened.requested} <= {"file", "data"}
        assert len([each for each in opened.requested if each.startswith("file:")]) == 1


def orders_shown(browser: Chromium) -> list[str]:
    shown: list[str] = browser.run(f"{VISIBLE}.map(r => r.cells[0].textContent)")
    return shown


def test_the_table_is_filtered_and_sorted(browser: Chromium) -> None:
    assert orders_shown(browser) == ["1", "2", "3"]
    browser.run(
        "(() => { const f = document.getElementById('filter'); f.value = 'WWW2.example';"
        " f.dispatchEvent(new Event('input')); })()"
    )
    assert orders_shown(browser) == ["2"]
    assert browser.run("document.getElementById('shown').value") == "1 of 3 certificates"
    browser.run(
        "(() => { const f = document.getElementById('filter'); f.value = '';"
        " f.dispatchEvent(new Event('input')); })()"
    )
    first = "document.querySelector('#certificates th button').click()"
    browser.run(f"{first}, {first}, 0")
    assert orders_shown(browser) == ["3", "2", "1"]


def test_the_timeline_shows_each_step_and_who_came_to_it(browser: Chromium) -> None:
    rows = "Array.from(document.querySelectorAll('#timeline tr')).map(r => Array.from(r.cells).map(c => c.textContent))"
    published = (NOW - DAY).isoformat()
    _, *steps = browser.run(rows)
    assert steps == [
        ["Revocation requested", "2026-06-01T10:00:00+00:00", "2026-06-03T10:00:00+00:00", "3 of 3"],
        ["Request decided", "2026-06-01T11:00:00+00:00", "2026-06-03T11:00:00+00:00", "3 of 3"],
        ["Certificate revoked (published date)", published, published, "2 of 3"],
        ["Revoked in the CRL of", published, published, "2 of 3"],
        ["Revoked in the OCSP answer of", published, published, "2 of 3"],
        ["Checked for this page", NOW.isoformat(), NOW.isoformat(), "3 of 3"],
    ]
    crl = browser.run("document.querySelector('#certificates tbody tr').cells[5].textContent")
    assert crl == f"revoked as of {published}"
    request = "Array.from(document.querySelector('#certificates tbody tr').cells).slice(7, 9).map(c => c.textContent)"
    assert browser.run(request) == ["101", "approved"]


def test_what_others_wrote_is_text(browser: Chromium) -> None:
    comments = browser.run("document.querySelector('#certificates tbody tr').cells[11].textContent")
    assert comments == HOSTILE
    assert browser.run("document.querySelectorAll('script').length") == 1
    assert browser.run("document.querySelectorAll('img').length") == 0


def test_no_script_but_the_page_s_own_runs(browser: Chromium) -> None:
    added = (
        "(() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        " document.body.append(s); return window.ran === undefined; })()"
    )
    assert browser.run(added)
    browser.run("0")
    assert any("Content Security Policy" in each for each in browser.errors)
    browser.errors.clear()


def test_the_answers_can_be_downloaded(browser: Chromium) -> None:
    links = "Array.from(document.querySelectorAll('a[download]')).map(a => a.href)"
    found = browser.run(links)
    assert len(found) == 4  # one CRL for all, an OCSP answer for each
    assert all(each.startswith("data:application/") for each in found)
    targets = "Array.from(document.querySelectorAll('td a[href^=\"#\"]')).every(a => document.getElementById(a.hash.slice(1)))"
    assert browser.run(targets)


def test_the_page_says_whether_all_is_published() -> None:
    assert "Every certificate is published as revoked." in page(made(1, 2))
    assert "Not every certificate is published as revoked." in page(made(1, 2, 3))
    assert "Not every certificate is published as revoked." in page(made())


def test_the_page_needs_nothing_else() -> None:
    text = page(made(1, 2, 3))
    attributes = Attributes()
    attributes.feed(text)
    named = [value for name, value in attributes.found if name in ("src", "href", "action", "srcset")]
    assert named
    assert all(str(each).startswith(("#", "data:")) for each in named)
    assert not [name for name, _ in attributes.found if name.startswith("on") or name == "style"]


class Attributes(HTMLParser):
    """Collects the attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("iframe", "object", "embed", "base", "form")
        self.found += attrs
