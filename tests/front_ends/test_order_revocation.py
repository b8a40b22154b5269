"""The dynamic provider in its real process: call by call, as the engine calls it."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from support.processes import wait_until
from support.provider import UNKNOWN, Provider, ProviderError, by_front_end

from digicert_pulumi.revoking.waiting import POLL_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.sandbox import Sandbox

ORDER = 100000001


def declared(order_id: int = ORDER, **changes: Any) -> dict[str, Any]:
    return {"orderId": order_id, "comments": "Key leaked.", **changes}


@pytest.fixture
def provider(sandbox: Sandbox) -> Iterator[Provider]:
    with Provider(sandbox.config()) as started:
        yield started


class TestServed:
    """`mustNotBeServedBy`, with a TLS server that serves a certificate of the order."""

    def test_what_a_host_serves_fails_the_check_and_nothing_is_sent(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        order_id = sandbox.find("duplicates")
        certificate_id = sandbox.certificate_ids(order_id)[1]
        serial_number = sandbox.serial_number(certificate_id)
        with sandbox.tls_server(certificate_id) as server:
            hosts = [f"localhost:{server.port}"]
            _, failures = provider.check(declared(order_id, mustNotBeServedBy=hosts))
            assert server.names == ["localhost"]
        ((_, line),) = failures
        assert line == (
            f"order {order_id}: localhost:{server.port} still serves the certificate with the serial number {serial_number}, "
            "which would be revoked; nothing was sent; install another certificate there, or take the host out of "
            f"{by_front_end(dynamic='must_not_be_served_by', native='mustNotBeServedBy')}"
        )
        assert sandbox.writes() == []


def created(provider: Provider, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Check and create, as `pulumi up` does; the inputs and the outputs."""
    inputs, failures = provider.check(declared(**changes))
    assert failures == []
    return inputs, provider.create(inputs)


class TestCheck:
    def test_adds_what_would_be_hit(self, provider: Provider, sandbox: Sandbox) -> None:
        inputs, failures = provider.check(declared(order_id=ORDER))
        assert failures == []
        order = sandbox.order(ORDER)
        assert inputs["order"] == {
            "commonName": order["certificate"]["common_name"],
            "dnsNames": order["certificate"]["dns_names"],
            "organization": order["organization"]["name"],
            "product": order["product"]["name"],
            "status": "issued",
            "validTill": order["certificate"]["valid_till"],
            "revocation": "none",
            "certificateId": order["certificate"]["id"],
            "serialNumber": order["certificate"]["serial_number"],
            "thumbprint": order["certificate"]["thumbprint"],
        }
        assert sandbox.writes() == []

    def test_does_not_read_an_order_that_is_not_known_yet(self, provider: Provider, sandbox: Sandbox) -> None:
        inputs, failures = provider.check({**declared(), "orderId": UNKNOWN, "order": UNKNOWN})
        assert failures == []
        assert inputs == {"orderId": UNKNOWN, "comments": "Key leaked.", "order": UNKNOWN}
        assert sandbox.access_log() == []
        assert provider.lines == [
            "warning: the order id is not known yet, so this preview cannot show what would be revoked"
        ]

    def test_fails_for_what_is_no_number(self, provider: Provider) -> None:
        for name, reason in (
            ("orderId", "must be the order's id"),
            ("comments", "must be a string"),
            ("waitForDecision", "must be a number of seconds"),
            ("mustNotBeServedBy", "must be a list of hosts"),
            ("colour", "is not an input of this resource"),
        ):
            for number in (float("nan"), float("inf"), [float("nan")]):
                _, ((_, line),) = provider.check({**declared(), name: number})
                assert line.startswith(f"{name} {reason}")

    def test_takes_what_stands_beside_the_inputs(self, provider: Provider) -> None:
        inputs, _ = provider.check(declared())
        assert provider.check({**inputs, "requestId": None}, olds=inputs) == (inputs, [])

    def test_an_api_key_is_shown_nowhere(self, provider: Provider, sandbox: Sandbox) -> None:
        key = sandbox.user_key
        for place in ("comments", "orderId", "waitForDecision", "colour", "order"):
            for value in (key, [key], {"a": key.upper()}):
                answer = provider.check({**declared(), place: value})
                _, ((name, reason),) = answer
                assert name == ""  # else the engine would print the property's value
                assert reason.startswith(f"{place} contains the API key")
                assert key.lower() not in repr((answer, provider.lines)).lower()
            inputs, failures = provider.check({**declared(), place: f"The key is {key}."})
            assert inputs.get(place) in (None, "The key is [API key].")
            assert len(failures) == 1
        assert sandbox.access_log() == []

    def test_fails_for_a_product_that_is_not_named(self, provider: Provider, sandbox: Sandbox) -> None:
        order_id = sandbox.find("code_signing")
        _, ((name, reason),) = provider.check(declared(order_id=order_id))
        assert name == ""
        product = sandbox.order(order_id)["product"]["name_id"]
        assert (
            by_front_end(dynamic=f"expected_product={product!r}", native=f"expectedProduct: {product!r}")
            in reason
        )
        assert provider.check(declared(order_id=order_id, expectedProduct=product))[1] == []

    def test_fails_for_a_key_that_cannot_be_one(self, sandbox: Sandbox) -> None:
        line = (
            "DIGICERT_API_KEY: the API key holds a space, a line break or another character that no key has"
        )
        environment = {"DIGICERT_API_KEY": f"{sandbox.user_key}\udcff"}  # the byte 0xFF, as Python reads it
        with Provider({"digicert:baseUrl": sandbox.base_url}, environment) as provider:
            assert provider.check(declared())[1] == [("", line)]
            with pytest.raises(ProviderError) as failed:
                provider.create({**declared(), "order": {}})
        assert str(failed.value) == line
        assert sandbox.access_log() == []


