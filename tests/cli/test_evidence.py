"""`digicert-pulumi evidence`: what is published, on the sandbox's CRLs and OCSP responders."""

from __future__ import annotations

import csv
import html
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID
from sandbox.published import access_url, chain_of, crl_of, openssl, write_chain
from support.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cli.conftest import Command

    Prove = Callable[..., dict[str, Any]]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The folder in which the command runs."""
    return tmp_path / "here"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox of its own: what is revoked here stands in the way of other tests."""
    with Sandbox(tmp_path_factory.mktemp("evidence")) as started:
        yield started


@pytest.fixture(autouse=True)
def _publish_the_truth(sandbox: Sandbox) -> Iterator[None]:
    yield
    sandbox.clear_publication_faults()
    sandbox.publish_after(0)


def revoke(sandbox: Sandbox, order: int) -> int:
    """Revoke an order, with its request approved."""
    sandbox.approve(sandbox.revoke(order), "Looks right.")
    return order


@pytest.fixture(scope="module")
def orders(sandbox: Sandbox) -> list[int]:
    """Two revoked orders, each of another authority; the second one's OCSP answers are signed by a delegate."""
    plain = sandbox.plain(10)
    return [revoke(sandbox, next(each for each in plain if each % 2 == remainder)) for remainder in (0, 1)]


@pytest.fixture
def prove(command: Command, here: Path) -> Prove:
    """Run the command with `--json`, and return what it writes; its exit code has to be `code`."""

    def prove(*arguments: str, code: int) -> dict[str, Any]:
        done = command("evidence", *arguments, "--json", "evidence.json")
        assert done.returncode == code, done.stdout + done.stderr
        found: dict[str, Any] = json.loads((here / "evidence.json").read_text())
        assert found["is_complete"] is (code == 0)
        return found

    return prove


@pytest.mark.parametrize("place", [0, 1], ids=["issuing-1", "issuing-2 with a delegate"])
def test_a_revoked_order_is_published_as_revoked(
    prove: Prove, sandbox: Sandbox, orders: list[int], place: int
) -> None:
    order = orders[place]
    [request] = sandbox.revoke_requests(order)
    found = prove(str(order), code=0)
    [revocation] = found["revocations"]
    assert (revocation["order_id"], revocation["request_id"]) == (order, request["id"])
    assert revocation["request_status"] == "approved"
    assert revocation["requester"]
    assert revocation["processor"]
    assert revocation["requested_at"] <= revocation["decided_at"]
    [certificate] = revocation["certificates"]
    assert certificate["published"] == "revoked"
    for kind in ("crl", "ocsp"):
        said = certificate[kind]
        assert said["says"] == "revoked"
        assert said["this_update"] <= found["made_at"] <= said["next_update"]
        assert said["sha256"] in found["answers"]
    assert sandbox.writes() == []


def test_duplicates_and_reissues_count_too(prove: Prove, sandbox: Sandbox) -> None:
    order = revoke(sandbox, sandbox.find("duplicates"))
    found = prove(str(order), code=0)
    [revocation] = found["revocations"]
    serials = {each["serial_number"] for each in revocation["certificates"]}
    assert len(serials) == len(revocation["certificates"]) == len(sandbox.certificate_ids(order)) > 1
    assert {each["role"] for each in revocation["certificates"]} >= {"primary", "duplicate"}


def test_what_is_not_revoked_is_good_and_said_so(command: Command, sandbox: Sandbox) -> None:
    [order] = sandbox.plain(1)
    done = command("evidence", str(order))
    assert done.returncode == 1
    assert "CRL: good" in done.stdout
    assert "OCSP: good" in done.stdout
    assert "no request" in done.stdout


def test_a_revocation_that_is_not_published_yet_is_waited_for(prove: Prove, sandbox: Sandbox) -> None:
    sandbox.publish_after(3600)
    order = revoke(sandbox, sandbox.plain(1)[0])
    found = prove(str(order), code=1)
    [certificate] = found["revocations"][0]["certificates"]
    assert certificate["published"] == "good"
    assert found["revocations"][0]["order_status"] == "revoked"
    prove(str(order), "--wait", "1", code=1)
    sandbox.publish_after(0)
    prove(str(order), "--wait", "1", code=0)


@pytest.mark.parametrize(
    "case",
    [
        ("wrong_signer", "crl", "could not be verified", "isn't signed with the issuer's key"),
        ("wrong_signer", "ocsp", "could not be verified", "isn't signed by the certificate's issuer"),
        ("unknown", "ocsp", "unknown", ""),
        ("unknown", "crl", "could not be verified", "HTTP status 404"),
    ],
)
def test_a_forged_or_missing_answer_proves_nothing(
    prove: Prove, sandbox: Sandbox, orders: list[int], case: tuple[str, str, str, str]
) -> None:
    fault, service, word, why = case
    sandbox.add_publication_faults({"fault": fault, "service": service})
    found = prove(str(orders[1]), code=1)
    [certificate] = found["revocations"][0]["certificates"]
    other = {"crl": "ocsp", "ocsp": "crl"}[service]
    assert certificate["published"] == word
    assert certificate[other]["says"] == "revoked"
    assert certificate[service]["says"] == word
    assert why in certificate[service]["why"]


