"""Draw a command's terminal output as an SVG.

`make picture` draws the preview of `make up` for the README. The command runs on a pseudo-terminal, so that it prints the
colors that a user sees.
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
"""The SVG template without web fonts: a picture in a README must not fetch anything."""


def printed(command: list[str]) -> tuple[int, str]:
    """Run a command on a pseudo-terminal, and return its exit code and its output with colors."""
    received = bytearray()

    def read(terminal: int) -> bytes:
        data = os.read(terminal, 65536)
        received.extend(data)
        return data

    code = os.waitstatus_to_exitcode(pty.spawn(command, read))
    return code, received.decode().replace("\r\n", "\n")


def picture(text: str, title: str, width: int) -> str:
    """Return the SVG of a text on a terminal of a width in columns."""
    console = Console(
        record=True, file=io.StringIO(), width=width, color_system="truecolor", force_terminal=True
    )
    console.print(Text.from_ansi(text), highlight=False)
    return console.export_svg(title=title, code_format=WITHOUT_FONTS, unique_id="terminal")


def main() -> int:
    """Run the command, and draw the part of its output between two patterns."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("picture", type=Path, help="SVG file to write")
    parser.add_argument("--first", default="", help="pattern of the first line to draw")
    parser.add_argument("--last", default="", help="pattern of the last line to draw")
    parser.add_argument(
        "--width", type=int, default=100, help="width of the terminal in columns (default: %(default)s)"
    )
    parser.add_argument("command", nargs="+", help="command to run")
    arguments = parser.parse_args()
    code, text = printed(arguments.command)
    if code:
        return code
    part = re.search(rf"^[^\n]*{arguments.first}.*?{arguments.last}[^\n]*$", text, re.DOTALL | re.MULTILINE)
    if not part:
        print("error: the command's output does not match --first and --last", file=sys.stderr)
        return 1
    svg = picture(part[0], " ".join(arguments.command), arguments.width)
    arguments.picture.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
