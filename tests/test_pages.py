"""The pages: their links lead somewhere, and they are written as CONTRIBUTING.md asks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

PAGES = sorted(
    str(page.relative_to(ROOT))
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")]
)

RIDDLES = (
    "are told", "as read", "as wished", "goes on", "how far it is", "is asked for", "is told",
    "stands in the way", "tells of", "what becomes of", "what was left", "would die",
)  # fmt: skip
"""Phrases for which the style guide has plainer ones."""


def prose(page: str) -> str:
    """A page without what programs wrote into it, code, and quotations."""
    text = (ROOT / page).read_text()
    text = re.sub(r"<!-- ([\w ]+): begin -->.*?<!-- \1: end -->", "", text, flags=re.DOTALL)
    text = re.sub(r"^```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"^ {4,}.*$", "", text, flags=re.MULTILINE)
    return re.sub(r"(`+).*?\1|\".*?\"", "", text)


def headings(page: Path) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", (ROOT / page).read_text()):
        if re.match(r"https?:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), link
        assert not anchor or anchor in headings(target), link


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_no_riddles(page: str) -> None:
    text = " ".join(prose(page).lower().split())
    assert [phrase for phrase in RIDDLES if re.search(rf"\b{phrase}\b", text)] == []