class TestCreate:
    def test_sends_one_request_and_reports_it(self, provider: Provider, sandbox: Sandbox) -> None:
        inputs, outputs = created(provider, revocationReason="keyCompromise")
        (request,) = sandbox.revoke_requests(ORDER)
        assert request["comments"] == "Key leaked."
        assert request["revocation_reason"] == "keyCompromise"
        shown = sandbox.request(request["id"])
        assert outputs == {
            "orderId": ORDER,
            "comments": "Key leaked.",
            "revocationReason": "keyCompromise",
            "requestId": request["id"],
            "status": "pending",
            "requestDate": shown["date"],
            "requester": {
                "id": shown["requester"]["id"],
                "firstName": shown["requester"]["first_name"],
                "lastName": shown["requester"]["last_name"],
                "email": shown["requester"]["email"],
            },
            "revoked": False,
            "order": {**inputs["order"], "revocation": f"request {request['id']} is pending"},
            "reviewedOrder": inputs["order"],
        }
        assert len(sandbox.writes()) == 1

    def test_without_approval_the_time_is_kept_where_the_order_cannot_be_read_back(
        self, sandbox: Sandbox
    ) -> None:
        with Provider(sandbox.config(sandbox.admin_key)) as provider:
            inputs, _ = provider.check(declared(skipApproval=True))
            sandbox.add_faults({"fault": "drop", "endpoint": "get_order"})
            with pytest.raises(ProviderError, match="the revocation was accepted, but") as failure:
                provider.create(inputs)
            sandbox.clear_faults()
            kept = failure.value.kept
            assert kept is not None
            outputs = provider.update(str(ORDER), kept, inputs)
        assert outputs["revoked"] is True
        assert outputs["acceptedAt"] == kept["acceptedAt"]

    def test_nobody_but_an_administrator_skips_the_approval(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        _, ((name, reason),) = provider.check(declared(skipApproval=True))
        assert name == ""
        skip_approval = by_front_end(dynamic="skip_approval", native="skipApproval")
        assert reason.startswith(f"order {ORDER}: {skip_approval} requires an administrator's API key")
        with pytest.raises(ProviderError, match="requires an administrator's API key"):
            provider.create(declared(skipApproval=True))
        assert sandbox.writes() == []
        assert [line["path"] for line in sandbox.access_log()].count("/services/v2/user/me") == 1

    def test_nothing_is_sent_again_by_a_second_provider_of_the_same_program(self, sandbox: Sandbox) -> None:
        sandbox.add_faults({"fault": "drop", "when": "before", "endpoint": "revoke_order", "count": 1})
        settings = sandbox.config() | {"digicert:settleTimeout": "0.1"}
        with socket.create_server(("127.0.0.1", 0)) as listening:
            engine = f"127.0.0.1:{listening.getsockname()[1]}"
            with Provider(settings, engine=engine) as one, Provider(settings, engine=engine) as other:
                for each in (one, other):
                    inputs, _ = each.check(declared())
                    with pytest.raises(ProviderError, match="no confirmation from DigiCert"):
                        each.create(inputs)
        assert len(sandbox.writes()) == 1
        with Provider(settings) as of_the_next_run:
            assert of_the_next_run.create(inputs)["status"] == "pending"

    def test_says_in_one_line_what_failed(self, provider: Provider, sandbox: Sandbox) -> None:
        inputs, _ = provider.check(declared())
        with (
            Provider({"digicert:baseUrl": sandbox.base_url}) as without_key,
            pytest.raises(ProviderError) as failure,
        ):
            without_key.create(inputs)
        assert str(failure.value).startswith("no CertCentral API key: ")
        assert "\n" not in str(failure.value)


class TestWait:
    @pytest.mark.slow  # quicker: revoking/test_waiting.py, of any number of threads
    def test_a_dozen_wait_with_the_polls_of_one(self, provider: Provider, sandbox: Sandbox) -> None:
        orders = sandbox.plain(12)
        declarations = [provider.check(declared(order_id=order, waitForDecision=600))[0] for order in orders]

        def approve_all() -> None:
            wait_until(lambda: len(sandbox.writes()) == 12)
            seen = len(sandbox.access_log())
            wait_until(lambda: any("/request?" in line["path"] for line in sandbox.access_log()[seen:]))
            for order in orders:
                sandbox.approve(sandbox.revoke_requests(order)[0]["id"])

        threading.Thread(target=approve_all).start()
        with ThreadPoolExecutor(12) as pool:
            started = time.monotonic()
            outputs = list(pool.map(provider.create, declarations))
            seconds = time.monotonic() - started
        assert all(output["revoked"] for output in outputs)
        polls = [line for line in sandbox.access_log() if "/request?" in line["path"]]
        assert len(polls) <= 2 * (
            seconds / POLL_SECONDS + 2
        )  # a poll reads the submitted and the pending requests


class TestDiff:
    @pytest.fixture
    def inputs(self, provider: Provider) -> dict[str, Any]:
        return provider.check(declared())[0]

    @pytest.fixture
    def outputs(self, provider: Provider, inputs: dict[str, Any]) -> dict[str, Any]:
        return provider.create(inputs)

    def test_other_words_after_a_rejection_ask_again(
        self, provider: Provider, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        rejected = {**outputs, "status": "rejected"}
        assert provider.diff(rejected, {**inputs, "comments": "Other."}) == ("DIFF_UNKNOWN", ["comments"])
        assert provider.diff(rejected, {**inputs, "comments": UNKNOWN}) == ("DIFF_UNKNOWN", ["comments"])
        assert provider.diff(rejected, inputs) == ("DIFF_NONE", [])


class TestRead:
    @pytest.mark.parametrize(
        ("decision", "status", "revoked"), [("approve", "approved", True), ("reject", "rejected", False)]
    )
    def test_a_decision_is_shown_once(
        self, provider: Provider, sandbox: Sandbox, decision: str, status: str, revoked: bool
    ) -> None:
        inputs, outputs = created(provider)
        getattr(sandbox, decision)(int(outputs["requestId"]), "So be it.")
        _, seen, new_inputs = provider.read(str(ORDER), outputs)
        assert (seen["status"], seen["revoked"], seen["processorComment"]) == (status, revoked, "So be it.")
        decided = sandbox.request(int(outputs["requestId"]))
        assert "processor" not in outputs
        assert seen["processor"]["email"] == decided["processor"]["email"]
        assert seen["dateProcessed"] == decided["date_processed"]
        assert seen["order"]["revocation"] == f"request {outputs['requestId']:.0f} is {status}"
        assert new_inputs == {**inputs, "order": seen["order"]}
        assert provider.diff(seen, inputs)[0] == "DIFF_UNKNOWN"
        assert provider.diff(seen, new_inputs) == ("DIFF_NONE", [])
        assert provider.read(str(ORDER), seen) == (str(ORDER), seen, None)
        number = f"request {outputs['requestId']:.0f}"
        assert provider.lines == [
            f"info: order {ORDER} is revoked; {number} was approved"
            if revoked
            else f"warning: order {ORDER}: {number} was rejected: 'So be it.'; to request the revocation again, change `comments`"
        ]

    def test_a_vanished_order_is_gone(self, provider: Provider, sandbox: Sandbox) -> None:
        _, outputs = created(provider)
        sandbox.forget(ORDER)
        assert provider.read(str(ORDER), outputs) == ("", {}, None)
        assert f"order {ORDER} is no longer in this CertCentral account" in provider.lines[-1]

    def test_an_id_that_is_none_is_refused(self, provider: Provider) -> None:
        with pytest.raises(ProviderError, match="'x' is not an order id"):
            provider.read("x", {})


class TestUpdate:
    def test_keeps_what_was_sent_through_refreshes_and_further_changes(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        inputs, outputs = created(provider)
        assert "sent" not in outputs
        for comments in ("Other.", "Yet others."):
            outputs = provider.update(str(ORDER), outputs, {**inputs, "comments": comments})
            assert outputs["sent"] == {"comments": "Key leaked."}
        sandbox.approve(int(outputs["requestId"]))
        _, outputs, _ = provider.read(str(ORDER), outputs)
        assert (outputs["revoked"], outputs["sent"]) == (True, {"comments": "Key leaked."})
        assert "sent" not in provider.update(str(ORDER), outputs, inputs)


class TestDelete:
    def test_the_deletion_notice_of_a_renamed_or_replaced_one_leaves_the_request_to_its_successor(
        self, provider: Provider
    ) -> None:
        inputs, outputs = created(provider)
        assert provider.create(inputs)["requestId"] == outputs["requestId"]
        provider.delete(str(ORDER), outputs)
        assert provider.lines[-1] == (
            f"info: request {outputs['requestId']:.0f} to revoke order {ORDER} stays open at DigiCert; "
            "another resource of this program declares it"
        )
