"""A copy of the tree in which every line of the package has other words: what a program reads in a line breaks there."""

from __future__ import annotations

import ast
import random
import re
from typing import TYPE_CHECKING

from support.tree import copy_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_WORD = re.compile(r"(?<![\w`%{\\./-])[A-Za-z]{2,}(?![\w`}./-])")
_FEWEST_WORDS = 3
_DATA = re.compile(r"\(\?|<|%[YmdHs(]|^[\w-]+/[\w-]+|SELECT|\\")
"""Texts of words that programs read: regular expressions, pages, formats of dates and logs, media types."""


def reworded_tree(folder: Path, seed: int) -> int:
    """Copy the tree into a folder, and reword its package.

    Returns:
        How many texts have other words.
    """
    copy_tree(folder)
    chance = random.Random(seed)  # noqa: S311  # no secret
    changed = 0
    for file in sorted((folder / "digicert_pulumi").rglob("*.py")):
        tree = ast.parse(file.read_text())
        for text in _texts(tree):
            said = str(text.value)
            text.value = _WORD.sub(lambda word: _other(word[0], chance), said)
            changed += said != text.value
        file.write_text(ast.unparse(tree))
    return changed


def _texts(tree: ast.AST) -> Iterator[ast.Constant]:
    """The texts that people read: at least three words, with or without values among them; no docstrings."""
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        whole = node.values if isinstance(node, ast.JoinedStr) else [node]
        parts = [part for part in whole if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        said = "".join(str(part.value) for part in parts)
        if len(_WORD.findall(said)) >= _FEWEST_WORDS and not _DATA.search(said):
            yield from (part for part in parts if id(part) not in documentation)


def _other(word: str, chance: random.Random) -> str:
    return "".join(chance.choice("aeiou" if letter in "aeiouAEIOU" else "bdgklmnprst") for letter in word)
