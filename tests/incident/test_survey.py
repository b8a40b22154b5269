"""What DigiCert says of the orders before anything is sent: one order's failure is its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digicert_pulumi.certcentral import AccessDenied, CertCentralError
from digicert_pulumi.incident.report import plan_table
from digicert_pulumi.incident.rows import Incident
from digicert_pulumi.incident.survey import refusals, survey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from support.sandbox import Sandbox

    from digicert_pulumi.incident.survey import Finding


@pytest.fixture(autouse=True)
def _account(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "API_KEY": sandbox.user_key,
        "BASE_URL": sandbox.base_url,
        "BATCH_READS": "false",
        "RETRY_TIMEOUT": "0.05",
        "REQUESTS_PER_MINUTE": "60000",
    }.items():
        monkeypatch.setenv(f"DIGICERT_{name}", value)


def surveyed(orders: Iterable[int]) -> dict[int, Finding]:
    return survey({order_id: {"order_id": order_id, "comments": "x"} for order_id in orders}, lambda _: None)


def fail(sandbox: Sandbox, orders: dict[int, dict[str, object]], endpoint: str = "get_order") -> None:
    sandbox.add_faults(
        *({"endpoint": endpoint, "order_id": order, **fault} for order, fault in orders.items())
    )


def test_what_holds_nothing_to_revoke_is_told_apart(sandbox: Sandbox) -> None:
    kinds = {
        "needs_approval": "no certificate was issued",
        "canceled": "no certificate was issued",
        "expired": "it expired on",
    }
    orders = {sandbox.find(kind): words for kind, words in kinds.items()}
    found = surveyed([*orders, *sandbox.plain(1)])
    for order_id, words in orders.items():
        assert found[order_id].expected == "nothing to revoke"
        assert words in found[order_id].why
    assert found[sandbox.plain(1)[0]].expected == "to be requested"
    assert refusals(found).keys() == orders.keys()


def test_what_an_update_would_not_do_is_told_before(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An approval without effect, a rejection, and an approval that can't be skipped: the plan lists them."""
    alive, rejected, opened, plain = sandbox.find("duplicates"), *sandbox.plain(3)
    approved_id = sandbox.revoke_primary(alive, "x")
    sandbox.approve(approved_id)
    rejected_id = sandbox.revoke(rejected, "x")
    sandbox.reject(rejected_id)
    opened_id = sandbox.revoke(opened, "x")
    monkeypatch.setenv("DIGICERT_API_KEY", sandbox.admin_key)
    orders = {
        order_id: {"order_id": order_id, "comments": "x", "skip_approval": order_id in (opened, plain)}
        for order_id in (plain, opened, rejected, alive)
    }
    found = survey(orders, lambda _: None)
    assert [finding.expected for finding in found.values()] == [
        "to be requested",
        "to be adopted",
        "rejected before",
        "approved before",
    ]
    why = {order_id: finding.why for order_id, finding in found.items()}
    assert "skip_approval is set, so DigiCert revokes at once" in why[plain]
    assert f"skip_approval has no effect, because request {opened_id} is open" in why[opened]
    assert f"request {rejected_id} with the same comments was rejected" in why[rejected]
    assert f"although request {approved_id} was approved; run `digicert-pulumi incident report" in why[alive]
    table = plan_table(Incident(["order_id"], orders=orders), found, 0).splitlines()
    assert [line.partition(":")[0] for line in table[-4:]] == [
        "approved before",
        "to be requested",
        "to be adopted",
        "rejected before",
    ]


def test_an_order_that_cannot_be_read_does_not_stop_the_others(sandbox: Sandbox) -> None:
    *broken, last = sandbox.plain(6)
    faults: list[dict[str, object]] = [
        {"fault": "status", "status": 403},
        {"fault": "refusal", "refusal": "missing_permission"},
        {"fault": "status", "status": 404},
        {"fault": "status", "status": 500},
        {"fault": "html", "status": 200},
    ]
    fail(sandbox, dict(zip(broken, faults, strict=True)))
    found = surveyed([*broken, 999999999, last])
    assert found[last].expected == "to be requested"
    assert {found[order].expected for order in broken} <= {"refused", "not read"}
    assert [found[order].expected for order in broken[3:]] == ["not read", "not read"]
    assert (
        found[broken[1]].expected == "refused"
    )  # as the provider's check refuses it, which would stop its stack
    assert set(refusals(found)) >= {broken[1], 999999999}
    for order in broken:
        assert f"order {order}" in found[order].why
        assert f"{found[order].expected}: {found[order].why}" in plan_table(
            Incident(["order_id", "comments"]), found, 0
        )


def test_a_wrong_key_is_not_taken_for_a_failure_of_each_order(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGICERT_API_KEY", "key-of-nobody")
    with pytest.raises(AccessDenied):
        surveyed(sandbox.plain(2))
    assert len(sandbox.access_log()) == 2


def test_an_account_that_goes_away_ends_the_survey(sandbox: Sandbox) -> None:
    first, *others = sandbox.plain(20)
    fail(sandbox, {order: {"fault": "status", "status": 503} for order in others})
    sandbox.add_faults({"fault": "status", "status": 503, "endpoint": "get_user"})
    with pytest.raises(CertCentralError):
        surveyed([first, *others])
    assert sum(call["path"].endswith(str(others[-1])) for call in sandbox.access_log()) == 0


def test_an_endless_row_of_failures_ends_the_survey(sandbox: Sandbox) -> None:
    orders = sandbox.plain(20)
    fail(sandbox, {order: {"fault": "status", "status": 503} for order in orders})
    with pytest.raises(CertCentralError):
        surveyed(orders)
    assert sum(call["path"].endswith(str(orders[-1])) for call in sandbox.access_log()) == 0


def test_a_key_that_may_not_ask_about_itself_does_not_make_an_order_s_failure_everybody_s(
    sandbox: Sandbox,
) -> None:
    first, broken, last = sandbox.plain(3)
    fail(sandbox, {broken: {"fault": "status", "status": 403}})
    sandbox.add_faults({"fault": "status", "status": 403, "endpoint": "get_user"})
    assert [
        finding.expected == "to be requested" for finding in surveyed([first, broken, last]).values()
    ] == [
        True,
        False,
        True,
    ]


def test_an_order_whose_certificate_is_served_is_refused_and_the_others_are_not(sandbox: Sandbox) -> None:
    served, other = sandbox.plain(2)
    with sandbox.tls_server(sandbox.certificate_ids(served)[0]) as server:
        hosts = [f"localhost:{server.port}"]
        found = survey(
            {
                order_id: {"order_id": order_id, "comments": "x", "must_not_be_served_by": hosts}
                for order_id in (served, other)
            },
            lambda _: None,
        )
    assert [found[order_id].expected for order_id in (served, other)] == ["refused", "to be requested"]
    assert f"localhost:{server.port} still serves" in refusals(found)[served]
