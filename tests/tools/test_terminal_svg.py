"""The picture of a terminal for the README."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from support.engine import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TOOL = ROOT / "tools" / "terminal_svg.py"


def draw(picture: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, TOOL, picture, *arguments], capture_output=True, text=True, check=False
    )


def test_the_lines_between_two_patterns_are_drawn_in_their_colors(tmp_path: Path) -> None:
    picture = tmp_path / "picture.svg"
    shown = r"printf 'before\n$ first\n\033[31mred\033[0m <last>\nafter\n'"
    done = draw(picture, "--first", "first", "--last", "last", "--", "sh", "-c", shown)
    assert (done.returncode, done.stderr) == (0, "")
    svg = picture.read_text()
    drawn = [
        html.unescape(text).replace("\xa0", " ").strip()
        for text in re.findall(r"<text[^>]*clip-path[^>]*>([^<]*)</text>", svg)
    ]
    assert [text for text in drawn if text] == ["$ first", "red", "<last>"]
    assert len({*re.findall(r"fill: (#\w+)", svg)}) > 1
    assert "http" not in svg.replace("http://www.w3.org/", "").replace("https://www.textualize.io", "")


def test_a_command_that_fails_or_prints_something_else_leaves_the_picture(tmp_path: Path) -> None:
    picture = tmp_path / "picture.svg"
    picture.write_text("as it was")
    assert draw(picture, "--", "sh", "-c", "exit 3").returncode == 3
    done = draw(picture, "--first", "first", "--", "echo", "something else")
    assert (done.returncode, done.stderr) == (
        1,
        "error: the command's output does not match --first and --last\n",
    )
    assert picture.read_text() == "as it was"