def test_one_crl_serves_all_the_certificates_of_an_issuer(prove: Prove, sandbox: Sandbox) -> None:
    living = [each for each in sandbox.plain(12) if each % 2 == 0][:4]
    # Each of the first fetches is hit, and no other one: so there is one.
    sandbox.add_publication_faults({"fault": "malformed", "service": "crl", "count": 1})
    found = prove(*map(str, living), code=1)
    said = [each["certificates"][0]["crl"]["says"] for each in found["revocations"]]
    assert said == ["could not be verified"] * len(living)


def test_the_chain_may_come_from_a_file(
    prove: Prove, sandbox: Sandbox, here: Path, orders: list[int]
) -> None:
    order = orders[1]
    [certificate] = sandbox.certificate_ids(order)
    (here / "chain.pem").write_text(sandbox.pem_all(certificate))
    before = len(sandbox.access_log())
    prove(str(order), "--chain", "chain.pem", code=0)
    assert not [line for line in sandbox.access_log()[before:] if "/download/" in line["path"]]


def test_an_incident_s_report_names_the_orders(prove: Prove, here: Path, orders: list[int]) -> None:
    order = orders[0]
    (here / "report.csv").write_text(
        f"order_id,comments,result_outcome\n{order},Key leaked in incident 42.,requested\n"
    )
    found = prove("--report", "report.csv", code=0)
    assert [each["order_id"] for each in found["revocations"]] == [order]


def test_the_request_of_an_incident_s_report_is_shown(prove: Prove, sandbox: Sandbox, here: Path) -> None:
    order = sandbox.plain(1)[0]
    first = sandbox.revoke(order)
    sandbox.reject(first, "Not yet.")
    second = sandbox.revoke(order, "Asked again.")
    (here / "report.csv").write_text(
        "order_id,comments,revocation_reason,result_outcome,result_request_id\n"
        f"{order},Key leaked.,superseded,rejected,{first}\n"
    )
    [reported] = prove("--report", "report.csv", code=1)["revocations"]
    assert (reported["request_id"], reported["processor_comment"]) == (first, "Not yet.")
    assert reported["revocation_reason"] == "superseded"
    [named] = prove(str(order), code=1)["revocations"]
    assert named["request_id"] == second


def test_a_file_of_ids_is_enough_and_no_comments_are_made_up(
    prove: Prove, sandbox: Sandbox, here: Path
) -> None:
    [order] = sandbox.plain(1)
    (here / "ids.txt").write_text(f"{order}\n")
    [revocation] = prove("--report", "ids.txt", code=1)["revocations"]
    assert (revocation["order_id"], revocation["comments"]) == (order, "")


def test_a_row_that_names_a_certificate_without_its_order_is_one_line(command: Command, here: Path) -> None:
    (here / "rows.csv").write_text("serial_number,comments\n0A1B,Key leaked.\n")
    done = command("evidence", "--report", "rows.csv")
    assert done.returncode == 2
    assert "name a certificate without an order_id" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_csv_is_for_spreadsheets(command: Command, here: Path, orders: list[int]) -> None:
    order = orders[0]
    assert command("evidence", str(order), "--csv", "evidence.csv").returncode == 0
    text = (here / "evidence.csv").read_text(encoding="utf-8-sig")
    [row] = csv.DictReader(io.StringIO(text))
    assert row["order_id"] == str(order)
    assert (row["published"], row["crl_says"], row["ocsp_says"]) == ("revoked", "revoked", "revoked")
    assert row["crl_number"].isdecimal()
    assert len(row["crl_sha256"]) == len(row["ocsp_sha256"]) == 64


