"""The dynamic provider in its real process: call by call, as the engine calls it."""

from __future__ import annotations

import socket
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from support.processes import wait_until
from support.provider import UNKNOWN, Provider, ProviderError, by_front_end
from support.sandbox import Sandbox

from digicert_pulumi.revoking.waiting import POLL_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ORDER = 100000001


def declared(order_id: int = ORDER, **changes: Any) -> dict[str, Any]:
    return {"orderId": order_id, "comments": "Key leaked.", **changes}


def config(sandbox: Sandbox, key: str | None = None) -> dict[str, str]:
    return {
        "digicert:apiKey": key or sandbox.user_key,
        "digicert:baseUrl": sandbox.base_url,
        "digicert:retryTimeout": "1",
    }


def change(sandbox: Sandbox, sql: str, *parameters: object) -> None:
    """Change what the sandbox holds, past its API."""
    with closing(sqlite3.connect(sandbox.state)) as database, database:
        database.execute(sql, parameters)


@pytest.fixture
def provider(sandbox: Sandbox) -> Iterator[Provider]:
    with Provider(config(sandbox)) as started:
        yield started


class TestServed:
    """`mustNotBeServedBy`, with a TLS server that serves a certificate of the order."""

    @pytest.mark.parametrize("place", [0, 1])
    def test_what_a_host_serves_fails_the_check_and_nothing_is_sent(
        self, provider: Provider, sandbox: Sandbox, place: int
    ) -> None:
        order_id = sandbox.find("duplicates")
        certificate_id = sandbox.certificate_ids(order_id)[place]
        serial_number = serial_number_of(sandbox, certificate_id)
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

    def test_what_a_host_serves_since_the_preview_fails_the_create_and_nothing_is_sent(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        order_id = sandbox.find("duplicates")
        dying, other = sandbox.certificate_ids(order_id)[0], sandbox.certificate_ids(ORDER)[0]
        authority = sandbox.pem_all(other)
        with sandbox.tls_server(other, client_authority=authority) as server:
            hosts = [f"localhost:{server.port}"]
            inputs, failures = provider.check(declared(order_id, mustNotBeServedBy=hosts))
            assert failures == []
            assert inputs["mustNotBeServedBy"] == hosts
            server.swap(sandbox.pem_all(dying), sandbox.private_key(dying))
            with pytest.raises(
                ProviderError, match=rf"order {order_id}: localhost:{server.port} still serves"
            ):
                provider.create(inputs)
            assert sandbox.writes() == []
            server.swap(sandbox.pem_all(other), sandbox.private_key(other))
            outputs = provider.create(inputs)
        assert outputs["mustNotBeServedBy"] == hosts
        assert [line["method"] for line in sandbox.writes()] == ["PUT"]

    def test_the_order_is_read_between_the_look_at_the_hosts_and_the_put(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        other = sandbox.certificate_ids(sandbox.find("duplicates"))[0]
        with sandbox.tls_server(other) as server:
            inputs, _ = provider.check(declared(mustNotBeServedBy=[f"localhost:{server.port}"]))
            before = len(sandbox.access_log())
            provider.create(inputs)
            assert len(server.names) == 2
        methods = [line["method"] for line in sandbox.access_log()[before:]]
        assert methods[: methods.index("PUT") + 1] == ["GET", "GET", "GET", "PUT"]

    def test_hosts_that_are_not_known_yet_are_asked_when_they_are(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        certificate_id = sandbox.certificate_ids(ORDER)[0]
        with sandbox.tls_server(certificate_id) as server:
            for unknown in (UNKNOWN, ["www.example.com", UNKNOWN]):
                inputs, failures = provider.check(declared(mustNotBeServedBy=unknown))
                assert failures == []
            known = inputs | {"mustNotBeServedBy": [f"localhost:{server.port}"]}
            with pytest.raises(ProviderError, match="still serves"):
                provider.create(known)
        assert sandbox.writes() == []

    def test_a_host_that_is_the_api_key_is_asked_for_nothing(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        _, failures = provider.check(declared(mustNotBeServedBy=["www.example.com", sandbox.user_key]))
        ((_, line),) = failures
        assert line.startswith("mustNotBeServedBy contains")
        assert sandbox.user_key not in line
        assert sandbox.access_log() == []


def serial_number_of(sandbox: Sandbox, certificate_id: int) -> str:
    sql = "SELECT serial_number FROM certificates WHERE id = ?"
    with closing(sqlite3.connect(sandbox.state)) as database:
        return str(database.execute(sql, [certificate_id]).fetchone()[0])


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

    @pytest.mark.parametrize(
        ("kind", "listed", "count"), [("duplicates", "duplicates", 3), ("reissued", "reissues", 2)]
    )
    def test_names_the_other_certificates_of_the_order(
        self, provider: Provider, sandbox: Sandbox, kind: str, listed: str, count: int
    ) -> None:
        order_id = sandbox.find(kind)
        inputs, _ = provider.check(declared(order_id=order_id))
        certificates = sandbox.call("GET", f"/services/v2/order/certificate/{order_id}/{listed[:-1]}")[
            "certificates"
        ]
        assert len(certificates) == count
        assert inputs["order"][listed] == [
            {
                "role": listed[:-1],
                "certificateId": certificate["id"],
                "commonName": certificate["common_name"],
                "dnsNames": certificate["dns_names"],
                "serialNumber": certificate["serial_number"],
            }
            for certificate in certificates
        ]
        outputs = provider.create(inputs)
        assert outputs["order"][listed] == inputs["order"][listed]
        assert provider.read(str(order_id), outputs) == (str(order_id), outputs, None)

    def test_takes_the_snapshot_of_the_same_order_from_the_state(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        inputs, _ = provider.check(declared())
        calls = len(sandbox.access_log())
        again, failures = provider.check(declared(comments="Other words."), olds=inputs)
        assert failures == []
        assert again["order"] == inputs["order"]
        assert len(sandbox.access_log()) == calls

    def test_reads_another_order_anew(self, provider: Provider, sandbox: Sandbox) -> None:
        inputs, _ = provider.check(declared())
        again, _ = provider.check(declared(order_id=sandbox.find("ev")), olds=inputs)
        assert again["order"] != inputs["order"]

    def test_does_not_read_an_order_that_is_not_known_yet(self, provider: Provider, sandbox: Sandbox) -> None:
        inputs, failures = provider.check({**declared(), "orderId": UNKNOWN, "order": UNKNOWN})
        assert failures == []
        assert inputs == {"orderId": UNKNOWN, "comments": "Key leaked.", "order": UNKNOWN}
        assert sandbox.access_log() == []
        assert provider.lines == [
            "warning: the order id is not known yet, so this preview cannot show what would be revoked"
        ]

    def test_does_not_read_for_inputs_that_are_wrong(self, provider: Provider, sandbox: Sandbox) -> None:
        _, failures = provider.check(declared(comments=""))
        assert failures == [("", "comments must not be empty")]
        assert sandbox.access_log() == []

    @pytest.mark.parametrize("number", [float("nan"), float("inf"), [float("nan")]])
    def test_fails_for_what_is_no_number(self, provider: Provider, number: float | list[float]) -> None:
        for name, reason in (
            ("orderId", "must be the order's id"),
            ("comments", "must be a string"),
            ("waitForDecision", "must be a number of seconds"),
            ("mustNotBeServedBy", "must be a list of hosts"),
            ("colour", "is not an input of this resource"),
        ):
            _, ((_, line),) = provider.check({**declared(), name: number})
            assert line.startswith(f"{name} {reason}")

    def test_fails_for_an_order_that_does_not_exist(self, provider: Provider) -> None:
        _, ((name, reason),) = provider.check(declared(order_id=999999999))
        assert name == ""
        assert reason.startswith("order 999999999: ")
        assert "not_found|order" in reason

    def test_fails_for_a_refused_key(self, sandbox: Sandbox) -> None:
        with Provider(config(sandbox, key="not-a-key-of-this-account")) as provider:
            _, ((_, reason),) = provider.check(declared())
        assert "access_denied|access_denied_invalid_key" in reason
        assert "not-a-key-of-this-account" not in reason

    @pytest.mark.parametrize("name", ["comments", "expectedOrganization"])
    def test_fails_for_an_api_key_in_an_input(self, provider: Provider, sandbox: Sandbox, name: str) -> None:
        inputs, failures = provider.check({**declared(), name: f"The key is {sandbox.user_key}."})
        reason = "contains the API key, which would be stored in the state and at DigiCert; remove it"
        assert failures == [("", f"{name} {reason}")]
        assert inputs[name] == "The key is [API key]."
        assert sandbox.access_log() == []

    @pytest.mark.parametrize(
        ("name", "remedy"),
        [
            ("expectedCommonname", "; did you mean expectedCommonName?"),
            ("expected_common_name", "; did you mean expectedCommonName?"),
            ("revocationReasons", "; did you mean revocationReason?"),
            ("request", ""),
            ("colour", ""),
        ],
    )
    @pytest.mark.parametrize("value", ["x", False, UNKNOWN, [], {}])
    def test_fails_for_an_input_that_there_is_not(
        self, provider: Provider, sandbox: Sandbox, name: str, remedy: str, value: Any
    ) -> None:
        _, failures = provider.check({**declared(), name: value})
        assert failures == [("", f"{name} is not an input of this resource{remedy}")]
        assert sandbox.access_log() == []

    def test_takes_what_stands_beside_the_inputs(self, provider: Provider) -> None:
        inputs, _ = provider.check(declared())
        assert provider.check({**inputs, "requestId": None}, olds=inputs) == (inputs, [])

    @pytest.mark.parametrize("place", ["comments", "orderId", "waitForDecision", "colour", "order"])
    def test_an_api_key_is_shown_nowhere(self, provider: Provider, sandbox: Sandbox, place: str) -> None:
        for value in (sandbox.user_key, [sandbox.user_key], {"a": sandbox.user_key.upper()}):
            answer = provider.check({**declared(), place: value})
            _, ((name, reason),) = answer
            assert name == ""  # else the engine would print the property's value
            assert reason.startswith(f"{place} contains the API key")
            assert sandbox.user_key.lower() not in repr((answer, provider.lines)).lower()
        assert sandbox.access_log() == []

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("expectedCommonName", "www.example.org"),
            ("expectedOrganization", "Other"),
            ("expectedProduct", "Other"),
        ],
    )
    def test_fails_for_another_order_than_expected(self, provider: Provider, name: str, value: str) -> None:
        _, ((_, reason),) = provider.check({**declared(), name: value})
        assert reason.endswith(", not the expected one; nothing was sent; check the order id")
        assert value not in reason

    def test_fails_for_a_pending_reissue(self, provider: Provider, sandbox: Sandbox) -> None:
        _, ((name, reason),) = provider.check(declared(order_id=sandbox.find("reissue_pending")))
        assert name == ""
        assert "pending reissue" in reason

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

    def test_passes_with_a_warning_without_a_key(self, sandbox: Sandbox) -> None:
        with Provider({"digicert:baseUrl": sandbox.base_url}) as provider:
            for order_id in (ORDER, ORDER + 1):
                inputs, failures = provider.check(declared(order_id))
                assert failures == []
                assert "order" not in inputs
            (line,) = provider.lines
        assert line.startswith(
            "warning: the preview cannot show what would be revoked: no CertCentral API key"
        )

    def test_passes_with_a_warning_while_digicert_is_unreachable(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        sandbox.stop()
        for order_id in (ORDER, ORDER + 1):
            inputs, failures = provider.check(declared(order_id))
            assert failures == []
            assert inputs == declared(order_id)
        (line,) = provider.lines
        assert line.startswith(f"warning: the preview cannot show what would be revoked: order {ORDER}: ")

    @pytest.mark.parametrize("where", ["config", "environment"])
    @pytest.mark.parametrize("cause", ["no key", "unreachable", "unknown"])
    def test_fails_where_a_review_is_required_and_cannot_be(
        self, sandbox: Sandbox, where: str, cause: str
    ) -> None:
        settings = config(sandbox)
        if cause == "no key":
            del settings["digicert:apiKey"]
        if where == "config":
            settings["digicert:requireReview"] = "true"
        environment = {"DIGICERT_REQUIRE_REVIEW": "true"} if where == "environment" else {}
        if cause == "unreachable":
            sandbox.stop()
        with Provider(settings, environment) as provider:
            order_id: Any = UNKNOWN if cause == "unknown" else ORDER
            _, ((name, reason),) = provider.check(declared(order_id))
            assert name == ""
            assert reason.endswith("; digicert:requireReview makes this an error")
            assert provider.lines == []

    def test_says_that_the_review_is_required_by_a_word_that_it_is_not(self, sandbox: Sandbox) -> None:
        with Provider(config(sandbox) | {"digicert:requireReview": "yes"}) as provider:
            _, failures = provider.check(declared())
        assert failures == [("", "digicert:requireReview must be true or false, not 'yes'")]

    def test_fails_for_settings_that_cannot_be_used(self) -> None:
        with Provider(
            {"digicert:apiKey": "inert", "digicert:baseUrl": "http://certcentral.example.com"}
        ) as provider:
            _, ((_, reason),) = provider.check(declared())
        assert reason.startswith("digicert:baseUrl: ")
        assert "https" in reason

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

    def test_says_that_a_rejected_request_will_not_be_repeated(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        request = sandbox.revoke(ORDER, "Key leaked.")
        sandbox.reject(request)
        _, failures = provider.check(declared())
        assert failures == []
        (line,) = provider.lines
        assert f"request {request} with the same comments was rejected" in line

    def test_warns_of_two_resources_for_one_order(self, provider: Provider) -> None:
        provider.check(declared(), name="one")
        provider.check(declared(), name="one")
        assert provider.lines == []
        provider.check(declared(), name="two")
        provider.check(declared(), name="two")
        (line,) = provider.lines
        assert line.startswith(f"warning: order {ORDER} is declared by both 'one' and 'two'")

    def test_warns_of_two_resources_of_one_name_below_other_parents(self, provider: Provider) -> None:
        provider.check(declared(), parents="team:index:Site$")
        provider.check(declared(), parents="team:index:Shop$")
        (line,) = provider.lines
        assert "team:index:Site$" in line
        assert "team:index:Shop$" in line


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

    def test_costs_three_calls_with_its_check(self, provider: Provider, sandbox: Sandbox) -> None:
        created(provider)
        assert [line["method"] for line in sandbox.access_log()] == ["GET", "PUT", "GET"]

    def test_adopts_an_open_request(self, provider: Provider, sandbox: Sandbox) -> None:
        request = sandbox.revoke(ORDER)
        _, outputs = created(provider)
        assert outputs["requestId"] == request
        assert outputs["status"] == "pending"
        assert outputs["requester"]["email"] == "admin@example.com"
        assert sandbox.writes() == []

    @pytest.mark.parametrize("comments", ["Somebody else's words.", "Key  leaked."])
    @pytest.mark.parametrize("after_the_preview", [False, True])
    def test_warns_where_an_open_request_has_other_comments(
        self, provider: Provider, sandbox: Sandbox, comments: str, *, after_the_preview: bool
    ) -> None:
        request = None if after_the_preview else sandbox.revoke(ORDER, comments)
        inputs, _ = provider.check(declared())
        before = provider.lines
        request = request or sandbox.revoke(ORDER, comments)
        line = (
            f"warning: order {ORDER}: request {request} is open, so no other one is sent; it has other comments and "
            "may be for a single certificate of the order; check it in CertCentral"
        )
        lines = [line] if comments.startswith("Somebody") else []
        assert before == ([] if after_the_preview else lines)
        assert provider.create(inputs)["requestId"] == request
        assert provider.lines == lines

    def test_adopts_a_request_that_came_after_the_preview(self, provider: Provider, sandbox: Sandbox) -> None:
        inputs, _ = provider.check(declared())
        request = sandbox.revoke(ORDER)
        with Provider(config(sandbox)) as later:
            assert later.create(inputs)["requestId"] == request
        assert sandbox.writes() == []

    def test_leaves_a_revoked_order_alone(self, provider: Provider, sandbox: Sandbox) -> None:
        sandbox.revoke_now(ORDER)
        _, outputs = created(provider)
        assert outputs["revoked"] is True
        assert "requestId" not in outputs
        assert "status" not in outputs
        assert sandbox.writes() == []

    def test_names_the_request_that_revoked_the_order(self, provider: Provider, sandbox: Sandbox) -> None:
        request = sandbox.revoke(ORDER)
        sandbox.approve(request)
        _, outputs = created(provider)
        assert (outputs["requestId"], outputs["status"], outputs["revoked"]) == (request, "approved", True)
        assert sandbox.writes() == []

    def test_does_not_repeat_a_rejected_request(self, provider: Provider, sandbox: Sandbox) -> None:
        request = sandbox.revoke(ORDER, "Key leaked.")
        sandbox.reject(request, "Not this one.")
        _, outputs = created(provider)
        assert (outputs["requestId"], outputs["status"]) == (request, "rejected")
        assert sandbox.writes() == []

    def test_asks_again_with_other_words(self, provider: Provider, sandbox: Sandbox) -> None:
        request = sandbox.revoke(ORDER, "Key lost.")
        sandbox.reject(request)
        _, outputs = created(provider)
        assert outputs["requestId"] > request
        assert len(sandbox.writes()) == 1

    def test_without_approval_there_is_no_request(self, sandbox: Sandbox) -> None:
        with Provider(config(sandbox, sandbox.admin_key)) as provider:
            _, outputs = created(provider, skipApproval=True)
        assert outputs["revoked"] is True
        assert datetime.fromisoformat(outputs["acceptedAt"]).tzinfo is not None
        assert outputs["order"]["status"] == "revoked"
        assert {"requestId", "status", "requestDate", "requester"}.isdisjoint(outputs)
        assert sandbox.revoke_requests(ORDER) == []

    def test_without_approval_the_time_is_kept_where_the_order_cannot_be_read_back(
        self, sandbox: Sandbox
    ) -> None:
        with Provider(config(sandbox, sandbox.admin_key)) as provider:
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
        assert reason.startswith(f"order {ORDER}: {skip_approval} needs the API key of an administrator")
        with pytest.raises(ProviderError, match="needs the API key of an administrator"):
            provider.create(declared(skipApproval=True))
        assert sandbox.writes() == []
        assert [line["path"] for line in sandbox.access_log()].count("/services/v2/user/me") == 1

    def test_the_preview_says_what_skipping_the_approval_means(self, sandbox: Sandbox) -> None:
        with Provider(config(sandbox, sandbox.admin_key)) as provider:
            _, failures = provider.check(declared(skipApproval=True))
            assert failures == []
            (line,) = provider.lines
        assert line.startswith(f"warning: order {ORDER}: skip_approval is set, so DigiCert revokes at once")

    def test_checks_the_expectation_again(self, provider: Provider, sandbox: Sandbox) -> None:
        inputs = {**declared(expectedCommonName="other.example.com"), "order": {}}
        with pytest.raises(ProviderError, match=r"'www\.example\.com', not the expected one"):
            provider.create(inputs)
        assert sandbox.writes() == []

    def test_two_resources_for_one_order_make_one_request(self, provider: Provider, sandbox: Sandbox) -> None:
        first, _ = provider.check(declared(), name="one")
        second, _ = provider.check(declared(comments="Other words."), name="two")
        assert provider.create(first)["requestId"] == provider.create(second)["requestId"]
        assert len(sandbox.writes()) == 1

    def test_nothing_is_sent_again_by_a_second_provider_of_the_same_program(self, sandbox: Sandbox) -> None:
        sandbox.add_faults({"fault": "drop", "when": "before", "endpoint": "revoke_order", "count": 1})
        settings = config(sandbox) | {"digicert:settleTimeout": "0.1"}
        with socket.create_server(("127.0.0.1", 0)) as listening:
            engine = f"127.0.0.1:{listening.getsockname()[1]}"
            with Provider(settings, engine=engine) as one, Provider(settings, engine=engine) as other:
                for each in (one, other):
                    inputs, _ = each.check(declared())
                    with pytest.raises(ProviderError, match="is not known yet"):
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


def decide_once_asked(decide: Callable[[int], None], sandbox: Sandbox) -> None:
    """Decide on the request as soon as there is one, in another thread."""

    def wait_and_decide() -> None:
        decide(wait_until(lambda: sandbox.revoke_requests(ORDER))[0]["id"])

    threading.Thread(target=wait_and_decide).start()


class TestWait:
    def test_an_approval_ends_it(self, provider: Provider, sandbox: Sandbox) -> None:
        inputs, _ = provider.check(declared(waitForDecision=600))

        def approve(request: int) -> None:
            wait_until(lambda: provider.lines)
            sandbox.approve(request, "Checked.")

        decide_once_asked(approve, sandbox)
        outputs = provider.create(inputs)
        assert (outputs["revoked"], outputs["status"], outputs["processorComment"]) == (
            True,
            "approved",
            "Checked.",
        )
        (request,) = sandbox.revoke_requests(ORDER)
        assert provider.lines == [
            f"info: order {ORDER}: waiting up to 600 s for the decision on request {request['id']}"
        ]

    def test_a_rejection_is_an_error_with_the_processors_words(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        inputs, _ = provider.check(declared(waitForDecision=600))
        decide_once_asked(lambda request: sandbox.reject(request, "Not this."), sandbox)
        with pytest.raises(ProviderError, match=r"was rejected: 'Not this\.'") as failure:
            provider.create(inputs)
        assert failure.value.kept is not None
        assert failure.value.kept["status"] == "rejected"

    def test_time_that_is_up_keeps_the_request_and_the_next_up_goes_on(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        inputs, _ = provider.check(declared(waitForDecision=1))
        with pytest.raises(ProviderError, match="run `pulumi up` again to continue waiting") as failure:
            provider.create(inputs)
        kept = failure.value.kept
        assert kept is not None
        (request,) = sandbox.revoke_requests(ORDER)
        assert (kept["requestId"], kept["status"]) == (request["id"], "pending")
        sandbox.approve(request["id"])
        outputs = provider.update(str(ORDER), kept, inputs)
        assert outputs["revoked"] is True
        assert len(sandbox.writes()) == 1

    def test_forty_wait_with_the_polls_of_one(self, provider: Provider, sandbox: Sandbox) -> None:
        orders = sandbox.plain(40)
        declarations = [provider.check(declared(order_id=order, waitForDecision=600))[0] for order in orders]

        def approve_all() -> None:
            wait_until(lambda: len(sandbox.writes()) == 40)
            seen = len(sandbox.access_log())
            wait_until(lambda: any("/request?" in line["path"] for line in sandbox.access_log()[seen:]))
            for order in orders:
                sandbox.approve(sandbox.revoke_requests(order)[0]["id"])

        threading.Thread(target=approve_all).start()
        with ThreadPoolExecutor(40) as pool:
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

    def test_unchanged_is_unchanged(
        self, provider: Provider, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        assert provider.diff(outputs, inputs) == ("DIFF_NONE", [])

    def test_another_order_is_a_replacement(
        self, provider: Provider, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        assert provider.diff(outputs, {**inputs, "orderId": 2}) == ("DIFF_UNKNOWN", ["orderId"])

    def test_an_order_not_known_yet_is_a_replacement(
        self, provider: Provider, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        assert provider.diff(outputs, {**inputs, "orderId": UNKNOWN}) == ("DIFF_UNKNOWN", ["orderId"])

    @pytest.mark.parametrize(
        "change",
        [{"comments": "Other."}, {"revocationReason": "superseded"}, {"skipApproval": True}],
    )
    def test_what_was_sent_is_recorded_only(
        self, provider: Provider, inputs: dict[str, Any], outputs: dict[str, Any], change: dict[str, Any]
    ) -> None:
        assert provider.diff(outputs, {**inputs, **change}) == ("DIFF_UNKNOWN", [])
        (line,) = provider.lines
        assert line.startswith(
            f"info: order {ORDER}: the revocation was already sent, so the changed {next(iter(change))} "
        )

    @pytest.mark.parametrize("field", ["commonName", "organization"])
    def test_a_guard_rail_that_fits_is_recorded_without_a_word(
        self, provider: Provider, inputs: dict[str, Any], outputs: dict[str, Any], field: str
    ) -> None:
        guard = f"expected{field[0].upper()}{field[1:]}"
        fitting = {**inputs, guard: outputs["order"][field].upper()}
        assert provider.diff(outputs, fitting) == ("DIFF_UNKNOWN", [])
        assert provider.diff(outputs, {**inputs, guard: UNKNOWN}) == ("DIFF_UNKNOWN", [])
        assert provider.lines == []

    @pytest.mark.parametrize("before", [None, "www.example.com"])
    @pytest.mark.parametrize(
        ("state", "remedy"),
        [
            ({}, "is open; if this is the wrong order, ask an administrator to reject the request now"),
            (
                {"status": "escalated"},
                "is open; if this is the wrong order, ask an administrator to reject the request now",
            ),
            (
                {"status": "approved", "revoked": True},
                "DigiCert already accepted its revocation, which cannot be undone",
            ),
            ({"status": "rejected"}, "check the order id"),
        ],
    )
    def test_a_guard_rail_that_finds_another_order_is_warned_of_once(
        self,
        provider: Provider,
        inputs: dict[str, Any],
        outputs: dict[str, Any],
        *,
        before: str | None,
        state: dict[str, Any],
        remedy: str,
    ) -> None:
        olds = {**outputs, **state} | ({} if before is None else {"expectedCommonName": before})
        news = {**inputs, "expectedCommonName": "www.example.org"}
        for _ in range(2):
            assert provider.diff(olds, news) == ("DIFF_UNKNOWN", [])
        warnings = [line for line in provider.lines if "not the expected one" in line]
        assert len(warnings) == 1
        assert warnings[0].startswith(
            f"warning: order {ORDER} has the common name 'www.example.com', not the expected one; "
        )
        assert warnings[0].endswith(remedy)

    def test_a_product_that_is_expected_late_is_compared_by_its_name(
        self, provider: Provider, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        product = outputs["order"]["product"]
        for expected in (product.upper(), "no_such_product"):
            assert provider.diff(outputs, {**inputs, "expectedProduct": expected}) == ("DIFF_UNKNOWN", [])
        [warning] = [line for line in provider.lines if "not the expected one" in line]
        assert warning.startswith(f"warning: order {ORDER} has the product {product!r}, not the expected one")
        assert f"request {outputs['requestId']:.0f} to revoke it is open" in warning

    def test_other_words_after_a_rejection_ask_again(
        self, provider: Provider, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        rejected = {**outputs, "status": "rejected"}
        assert provider.diff(rejected, {**inputs, "comments": "Other."}) == ("DIFF_UNKNOWN", ["comments"])
        assert provider.diff(rejected, {**inputs, "comments": UNKNOWN}) == ("DIFF_UNKNOWN", ["comments"])
        assert provider.diff(rejected, inputs) == ("DIFF_NONE", [])

    def test_a_rejection_is_a_warning_as_long_as_it_stands(
        self, provider: Provider, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        rejected = {**outputs, "status": "rejected", "processorComment": "Still in use."}
        for _ in range(2):
            assert provider.diff(rejected, inputs) == ("DIFF_NONE", [])
        line = f"order {ORDER}: request {outputs['requestId']:.0f} was rejected: 'Still in use.'; to ask again, change `comments`"
        assert provider.lines == [f"warning: {line}"]

    @pytest.mark.parametrize("status", ["pending", "submitted", "rejected", "quarantined", "approved"])
    def test_a_wait_that_did_not_end_in_the_revocation_is_unfinished(
        self, provider: Provider, inputs: dict[str, Any], outputs: dict[str, Any], status: str
    ) -> None:
        waits = {"waitForDecision": 60}
        unfinished = {**outputs, **waits, "status": status}
        assert provider.diff(unfinished, {**inputs, **waits}) == ("DIFF_SOME", [])
        assert provider.diff({**unfinished, "revoked": True}, {**inputs, **waits}) == ("DIFF_NONE", [])

    def test_another_reason_after_a_rejection_says_how_to_ask_again(
        self, provider: Provider, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        news = {**inputs, "revocationReason": "superseded"}
        assert provider.diff({**outputs, "status": "rejected"}, news) == ("DIFF_UNKNOWN", [])
        (line,) = provider.lines
        assert "to ask again, change `comments`, too" in line

    def test_an_approval_that_revoked_nothing_is_a_warning_as_long_as_it_stands(
        self, provider: Provider, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        for _ in range(2):
            assert provider.diff({**outputs, "status": "approved"}, inputs) == ("DIFF_NONE", [])
            assert provider.diff({**outputs, "status": "approved", "revoked": True}, inputs) == (
                "DIFF_NONE",
                [],
            )
        (line,) = provider.lines
        assert line.startswith(f"warning: order {ORDER} is still read as 'issued', though request ")

    def test_nobody_is_asked_again_about_a_revoked_order(
        self, provider: Provider, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        revoked = {**outputs, "status": "rejected", "revoked": True}
        assert provider.diff(revoked, {**inputs, "comments": "Other."}) == ("DIFF_UNKNOWN", [])

    def test_sends_nothing(
        self, provider: Provider, sandbox: Sandbox, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        calls = len(sandbox.access_log())
        provider.diff(outputs, {**inputs, "comments": "Other."})
        assert len(sandbox.access_log()) == calls


class TestRead:
    def test_unchanged_is_unchanged(self, provider: Provider, sandbox: Sandbox) -> None:
        inputs, outputs = created(provider)
        id_, seen, new_inputs = provider.read(str(ORDER), outputs)
        assert (id_, seen, new_inputs) == (str(ORDER), outputs, None)
        assert provider.diff(seen, inputs) == ("DIFF_NONE", [])
        assert len(sandbox.writes()) == 1

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
            else f"warning: order {ORDER}: {number} was rejected: 'So be it.'; to ask again, change `comments`"
        ]

    def test_a_revocation_by_somebody_else_is_shown(self, tmp_path: Path) -> None:
        with (
            Sandbox(tmp_path, answers={"revocation_already_requested": "accept"}) as sandbox,
            Provider(config(sandbox)) as provider,
        ):
            _, outputs = created(provider)
            sandbox.revoke_now(ORDER)
            _, seen, _ = provider.read(str(ORDER), outputs)
        assert seen["revoked"] is True
        assert seen["order"]["status"] == "revoked"

    def test_a_vanished_order_is_gone(self, provider: Provider, sandbox: Sandbox) -> None:
        _, outputs = created(provider)
        sandbox.forget(ORDER)
        assert provider.read(str(ORDER), outputs) == ("", {}, None)
        assert f"order {ORDER} is no longer in this CertCentral account" in provider.lines[-1]

    def test_any_other_failure_keeps_the_state(self, provider: Provider, sandbox: Sandbox) -> None:
        _, outputs = created(provider)
        sandbox.stop()
        with pytest.raises(ProviderError, match=f"^order {ORDER}: ") as failure:
            provider.read(str(ORDER), outputs)
        assert "\n" not in str(failure.value)

    def test_a_revoked_order_is_never_alive_again(self, provider: Provider) -> None:
        _, outputs = created(provider)
        revoked = {**outputs, "revoked": True}
        assert provider.read(str(ORDER), revoked) == (str(ORDER), revoked, None)
        assert "a revocation cannot be undone" in provider.lines[-1]

    def test_of_two_open_requests_the_lowest_is_named(self, provider: Provider, sandbox: Sandbox) -> None:
        first = sandbox.revoke(ORDER)
        _, outputs = created(provider)
        _, seen, _ = provider.read(str(ORDER), {**outputs, "requestId": first + 1000})
        assert seen["requestId"] == first
        assert f"requests {first} and {first + 1000}" in provider.lines[-1]

    def test_an_approval_that_left_the_order_alive_is_told_and_other_words_ask_again(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        certificate = sandbox.order(ORDER)["certificate"]["id"]
        single = sandbox.call(
            "PUT", f"/services/v2/certificate/{certificate}/revoke", {"comments": "One of them."}
        )
        inputs, outputs = created(provider)
        assert outputs["requestId"] == single["id"]
        sandbox.approve(single["id"])
        _, seen, _ = provider.read(str(ORDER), outputs)
        assert (seen["status"], seen["revoked"]) == ("approved", False)
        assert provider.lines[-1] == (
            f"warning: order {ORDER} is still read as 'issued', though request {single['id']} was approved; "
            "`pulumi refresh` looks again; if that request was for another certificate of the order, change "
            "`comments` to ask again"
        )
        other = {**inputs, "comments": "All of them."}
        assert provider.diff(seen, other) == ("DIFF_UNKNOWN", ["comments"])
        assert provider.create(other)["requestId"] == single["id"] + 1

    def test_an_id_that_is_none_is_refused(self, provider: Provider) -> None:
        with pytest.raises(ProviderError, match="'x' is not an order id"):
            provider.read("x", {})

    def test_refuses_an_id_and_properties_of_two_orders(self, provider: Provider, sandbox: Sandbox) -> None:
        with pytest.raises(ProviderError) as refused:
            provider.read(str(ORDER), declared(order_id=ORDER + 1))
        assert str(refused.value) == (
            f"the id names order {ORDER}, but the properties name {ORDER + 1}; use the same one in both"
        )
        assert sandbox.access_log() == []


class TestUpdate:
    def test_carries_every_output_forward(self, provider: Provider, sandbox: Sandbox) -> None:
        inputs, outputs = created(provider, revocationReason="superseded")
        news = {name: value for name, value in inputs.items() if name != "revocationReason"} | {
            "comments": "Other."
        }
        updated = provider.update(str(ORDER), outputs, news)
        expected = {name: value for name, value in outputs.items() if name != "revocationReason"}
        sent = {"comments": "Key leaked.", "revocationReason": "superseded"}
        assert updated == expected | {"comments": "Other.", "sent": sent}
        assert provider.diff(updated, news) == ("DIFF_NONE", [])
        assert len(sandbox.writes()) == 1

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

    def test_names_the_words_of_a_request_that_somebody_else_made(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        sandbox.revoke(ORDER, "Somebody else's words.")
        _, outputs = created(provider, revocationReason="superseded")
        assert outputs["sent"] == {"comments": "Somebody else's words."}

    def test_goes_on_where_the_order_was_not_read_back(self, provider: Provider, sandbox: Sandbox) -> None:
        inputs, outputs = created(provider)
        unfinished = {name: value for name, value in outputs.items() if name != "order"}
        assert provider.update(str(ORDER), unfinished, inputs) == outputs
        assert len(sandbox.writes()) == 1

    def test_stays_unfinished_while_the_order_cannot_be_read(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        inputs, outputs = created(provider)
        unfinished = {name: value for name, value in outputs.items() if name != "order"}
        sandbox.stop()
        with pytest.raises(ProviderError, match="it continues from there and sends nothing twice") as failure:
            provider.update(str(ORDER), unfinished, inputs)
        assert failure.value.kept == unfinished


class TestDelete:
    @pytest.mark.parametrize(
        ("state", "line"),
        [
            ({"revoked": True}, f"info: order {ORDER} stays revoked: a revocation cannot be undone"),
            (
                {"revoked": False, "requestId": 5.0, "status": "pending"},
                (
                    f"info: request 5 to revoke order {ORDER} stays open at DigiCert; "
                    "if you no longer want it, ask an administrator to reject it"
                ),
            ),
            (
                {"revoked": False},
                f"info: DigiCert accepted the revocation of order {ORDER}; it cannot be undone",
            ),
            (
                {"revoked": True, "acceptedAt": "2026-11-24T03:57:59+00:00"},
                (
                    f"info: DigiCert accepted the revocation of order {ORDER} on 2026-11-24T03:57:59+00:00 without a request; "
                    "it cannot be undone; DigiCert keeps neither that date nor the comments, and now the state does not either"
                ),
            ),
        ],
    )
    def test_sends_nothing_and_says_what_stays(
        self, provider: Provider, sandbox: Sandbox, state: dict[str, Any], line: str
    ) -> None:
        provider.delete(str(ORDER), {**declared(), **state})
        assert provider.lines == [line]
        assert sandbox.access_log() == []

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

    def test_the_deletion_notice_of_a_second_declaration_leaves_the_request_to_the_first(
        self, provider: Provider
    ) -> None:
        inputs, outputs = created(provider)
        with Provider() as later:
            later.diff(outputs, inputs)
            later.delete(str(ORDER), outputs)
            assert later.lines[-1].endswith("another resource of this program declares it")

    def test_a_rejected_request_is_forgotten_without_a_word(self, provider: Provider) -> None:
        provider.delete(str(ORDER), {**declared(), "revoked": False, "requestId": 5, "status": "rejected"})
        assert provider.lines == []


class TestMove:
    """Renamed without an alias, replaced, tainted, or with a lost state: created again."""

    def test_an_approved_request_is_not_made_again_while_the_order_is_not_shown_as_revoked(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        _, outputs = created(provider)
        sandbox.approve(int(outputs["requestId"]))
        change(sandbox, "UPDATE orders SET status = 'issued' WHERE id = ?", ORDER)
        with Provider(config(sandbox)) as other:
            inputs, failures = other.check(declared())
            assert failures == []
            (line,) = other.lines
            assert f"request {outputs['requestId']:.0f} was approved" in line
            moved = other.create(inputs)
        assert (moved["requestId"], moved["status"], moved["revoked"]) == (
            outputs["requestId"],
            "approved",
            False,
        )
        assert len(sandbox.writes()) == 1

    def test_other_comments_ask_again_and_the_preview_says_so(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        _, outputs = created(provider)
        sandbox.reject(int(outputs["requestId"]))
        with Provider(config(sandbox)) as other:
            inputs, _ = other.check(declared(comments="Leaked for sure."))
            (line,) = other.lines
            assert f"request {outputs['requestId']:.0f} to revoke on this order was rejected" in line
            assert "a new request will be sent" in line
            assert other.create(inputs)["requestId"] != outputs["requestId"]

    def test_comments_that_are_changed_in_the_state_ask_again_and_the_preview_says_so_once(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        inputs, outputs = created(provider)
        sandbox.reject(int(outputs["requestId"]))
        _, outputs, read = provider.read(str(ORDER), outputs)
        news, _ = provider.check(declared(comments="Leaked for sure."), olds=read or inputs)
        for _ in range(2):
            assert provider.diff(outputs, news) == ("DIFF_UNKNOWN", ["comments"])
        (line,) = provider.lines
        assert line == (
            f"warning: order {ORDER}: request {outputs['requestId']:.0f} was rejected, and `comments` changed "
            "since then; a new request will be sent"
        )


class TestAStatusInAnUnknownWord:
    @pytest.fixture
    def request_id(self, sandbox: Sandbox) -> int:
        request_id = sandbox.revoke(ORDER, "Key leaked.")
        change(sandbox, "UPDATE requests SET status = 'escalated' WHERE id = ?", request_id)
        return request_id

    def test_is_open_and_told_once(self, provider: Provider, sandbox: Sandbox, request_id: int) -> None:
        _, outputs = created(provider)
        assert (outputs["requestId"], outputs["status"]) == (request_id, "escalated")
        provider.read(str(ORDER), outputs)
        assert sandbox.writes() == []
        (line,) = provider.lines
        assert line.startswith(f"warning: order {ORDER}: request {request_id} has the status 'escalated'")

    def test_of_a_revoked_order_is_not_worth_a_word(
        self, provider: Provider, sandbox: Sandbox, request_id: int
    ) -> None:
        sandbox.revoke_now(ORDER)
        change(sandbox, "UPDATE requests SET status = 'escalated' WHERE id = ?", request_id)
        _, outputs = created(provider)
        assert outputs["revoked"] is True
        assert provider.lines == []

    def test_is_waited_for(self, provider: Provider, request_id: int) -> None:
        inputs, _ = provider.check(declared(waitForDecision=2))
        with pytest.raises(ProviderError, match=f"request {request_id} is escalated"):
            provider.create(inputs)

    def test_stays_open_when_the_resource_is_forgotten(self, provider: Provider, request_id: int) -> None:
        _, outputs = created(provider)
        provider.delete(str(ORDER), outputs)
        assert f"request {request_id} to revoke order {ORDER} stays open at DigiCert" in provider.lines[-1]


@pytest.mark.parametrize("status", [404, 403, 200])
def test_lists_that_cannot_be_read_do_not_keep_an_order_from_being_revoked(
    provider: Provider, sandbox: Sandbox, status: int
) -> None:
    order_id = sandbox.find("duplicates")
    sandbox.add_faults({"fault": "html", "status": status, "endpoint": "list_duplicates"})
    _, outputs = created(provider, order_id=order_id)
    assert outputs["status"] == "pending"
    (line,) = provider.lines
    assert line.startswith(f"warning: order {order_id}: its duplicates could not be read (")
