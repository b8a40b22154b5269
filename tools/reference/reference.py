"""The reference in docs/reference, made from the classes and docstrings that programs import.

python tools/reference/reference.py            write it
python tools/reference/reference.py --check    say whether it is current; 1 where it is not
"""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import digicert_pulumi as digicert
from digicert_pulumi.certcentral import errors
from digicert_pulumi.orders.certificates import CertificateNotFoundError
from digicert_pulumi.resources.fields import CERTIFICATE_FIELDS, DECISION_FIELDS, ORDER_FIELDS
from digicert_pulumi.resources.problem import (
    INTERNAL,
    INVALID_INPUT,
    NOT_SHOWN,
    NOTHING_TO_IMPORT,
    UNFINISHED,
)
from digicert_pulumi.revoking.failures import DecisionNotReadBackError, FateUnknownError, NotReadBackError
from digicert_pulumi.revoking.rules import REFUSALS
from digicert_pulumi.runtime.settings import NoApiKeyError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from digicert_pulumi.resources.fields import Field

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"

RESOURCES: Mapping[str, tuple[type, type, Mapping[str, Field]]] = {
    "order_revocation": (digicert.OrderRevocation, digicert.OrderRevocationArgs, ORDER_FIELDS),
    "certificate_revocation": (
        digicert.CertificateRevocation,
        digicert.CertificateRevocationArgs,
        CERTIFICATE_FIELDS,
    ),
    "revocation_decision": (digicert.RevocationDecision, digicert.RevocationDecisionArgs, DECISION_FIELDS),
}

FUNCTIONS: tuple[Callable[..., object], ...] = (
    digicert.get_order,
    digicert.get_certificates,
    digicert.list_orders,
    digicert.find_orders,
)

TYPES: tuple[type, ...] = (
    digicert.OrderSnapshot,
    digicert.CertificateSnapshot,
    digicert.SiblingCertificate,
    digicert.RequestSnapshot,
    digicert.RequestOrder,
    digicert.Requester,
    digicert.SentRevocation,
    digicert.GetOrderResult,
    digicert.OrderCertificate,
    digicert.OrderRequest,
    digicert.GetCertificatesResult,
    digicert.ListOrdersResult,
    digicert.ListedOrder,
    digicert.FindOrdersResult,
    digicert.FoundOrder,
    digicert.RevocationReason,
    digicert.RequestStatus,
    digicert.Decision,
)

_NOTE = "<!-- made by tools/reference/reference.py from the docstrings; edit those -->\n"


class Property(NamedTuple):
    """An attribute of a class: its name, its annotation, and the docstring below it."""

    name: str
    type: str
    text: str


def pages() -> dict[str, str]:
    """Return the text of each page, by its name."""
    made = {f"{name}.md": _resource(*about) for name, about in RESOURCES.items()}
    made["provider.md"] = f"# Provider\n\n{doc(digicert.Provider)}\n\n{_code(digicert.Provider.__init__)}\n"
    made["functions.md"] = "# Functions\n\n" + "\n\n".join(_function(each) for each in FUNCTIONS) + "\n"
    made["types.md"] = "# Types\n\n" + "\n\n".join(_type(each) for each in TYPES) + "\n"
    made["codes.md"] = _codes()
    return {name: f"{_NOTE}\n{text}" for name, text in made.items()}


def _codes() -> str:
    """The codes of failures: of calls to DigiCert and of ours, and of refusals."""
    ours: tuple[Any, ...] = (
        FateUnknownError,
        NotReadBackError,
        DecisionNotReadBackError,
        CertificateNotFoundError,
        SettingsError,
        NoApiKeyError,
    )
    calls: list[Any] = [
        each for each in vars(errors).values() if isinstance(each, type) and "code" in vars(each)
    ]
    calls.remove(errors.CertCentralError)
    rows = [(each.code, _meaning(each)) for each in (*calls, *ours)]
    rows += [
        (INVALID_INPUT.code, "An input is missing, unknown or wrong."),
        (
            NOT_SHOWN.code,
            "The preview could not show what would be revoked, and `digicert:requireReview` is set.",
        ),
        (NOTHING_TO_IMPORT.code, "What an import names is neither revoked nor asked for, or not decided."),
        (UNFINISHED.code, "The request stands, and what had to follow did not come."),
        (INTERNAL.code, "Something broke in digicert_pulumi itself."),
    ]
    lines = [
        "# Codes",
        "",
        "The `code` of a failure is stable; its line is for people and may be reworded in any release. Programs find",
        "both in the JSON lines that `DIGICERT_EVENTS=FILE` asks for, and in the status of the engine's call.",
        "",
        *_table("Failures", sorted(set(rows))),
        "",
        "A refusal means that nothing was sent, because it must not be.",
        "",
        *_table("Refusals", REFUSALS.items()),
    ]
    return "\n".join(lines) + "\n"


