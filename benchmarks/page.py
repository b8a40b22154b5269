"""Generate the documentation's tables and plots from the result files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.plot import Bar, Line, bars, lines
from tools.markdown import replace_between, table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.results import Results

_PHASES = ("preview", "up", "refresh")
_PLOTS = {
    "calls": "Calls for each revoked order",
    "incident": "Hours for the incident",
    "growth": "Calls as the stack and the account grow",
}
_DOCS, _ROOT = "../", ""
"""The path from a page to the root of the repository."""

_USUAL = 20_000
"""The largest account in the summary."""


def draw(results: Results) -> None:
    """Draw the plots of the existing results, in the same folder."""
    if found := results.read("calls"):
        largest = max(row["account"] for row in found["rows"])
        rows = [row for row in found["rows"] if row["account"] == min(largest, 20_000)]
        lines(
            results.folder / "calls.svg",
            f"Calls for each revoked order, in an account of {rows[0]['account']:,}: preview, up and refresh",
            "revoked orders",
            "calls for each order",
            [_calls_line(name, rows) for name in dict.fromkeys(row["solution"] for row in rows)],
        )
    if found := results.read("incident"):
        bars(
            results.folder / "incident.svg",
            f"Hours to revoke {found['rows'][0]['orders']:,} orders and to read the outcomes",
            "h",
            [Bar(f"{_who(row)}, {row['limit']}", row["hours_with_refresh"]) for row in found["rows"]],
            Bar("24 hours", 24.0),
        )
    if found := results.read("growth"):
        accounts = dict.fromkeys(row["account"] for row in found["rows"])
        lines(
            results.folder / "growth.svg",
            "Calls for preview, up and refresh, as the stack and the account grow",
            "revoked orders",
            "calls",
            [_growth_line(account, found["rows"]) for account in accounts],
        )


def write(results: Results, page: Path) -> None:
    """Write the tables of all results into a page, between its markers."""
    tables = "\n\n".join(
        part
        for part in (
            _calls(results),
            _startup(results),
            _languages(results),
            _overhead(results),
            _incident(results),
            _growth(results),
        )
        if part
    )
    replace_between(page, "results", tables)


def summarize(results: Results, page: Path) -> None:
    """Write the summary into a page, between its markers."""
    replace_between(
        page,
        "results",
        "\n\n".join(part for part in (_calls_first(results), _incident_first(results)) if part),
    )


def _calls_first(results: Results) -> str:
    if not (found := results.read("calls")):
        return ""
    ours = [row for row in found["rows"] if row["solution"] == "digicert_pulumi" and row["account"] <= _USUAL]
    account = max(row["account"] for row in ours)
    by_number = {row["orders"]: row for row in ours if row["account"] == account}
    one, many = by_number[min(by_number)], by_number[max(by_number)]
    number = f"{many['orders']:,}"
    rows: list[list[object]] = [
        [f"first `pulumi up` of {number} orders, including its preview", *_preview_and_up(many)],
        [f"`pulumi refresh` of {number} orders", _total(many["refresh"]), 0],
        [f"preview of {number} orders without changes", _total(many["unchanged_preview"]), 0],
        ["first `pulumi up` of one order, including its preview", *_preview_and_up(one)],
    ]
    shown = table((f"in an account of {account:,} orders", "calls", "PUT calls"), rows, numbers=True)
    return "\n\n".join([_plot("calls", _ROOT), shown, _file(found, "calls", _ROOT)])


def _preview_and_up(row: dict[str, Any]) -> tuple[str, str]:
    total = sum(row["preview"].values()) + sum(row["up"].values())
    return f"{total:,}", f"{row['up']['PUT']:,}"


def _incident_first(results: Results) -> str:
    if not (found := results.read("incident")):
        return ""
    stricter = [row for row in found["rows"] if row["limit"] == found["rows"][0]["limit"]]
    return "\n\n".join([_plot("incident", _ROOT), _incident_table(stricter), _file(found, "incident", _ROOT)])


def _all_calls(row: dict[str, Any]) -> int:
    counted = [row["all"]] if "all" in row else [row[phase] for phase in _PHASES]
    return sum(sum(calls.values()) for calls in counted)


def _calls_line(solution: str, rows: Sequence[dict[str, Any]]) -> Line:
    return Line(
        solution,
        [(row["orders"], _all_calls(row) / row["orders"]) for row in rows if row["solution"] == solution],
    )


def _growth_line(account: int, rows: Sequence[dict[str, Any]]) -> Line:
    found = [row for row in rows if row["account"] == account]
    return Line(
        f"account of {account:,}",
        [(row["orders"], row["preview_and_up_calls"] + row["refresh_calls"]) for row in found],
    )


def _who(row: dict[str, Any]) -> str:
    if "stacks" not in row:
        return str(row["solution"])
    return "one stack" if row["stacks"] == 1 else f"{row['stacks']} stacks"


def _source(found: dict[str, Any], name: str) -> str:
    return f"{_file(found, name, _DOCS)} {found['conditions']}"


def _file(found: dict[str, Any], name: str, path: str) -> str:
    return (
        f"`{found['command']}`, {found['date']}, version {found['version']}: "
        f"[{name}.json]({path}benchmarks/results/{name}.json)."
    )


def _plot(name: str, path: str = _DOCS) -> str:
    return f"![{_PLOTS[name]}]({path}benchmarks/results/{name}.svg)"


def _calls(results: Results) -> str:
    if not (found := results.read("calls")):
        return ""
    rows = []
    for row in found["rows"]:
        phases = [_total(row.get(phase)) for phase in (*_PHASES, "unchanged_preview")]
        puts = row["all"]["PUT"] if "all" in row else row["up"]["PUT"]
        each = f"{_all_calls(row) / row['orders']:.2f}"
        cells = [row["solution"], f"{row['account']:,}", f"{row['orders']:,}", *phases, puts]
        rows.append([*cells, _all_calls(row), each])
    head = (
        "",
        "account",
        "orders",
        "preview",
        "up",
        "refresh",
        "unchanged preview",
        "PUT calls",
        "total",
        "calls per order",
    )
    peak = max(row.get("peak_kilobytes", 0) for row in found["rows"]) / 1024
    idle = max(row.get("kilobytes_before_any_call", 0) for row in found["rows"]) / 1024
    memory = (
        f"Peak memory of the provider process: at most {peak:.0f} MiB in all these runs, {idle:.0f} MiB before its first "
        "call."
    )
    failed = [
        f"{row['failed'].get('describe', 0)} of {row['orders']} `describe`"
        for row in found["rows"]
        if "failed" in row
    ]
    note = (
        "certmesh's `describe` calls a path that CertCentral does not document, so the sandbox returns 404 "
        f"({failed[-1]} here). Each of these counts as a call. certmesh revokes a certificate, not an order, and always "
        "skips the approval."
        if failed
        else ""
    )
    parts = [
        "## Calls for each order",
        _plot("calls"),
        table(head, rows, numbers=True),
        memory,
        note,
        _source(found, "calls"),
    ]
    return "\n\n".join(part for part in parts if part)


def _total(calls: dict[str, int] | None) -> object:
    return "" if calls is None else sum(calls.values())


def _startup(results: Results) -> str:
    if not (found := results.read("startup")):
        return ""
    dynamic, native, empty = found["rows"]
    rows = [
        [row["solution"], f"{row['seconds']:.3f} s", _mebibytes(row["kilobytes"])] for row in found["rows"]
    ]
    for title, ours, theirs in (
        ("dynamic to empty", dynamic, empty),
        ("native to dynamic", native, dynamic),
    ):
        rows.append(
            [f"ratio, {title}", *(f"{ours[name] / theirs[name]:.2f}" for name in ("seconds", "kilobytes"))]
        )
    head = ("", "time to the last answer", "memory")
    note = f"Medians of {dynamic['rounds']} starts."
    return "\n\n".join(["## Start-up", table(head, rows, numbers=True), note, _source(found, "startup")])


def _languages(results: Results) -> str:
    if not (found := results.read("languages")):
        return ""
    dynamic, native = found["rows"]
    names = ("preview", "unchanged_preview", "unchanged_up", "refresh")
    rows = [
        [row["solution"], *(f"{row[name]['median']:.2f} s ({row[name]['least']:.2f} s)" for name in names)]
        for row in (dynamic, native)
    ]
    ratios = (
        [f"{native[name][kind] / dynamic[name][kind]:.2f}" for kind in ("median", "least")] for name in names
    )
    rows.append(["ratio, YAML to Python", *(f"{of_medians} ({of_least})" for of_medians, of_least in ratios)])
    head = ("", *(name.replace("_", " ") for name in names))
    title = "A whole command on a stack of one resource:"
    note = f"Medians of {dynamic['rounds']} runs, with the shortest in parentheses."
    return "\n\n".join([title, table(head, rows, numbers=True), note, _source(found, "languages")])


def _mebibytes(kilobytes: float) -> str:
    return f"{kilobytes / 1024:.0f} MiB"


def _overhead(results: Results) -> str:
    if not (found := results.read("overhead")):
        return ""
    names = ("preview", "up", "unchanged_up", "refresh", "destroy")
    rows: list[list[object]] = []
    for ours, theirs in zip(found["rows"][::2], found["rows"][1::2], strict=True):
        note = f"{ours['resources']:,}" + ("" if ours["checkpoints"] else ", checkpoints skipped")
        note += f", {ours['rounds']} round" + ("s" if ours["rounds"] > 1 else "")
        for row in (ours, theirs):
            seconds = [f"{taken:.1f} s" for taken in (*(row[name] for name in names), _whole(row, names))]
            rows.append([row["solution"], note, *seconds, f"{row['state_bytes_per_resource']:.0f}"])
        rows.append(["ratio", note, *_ratios(ours, theirs, names), ""])
    head = (
        "",
        "resources",
        *(name.replace("_", " ") for name in names),
        "total",
        "bytes of state per resource",
    )
    return "\n\n".join(["## Engine overhead", table(head, rows, numbers=True), _source(found, "overhead")])


def _whole(row: dict[str, Any], names: Sequence[str]) -> float:
    return float(sum(row[name] for name in names))


def _ratios(ours: dict[str, Any], theirs: dict[str, Any], names: Sequence[str]) -> list[str]:
    each = [ours[name] / theirs[name] for name in names]
    return [f"{ratio:.2f}" for ratio in (*each, _whole(ours, names) / _whole(theirs, names))]


def _incident(results: Results) -> str:
    if not (found := results.read("incident")):
        return ""
    note = (
        "The figures of the others are computed, not simulated, and in their favor: they make their calls at the full rate "
        "that the limit allows, without latency and without any 429."
    )
    title = f"## Incident: {found['rows'][0]['orders']:,} orders"
    return "\n\n".join(
        [title, _plot("incident"), _incident_table(found["rows"]), note, _source(found, "incident")]
    )


def _incident_table(shown: Sequence[dict[str, Any]]) -> str:
    rows = []
    for row in shown:
        ours = "stacks" in row
        calls = row["preview_and_up_calls"] + row["refresh_calls"] if ours else row["calls"]
        requested = f"{row['hours_until_all_are_requested']:.2f}" if ours else ""
        turned_away = row["turned_away"] if ours else ""
        who = f"{row['solution']}, {_who(row)}" if ours else row["solution"]
        rows.append(
            [who, row["limit"], f"{calls:,}", requested, f"{row['hours_with_refresh']:.2f}", turned_away]
        )
    head = ("", "limit", "calls", "hours until all requests are sent", "hours with refresh", "429")
    return table(head, rows, numbers=True)


def _growth(results: Results) -> str:
    if not (found := results.read("growth")):
        return ""
    rows = []
    for row in found["rows"]:
        calls = row["preview_and_up_calls"] + row["refresh_calls"]
        seconds = row["hours_with_refresh"] * 3600
        minutes = f"{seconds / 60:.1f}"
        rows.append(
            [
                f"{row['account']:,}",
                f"{row['orders']:,}",
                f"{calls:,}",
                f"{calls / row['orders']:.2f}",
                minutes,
                row["turned_away"],
            ]
        )
    head = ("account", "orders", "calls", "calls per order", "minutes", "429")
    return "\n\n".join(
        ["## Growth", _plot("growth"), table(head, rows, numbers=True), _source(found, "growth")]
    )
