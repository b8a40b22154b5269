"""The arrows between the parts, and the contract with every user's state."""

from __future__ import annotations

import ast
import base64
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dill
import pytest

import digicert_pulumi
from digicert_pulumi.declaring import certificate_revocation, order_revocation, revocation_decision
from digicert_pulumi.dynamic.certificate_revocation import CertificateRevocationProvider
from digicert_pulumi.dynamic.order_revocation import OrderRevocationProvider
from digicert_pulumi.dynamic.revocation_decision import RevocationDecisionProvider

if TYPE_CHECKING:
    from types import ModuleType

PACKAGE = Path(digicert_pulumi.__file__).parent
RESOURCES = (order_revocation, certificate_revocation, revocation_decision)

MAY_IMPORT = {
    "cli": {
        "_version",
        "certcentral",
        "declaring",
        "evidence",
        "finding",
        "incident",
        "orders",
        "resources",
        "revoking",
        "runtime",
        "text",
    },
    "evidence": {"certcentral", "orders", "revoking", "runtime", "text", "x509"},
    "incident": {"certcentral", "finding", "orders", "resources", "revoking", "runtime", "text"},
    "declaring": {"certcentral", "orders", "resources", "runtime", "text"},
    "native": {"_version", "certcentral", "engine", "orders", "resources", "runtime", "text"},
    "dynamic": {"engine", "resources", "runtime"},
    "engine": {"resources", "runtime"},
    "resources": {"certcentral", "finding", "orders", "revoking", "runtime", "text", "x509"},
    "finding": {"certcentral", "orders", "text", "x509"},
    "runtime": {"certcentral", "orders", "revoking", "text"},
    "revoking": {"certcentral", "orders", "text", "x509"},
    "orders": {"certcentral", "text"},
    "certcentral": {"_version", "text"},
    "x509": set[str](),
    "text": set[str](),
    "_version": set[str](),
}
"""The rooms of the package, the highest first, and which of the others each may know."""

NO_PULUMI = {
    "resources",
    "finding",
    "runtime",
    "revoking",
    "orders",
    "certcentral",
    "x509",
    "text",
    "_version",
}
"""The rooms on which another front end can stand: none knows Pulumi."""


def parts() -> set[str]:
    return {
        path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }


def imports(part: str) -> set[str]:
    """Every module that the files of a part import, wherever in the file."""
    folder = PACKAGE / part
    files = folder.rglob("*.py") if folder.is_dir() else [PACKAGE / f"{part}.py"]
    return set[str]().union(*(imports_of(file) for file in files))


def imports_of(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def parts_known_to(part: str) -> set[str]:
    ours = {name.split(".")[1] for name in imports(part) if name.startswith("digicert_pulumi.")}
    return ours - {part}


def modules_after(statement: str) -> list[str]:
    code = f"import sys; {statement}; print(list(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    names: list[str] = ast.literal_eval(done.stdout)
    return names


def test_every_part_is_drawn() -> None:
    assert parts() - {"__init__"} == MAY_IMPORT.keys()


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_imports_point_one_way(part: str) -> None:
    assert parts_known_to(part) <= MAY_IMPORT[part]


@pytest.mark.parametrize("part", sorted(NO_PULUMI))
def test_nothing_below_the_front_end_knows_pulumi(part: str) -> None:
    assert not {name for name in imports(part) if name.split(".")[0] == "pulumi"}


def test_no_two_files_have_one_name() -> None:
    """Besides the providers of `dynamic/`, whose paths every state names: each is called as the class for programs."""
    names = Counter(
        file.name
        for file in PACKAGE.rglob("*.py")
        if not file.name.startswith("__") and "incident/program" not in file.as_posix()
    )
    frozen = {f"{resource.__name__.rpartition('.')[2]}.py" for resource in RESOURCES}
    assert {name for name, count in names.items() if count > 1} == frozen


@pytest.mark.parametrize("module", ["spec", "requests", "rules", "outcome", "notices", "steps"])
def test_the_rules_talk_to_nobody_and_read_no_clock(module: str) -> None:
    outside = {name.split(".")[0] for name in imports_of(PACKAGE / "revoking" / f"{module}.py")}
    assert outside <= {"__future__", "typing", "enum", "msgspec", "digicert_pulumi"}


def test_every_type_is_made_ready_to_decode_before_threads_meet_at_it() -> None:
    trees = [ast.parse(file.read_text()) for file in PACKAGE.rglob("*.py")]
    ours = {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    given = [
        keyword.value
        for tree in trees
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "decode"
        for keyword in call.keywords
        if keyword.arg == "type"
    ]
    assert given
    assert not {
        node.id for each in given for node in ast.walk(each) if isinstance(node, ast.Name) and node.id in ours
    }


def test_a_program_does_not_load_what_only_the_provider_needs() -> None:
    loaded = modules_after("from digicert_pulumi import OrderRevocation")
    assert sorted(name for name in loaded if name.startswith("digicert_pulumi")) == [
        "digicert_pulumi",
        "digicert_pulumi.declaring",
        "digicert_pulumi.declaring.declare",
        "digicert_pulumi.declaring.order_revocation",
        "digicert_pulumi.declaring.program_folder",
        "digicert_pulumi.declaring.stack_configuration",
        "digicert_pulumi.declaring.types",
        "digicert_pulumi.runtime",
        "digicert_pulumi.runtime.masking",
        "digicert_pulumi.runtime.setting_names",
        "digicert_pulumi.text",
        "digicert_pulumi.text.printable",
        "digicert_pulumi.text.suggestions",
    ]


@pytest.mark.parametrize("part", ["certcentral", "revoking.submission"])
def test_what_knows_nothing_of_pulumi_does_not_load_it(part: str) -> None:
    assert "pulumi" not in modules_after(f"import digicert_pulumi.{part}")


@pytest.mark.parametrize("name", digicert_pulumi.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(digicert_pulumi, name).__name__ == name
    assert name in dir(digicert_pulumi)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Revocation'"):
        digicert_pulumi.Revocation  # noqa: B018


@pytest.mark.parametrize(
    ("resource", "reference", "provider"),
    [
        (
            order_revocation,
            "gAJjZGlnaWNlcnRfcHVsdW1pLmR5bmFtaWMub3JkZXJfcmV2b2NhdGlvbgpPcmRlclJldm9jYXRpb25Qcm92aWRlcgopUi4=",
            OrderRevocationProvider,
        ),
        (
            certificate_revocation,
            "gAJjZGlnaWNlcnRfcHVsdW1pLmR5bmFtaWMuY2VydGlmaWNhdGVfcmV2b2NhdGlvbgpDZXJ0aWZpY2F0ZVJldm9jYXRpb25Qcm92aWRlcgopUi4=",
            CertificateRevocationProvider,
        ),
        (
            revocation_decision,
            "gAJjZGlnaWNlcnRfcHVsdW1pLmR5bmFtaWMucmV2b2NhdGlvbl9kZWNpc2lvbgpSZXZvY2F0aW9uRGVjaXNpb25Qcm92aWRlcgopUi4=",
            RevocationDecisionProvider,
        ),
    ],
    ids=["order", "certificate", "decision"],
)
def test_the_provider_in_the_state_is_the_one_of_every_release(
    resource: ModuleType, reference: str, provider: type
) -> None:
    assert reference == resource.PROVIDER
    loaded: Any = dill.loads(base64.b64decode(reference))  # noqa: S301  # our own constant
    assert not loaded.serialize_as_secret_always
    assert type(loaded) is provider