def _meaning(error: type) -> str:
    """The first line of its docstring."""
    text = re.sub(r"^Raised (?:only )?(?:for|when) ", "", doc(error).partition("\n")[0])
    return f"{text[0].upper()}{text[1:]}".replace("|", "\\|")


def _table(title: str, rows: Iterable[tuple[str, str]]) -> list[str]:
    return [f"## {title}", "", "| code | meaning |", "| --- | --- |", *(f"| `{a}` | {b} |" for a, b in rows)]


def _resource(resource: type, arguments: type, fields: Mapping[str, Field]) -> str:
    inputs = {field.python_name: field for field in fields.values()}
    lines = [f"# {resource.__name__}", "", doc(resource), "", "## Inputs", ""]
    for each in properties(arguments):
        required = "required" if inputs[each.name].required else "optional"
        lines += [
            f"### `{each.name}`",
            "",
            f"`{inputs[each.name].type.__name__}`, {required}. {each.text}",
            "",
        ]
    lines += ["## Outputs", "", "Every input is an output, too.", ""]
    for each in properties(resource):
        if each.name not in inputs:
            lines += [f"### `{each.name}`", "", f"`{each.type}`. {each.text}", ""]
    return "\n".join(lines).rstrip() + "\n"


def _type(class_: type) -> str:
    lines = [f"## {class_.__name__}", "", doc(class_), ""]
    lines += [
        f"- `{each.name}`{f' (`{each.type}`)' if each.type else ''}: {_one_line(each.text)}"
        for each in properties(class_)
    ]
    return "\n".join(lines)


def _function(function: Callable[..., object]) -> str:
    return f"## {function.__name__}\n\n{_code(function)}"


def _code(function: Callable[..., object]) -> str:
    """A signature and its docstring, as Python shows them."""
    [node] = [each for each in ast.walk(_tree(function)) if isinstance(each, ast.FunctionDef)][:1]
    head = f"{node.name}({ast.unparse(node.args)})".replace("__init__(self, ", "Provider(")
    arguments = ",\n    ".join(re.split(r", (?=[a-z*]\w*(?:[:,=]|$)|\*)", head.partition("(")[2][:-1]))
    return f"```python\n{head.partition('(')[0]}(\n    {arguments},\n)\n```\n\n```text\n{doc(function)}\n```"


def properties(class_: type) -> Iterator[Property]:
    """The attributes of a class, each with the docstring below it."""
    [body] = [each.body for each in _tree(class_).body if isinstance(each, ast.ClassDef)]
    for statement, after in pairwise(body):
        if not (isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)):
            continue
        text = inspect.cleandoc(str(after.value.value))
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                yield Property(name, _plain(ast.unparse(annotation)), text)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)):
                yield Property(f"{name} = {value!r}", "", text)


def _tree(thing: object) -> ast.Module:
    return ast.parse(inspect.cleandoc("\n" + inspect.getsource(thing)))  # type: ignore[arg-type]


def _plain(annotation: str) -> str:
    return re.sub(r"pulumi\.Output\[(.*)\\]$", r"\\1", annotation)


def doc(thing: object) -> str:
    """Return a docstring."""
    return inspect.getdoc(thing) or ""


def _one_line(text: str) -> str:
    return " ".join(text.split())


def main() -> int:
    """Write the pages, or compare them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    FOLDER.mkdir(exist_ok=True)
    made = pages()
    old = [name for name, text in made.items() if not _is_current(FOLDER / name, text)]
    if check and old:
        sys.stderr.write(
            f"run `make reference`: {', '.join(old)} in docs/reference {'is' if len(old) == 1 else 'are'} old\n"
        )
        return 1
    for name in old:
        (FOLDER / name).write_text(made[name])
    return 0


def _is_current(file: Path, text: str) -> bool:
    return file.exists() and file.read_text() == text


if __name__ == "__main__":
    sys.exit(main())
