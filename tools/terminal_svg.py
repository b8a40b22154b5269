"""Draw what a command prints on a terminal, as an SVG.

`make picture` draws the preview of `make up` for the README: the command runs on a pseudo-terminal, so that its colors
are those that a user sees.
"""

from __future__ import annotations

import argparse
import io
import os
import pty
import re
import sys
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

WITHOUT_FONTS = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
"""The fonts are the reader's own: a picture in a README fetches nothing."""


def printed(command: list[str]) -> tuple[int, str]:
    """Run a command on a pseudo-terminal; returns its exit code and what it printed, with its colors."""
    received = bytearray()

    def read(terminal: int) -> bytes:
        data = os.read(terminal, 65536)
        received.extend(data)
        return data

    code = os.waitstatus_to_exitcode(pty.spawn(command, read))
    return code, received.decode().replace("\r\n", "\n")


def picture(text: str, title: str, width: int) -> str:
    """Draw the text on a terminal of so many columns."""
    console = Console(
        record=True, file=io.StringIO(), width=width, color_system="truecolor", force_terminal=True
    )
    console.print(Text.from_ansi(text), highlight=False)
    return console.export_svg(title=title, code_format=WITHOUT_FONTS, unique_id="terminal")


def main() -> int:
    """Run the command and draw the part of its output between two patterns."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("picture", type=Path, help="the SVG")
    parser.add_argument("--first", default="", help="a pattern of the first line to draw")
    parser.add_argument("--last", default="", help="a pattern of the last line to draw")
    parser.add_argument("--width", type=int, default=100, help="columns of the terminal (%(default)s)")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    code, text = printed(arguments.command)
    if code:
        return code
    part = re.search(rf"^[^\n]*{arguments.first}.*?{arguments.last}[^\n]*$", text, re.DOTALL | re.MULTILINE)
    if not part:
        print("error: the command printed no such lines", file=sys.stderr)
        return 1
    svg = picture(part[0], " ".join(arguments.command), arguments.width)
    arguments.picture.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
