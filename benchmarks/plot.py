"""Draw line and bar plots as SVG, readable on light and dark pages."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9")
"""The colour-blind-safe palette of Okabe and Ito, with a darker yellow."""
_WIDTH, _HEIGHT = 720, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 190, 46, 52
_STYLE = (
    "<style>svg{background:#fff}text{font:13px sans-serif;fill:#222}.title{font-size:15px;font-weight:bold}"
    ".axis{stroke:#888}.grid{stroke:#888;stroke-opacity:.25}</style>"
)


@dataclass(frozen=True)
class Line:
    """A line of points, all greater than 0."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Bar:
    """A named value."""

    name: str
    value: float


def lines(file: Path, title: str, x: str, y: str, data: Sequence[Line]) -> None:
    """Draw lines on logarithmic axes.

    Args:
        file: The file to write.
        title: The title.
        x: The label of the x-axis.
        y: The label of the y-axis.
        data: The lines.
    """
    points = [point for line in data for point in line.points]
    xs, ys = _decades([p[0] for p in points]), _decades([p[1] for p in points])

    def place(point: tuple[float, float]) -> tuple[float, float]:
        across = (log10(point[0]) - xs[0]) / (xs[-1] - xs[0])
        up = (log10(point[1]) - ys[0]) / (ys[-1] - ys[0])
        return _LEFT + across * (_WIDTH - _LEFT - _RIGHT), _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM)

    parts = []
    for decade in xs:
        left, _ = place((10**decade, 10 ** ys[0]))
        parts.append(
            f'<line class="grid" x1="{left:.1f}" y1="{_TOP}" x2="{left:.1f}" y2="{_HEIGHT - _BOTTOM}"/>'
        )
        parts.append(_text(left, _HEIGHT - _BOTTOM + 18, f"{10**decade:,}", "middle"))
    for decade in ys:
        _, top = place((10 ** xs[0], 10**decade))
        parts.append(
            f'<line class="grid" x1="{_LEFT}" y1="{top:.1f}" x2="{_WIDTH - _RIGHT}" y2="{top:.1f}"/>'
        )
        parts.append(
            _text(_LEFT - 8, top + 4, f"{10**decade:,}" if decade >= 0 else f"{10**decade:g}", "end")
        )
    for number, line in enumerate(data):
        colour = _COLOURS[number % len(_COLOURS)]
        places = [place(point) for point in line.points]
        path = " ".join(f"{left:.1f},{top:.1f}" for left, top in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        parts += [f'<circle cx="{left:.1f}" cy="{top:.1f}" r="3.5" fill="{colour}"/>' for left, top in places]
        beside = _TOP + 14 + 22 * number
        parts.append(
            f'<rect x="{_WIDTH - _RIGHT + 14}" y="{beside - 10}" width="12" height="12" fill="{colour}"/>'
        )
        parts.append(_text(_WIDTH - _RIGHT + 32, beside, line.name))
    parts.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 12, x, "middle"))
    parts.append(_text(_LEFT, _TOP - 8, y))
    _write(file, title, parts, _HEIGHT)


def bars(file: Path, title: str, unit: str, data: Sequence[Bar], mark: Bar) -> None:
    """Draw horizontal bars, and a vertical line across them.

    Args:
        file: The file to write.
        title: The title.
        unit: The unit of the values.
        data: The bars.
        mark: The position and label of the line.
    """
    left, right, step = 250, 70, 34
    height = _TOP + 24 + step * len(data) + 20
    scale = (_WIDTH - left - right) / max(mark.value, *(bar.value for bar in data))
    parts = []
    for number, bar in enumerate(data):
        top = _TOP + 24 + step * number
        colour = _COLOURS[0] if bar.value < mark.value else _COLOURS[1]
        parts.append(_text(left - 10, top + 17, bar.name, "end"))
        parts.append(
            f'<rect x="{left}" y="{top}" width="{bar.value * scale:.1f}" height="{step - 10}" fill="{colour}"/>'
        )
        parts.append(_text(left + bar.value * scale + 6, top + 17, f"{bar.value:.1f} {unit}"))
    across = left + mark.value * scale
    parts.append(
        f'<line x1="{across:.1f}" y1="{_TOP + 10}" x2="{across:.1f}" y2="{height - 12}" stroke="#b00020" '
        'stroke-width="2" stroke-dasharray="6 4"/>'
    )
    parts.append(_text(across, _TOP + 4, mark.name, "middle"))
    _write(file, title, parts, height)


def _decades(values: Sequence[float]) -> list[int]:
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return list(range(low, max(high, low + 1) + 1))


def _text(left: float, top: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{left:.1f}" y="{top:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _write(file: Path, title: str, parts: Sequence[str], height: int) -> None:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}">{_STYLE}<rect width="{_WIDTH}" height="{height}" fill="#fff"/>'
    )
    heading = f'<text class="title" x="16" y="22">{escape(title)}</text>'
    file.write_text("\n".join([head, heading, *parts, "</svg>"]) + "\n")