def test_an_order_that_can_t_be_read_proves_nothing(prove: Prove) -> None:
    found = prove("99", code=1)
    [revocation] = found["revocations"]
    assert revocation["problems"]
    assert found["counts"]["certificates"] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["1", "--report", "a.csv"], "not both"),
        (["--report", "missing.csv"], "missing.csv"),
        (["x"], "must be"),
        (["1", "--wait", "-1"], "must be a number of seconds"),
        (["1", "--chain", "empty.pem"], "no certificates in PEM"),
    ],
)
def test_a_wrong_argument_is_one_line(command: Command, here: Path, arguments: list[str], words: str) -> None:
    (here / "empty.pem").write_text("")
    done = command("evidence", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def resource(kind: str, id_: int, **outputs: Any) -> dict[str, Any]:
    """A resource in a stack's state."""
    return {"type": f"pulumi-python:dynamic/digicert:{kind}", "id": str(id_), "outputs": outputs}


def put_state(here: Path, put: Callable[[str, str], None], *resources: dict[str, Any]) -> None:
    """Put a `pulumi` onto PATH that exports a state with these resources."""
    (here / "state.json").write_text(json.dumps({"deployment": {"resources": resources}}))
    put("pulumi", f'case "$*" in *export*) cat {here}/state.json;; *) echo "{{}}";; esac')


def test_the_revocations_of_a_stack_are_proven(
    prove: Prove, here: Path, orders: list[int], put: Callable[[str, str], None]
) -> None:
    outputs = {"orderId": orders[0], "comments": "Key leaked.", "revocationReason": "keyCompromise"}
    put_state(here, put, resource("OrderRevocation", orders[0], **outputs))
    found = prove("--stack", "prod", code=0)
    [revocation] = found["revocations"]
    assert revocation["order_id"] == orders[0]
    assert revocation["revocation_reason"] == "keyCompromise"


def test_a_certificate_that_the_state_does_not_show_is_found(
    prove: Prove, sandbox: Sandbox, here: Path, orders: list[int], put: Callable[[str, str], None]
) -> None:
    [certificate] = sandbox.certificate_ids(orders[0])
    unseen = {"comments": "Key leaked.", "order": {"status": "issued"}}
    put_state(here, put, *(resource("CertificateRevocation", each, **unseen) for each in (certificate, 99)))
    done, missing = prove("--stack", "prod", code=1)["revocations"]
    assert done["order_id"] == orders[0]
    assert [each["certificate_id"] for each in done["certificates"]] == [certificate]
    assert done["certificates"][0]["published"] == "revoked"
    assert missing["order_id"] is None
    assert missing["problems"] == ["certificate 99 was not found in this CertCentral account"]


def test_who_asked_for_a_certificate_is_not_made_up(
    command: Command, sandbox: Sandbox, here: Path, put: Callable[[str, str], None]
) -> None:
    order = sandbox.plain(1)[0]
    [certificate] = sandbox.certificate_ids(order)
    other = sandbox.revoke(order, "Somebody else's.")
    put_state(
        here,
        put,
        resource("CertificateRevocation", certificate, orderId=order, comments="Key leaked."),
        resource("CertificateRevocation", 99, comments="Key leaked."),
    )
    done = command("evidence", "--stack", "prod", "--html", "evidence.html", "--csv", "evidence.csv")
    assert done.returncode == 1
    note = "CertCentral doesn't say which certificate a request is for; only the comments were compared"
    assert f"  {note}\n" in done.stdout
    assert f"request {other}" not in done.stdout
    assert "order unknown: certificate unknown" in done.stdout
    assert "  its request wasn't read\n" in f"{done.stdout}\n"
    assert html.escape(note) in (here / "evidence.html").read_text(encoding="utf-8")
    assert note in (here / "evidence.csv").read_text(encoding="utf-8-sig")


def test_a_stack_without_revocations_is_one_line(
    command: Command, here: Path, put: Callable[[str, str], None]
) -> None:
    put_state(here, put)
    done = command("evidence", "--stack", "prod")
    assert done.returncode == 2
    assert "holds no revocation" in done.stderr


def test_the_page_is_written(command: Command, here: Path, orders: list[int]) -> None:
    assert command("evidence", str(orders[0]), "--html", "evidence.html").returncode == 0
    text = (here / "evidence.html").read_text(encoding="utf-8")
    assert "Every certificate is published as revoked." in text
    assert str(orders[0]) in text


def test_a_wrong_key_ends_it_at_once(command: Command) -> None:
    done = command("evidence", "100000001", "100000002", "100000003", DIGICERT_API_KEY="wrong")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "denied access" in done.stderr
    assert len(done.stderr.splitlines()) <= 2


@pytest.mark.slow
@pytest.mark.parametrize("place", [0, 1], ids=["issuing-1", "issuing-2 with a delegate"])
@pytest.mark.parametrize("is_revoked", [True, False], ids=["revoked", "not revoked"])
def test_openssl_agrees(
    prove: Prove, sandbox: Sandbox, tmp_path: Path, orders: list[int], place: int, *, is_revoked: bool
) -> None:
    living = next(each for each in sandbox.plain(10) if each % 2 == place)
    order = orders[place] if is_revoked else living
    found = prove(str(order), code=0 if is_revoked else 1)
    [certificate] = found["revocations"][0]["certificates"]
    chain = chain_of(sandbox, sandbox.certificate_ids(order)[0])
    write_chain(tmp_path, chain)
    (tmp_path / "crl.pem").write_bytes(crl_of(chain[0]).public_bytes(Encoding.PEM))
    verified = openssl(
        tmp_path,
        *("verify", "-crl_check", "-CAfile", "root.pem", "-untrusted", "issuer.pem"),
        *("-CRLfile", "crl.pem", "leaf.pem"),
    )
    assert ("certificate revoked" in verified) == (certificate["crl"]["says"] == "revoked") == is_revoked
    assert ("leaf.pem: OK" in verified) == (certificate["crl"]["says"] == "good")
    url = access_url(chain[0], AuthorityInformationAccessOID.OCSP)
    asked = openssl(
        tmp_path,
        *("ocsp", "-issuer", "issuer.pem", "-cert", "leaf.pem", "-CAfile", "root.pem", "-url", url),
        *("-verify_other", "issuer.pem", "-no_nonce"),
    )
    assert "Response verify OK" in asked
    assert f"leaf.pem: {certificate['ocsp']['says']}" in asked
