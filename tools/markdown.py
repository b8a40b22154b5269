"""Write tables into Markdown pages, between markers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


def table(head: Sequence[object], rows: Iterable[Sequence[object]], *, numbers: bool = False) -> str:
    """Return a table.

    Args:
        head: The column titles.
        rows: The cells of each row.
        numbers: Whether all columns but the first hold numbers, which are aligned to the right.
    """
    lines = [head, ["---", *["---:" if numbers else "---"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def replace_between(page: Path, name: str, text: str) -> None:
    """Replace what a page has between `<!-- NAME: begin -->` and `<!-- NAME: end -->`.

    Args:
        page: The page.
        name: The name of the markers.
        text: What takes its place.

    Raises:
        ValueError: The page has no such markers.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    head, found, rest = page.read_text().partition(begin)
    _, closed, tail = rest.partition(end)
    if not (found and closed):
        msg = f"{page.name} has no markers {begin} and {end}"
        raise ValueError(msg)
    page.write_text(f"{head}{begin}\n\n{text}\n\n{end}{tail}")
