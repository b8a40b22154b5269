"""The revocation of an order: what its lifecycle answers, stores and tells, call by call."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from support.lifecycle import RECORDED, UNCHANGED, UNFINISHED, Driven, replaced_for
from support.processes import wait_until
from support.sandbox import Sandbox

from digicert_pulumi.orders.reader import DETAILS_SINGLY
from digicert_pulumi.resources.certificate import CertificateLifecycle
from digicert_pulumi.resources.inputs import UNKNOWN
from digicert_pulumi.resources.lifecycle import FailureError, UnfinishedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ORDER = 100000001


def declared(order_id: int = ORDER, **changes: Any) -> dict[str, Any]:
    return {"orderId": order_id, "comments": "Key leaked.", **changes}


@pytest.fixture
def lifecycle(sandbox: Sandbox) -> Iterator[Driven]:
    with Driven(sandbox.config()) as driven:
        yield driven


@pytest.fixture
def reading(unchanged: Sandbox) -> Iterator[Driven]:
    """A lifecycle that changes nothing."""
    with Driven(unchanged.config()) as driven:
        yield driven


def created(lifecycle: Driven, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Check and create, as `pulumi up` does; the inputs and the outputs."""
    inputs, failures = lifecycle.check(declared(**changes))
    assert failures == []
    return inputs, lifecycle.create(inputs)


class TestServed:
    """`mustNotBeServedBy`, with a TLS server that serves a certificate of the order."""

    def test_what_a_host_serves_since_the_preview_fails_the_create_and_nothing_is_sent(
        self, lifecycle: Driven, sandbox: Sandbox
    ) -> None:
        order_id = sandbox.find("duplicates")
        dying, other = sandbox.certificate_ids(order_id)[0], sandbox.certificate_ids(ORDER)[0]
        authority = sandbox.pem_all(other)
        with sandbox.tls_server(other, client_authority=authority) as server:
            hosts = [f"localhost:{server.port}"]
            inputs, failures = lifecycle.check(declared(order_id, mustNotBeServedBy=hosts))
            assert failures == []
            assert inputs["mustNotBeServedBy"] == hosts
            server.swap(sandbox.pem_all(dying), sandbox.private_key(dying))
            with pytest.raises(
                FailureError, match=rf"order {order_id}: localhost:{server.port} still serves"
            ):
                lifecycle.create(inputs)
            assert sandbox.writes() == []
            server.swap(sandbox.pem_all(other), sandbox.private_key(other))
            outputs = lifecycle.create(inputs)
        assert outputs["mustNotBeServedBy"] == hosts
        assert [line["method"] for line in sandbox.writes()] == ["PUT"]

    def test_the_order_is_read_between_the_look_at_the_hosts_and_the_put(
        self, lifecycle: Driven, sandbox: Sandbox
    ) -> None:
        other = sandbox.certificate_ids(sandbox.find("duplicates"))[0]
        with sandbox.tls_server(other) as server:
            inputs, _ = lifecycle.check(declared(mustNotBeServedBy=[f"localhost:{server.port}"]))
            before = len(sandbox.access_log())
            lifecycle.create(inputs)
            assert len(server.names) == 2
        methods = [line["method"] for line in sandbox.access_log()[before:]]
        assert methods[: methods.index("PUT") + 1] == ["GET", "GET", "GET", "PUT"]

    def test_hosts_that_are_not_known_yet_are_asked_when_they_are(
        self, lifecycle: Driven, sandbox: Sandbox
    ) -> None:
        certificate_id = sandbox.certificate_ids(ORDER)[0]
        with sandbox.tls_server(certificate_id) as server:
            for unknown in (UNKNOWN, ["www.example.com", UNKNOWN]):
                inputs, failures = lifecycle.check(declared(mustNotBeServedBy=unknown))
                assert failures == []
            known = inputs | {"mustNotBeServedBy": [f"localhost:{server.port}"]}
            with pytest.raises(FailureError, match="still serves"):
                lifecycle.create(known)
        assert sandbox.writes() == []

    def test_a_host_that_is_the_api_key_is_asked_for_nothing(
        self, lifecycle: Driven, sandbox: Sandbox
    ) -> None:
        _, failures = lifecycle.check(declared(mustNotBeServedBy=["www.example.com", sandbox.user_key]))
        (line,) = failures
        assert line.startswith("mustNotBeServedBy contains")
        assert sandbox.user_key not in line
        assert sandbox.access_log() == []


class TestCheck:
    @pytest.mark.parametrize(
        ("kind", "listed", "count"), [("duplicates", "duplicates", 3), ("reissued", "reissues", 2)]
    )
    def test_names_the_other_certificates_of_the_order(
        self, reading: Driven, unchanged: Sandbox, kind: str, listed: str, count: int
    ) -> None:
        order_id = unchanged.find(kind)
        inputs, _ = reading.check(declared(order_id=order_id))
        certificates = unchanged.listed(order_id, listed[:-1])
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
        outputs = reading.create(inputs)
        assert outputs["order"][listed] == inputs["order"][listed]
        assert reading.read(str(order_id), outputs) == (str(order_id), outputs, None)

    def test_takes_the_snapshot_of_the_same_order_from_the_state(
        self, lifecycle: Driven, sandbox: Sandbox
    ) -> None:
        inputs, _ = lifecycle.check(declared())
        calls = len(sandbox.access_log())
        again, failures = lifecycle.check(declared(comments="Other words."), olds=inputs)
        assert failures == []
        assert again["order"] == inputs["order"]
        assert len(sandbox.access_log()) == calls

    def test_reads_another_order_anew(self, lifecycle: Driven, sandbox: Sandbox) -> None:
        inputs, _ = lifecycle.check(declared())
        again, _ = lifecycle.check(declared(order_id=sandbox.find("ev")), olds=inputs)
        assert again["order"] != inputs["order"]

    def test_does_not_read_for_inputs_that_are_wrong(self, lifecycle: Driven, sandbox: Sandbox) -> None:
        _, failures = lifecycle.check(declared(comments=""))
        assert failures == ["comments must not be empty"]
        assert sandbox.access_log() == []

    def test_fails_for_an_order_that_does_not_exist(self, reading: Driven) -> None:
        _, (reason,) = reading.check(declared(order_id=999999999))
        assert reason.startswith("order 999999999: ")
        assert "not_found|order" in reason

    def test_fails_for_a_refused_key(self, sandbox: Sandbox) -> None:
        with Driven(sandbox.config("not-a-key-of-this-account")) as lifecycle:
            _, (reason,) = lifecycle.check(declared())
        assert "access_denied|access_denied_invalid_key" in reason
        assert "not-a-key-of-this-account" not in reason

    def test_fails_for_an_input_that_there_is_not(self, lifecycle: Driven, sandbox: Sandbox) -> None:
        values: tuple[Any, ...] = ("x", False, UNKNOWN, [], {})
        for name, remedy in (
            ("expectedCommonname", "; did you mean expectedCommonName?"),
            ("expected_common_name", "; did you mean expectedCommonName?"),
            ("revocationReasons", "; did you mean revocationReason?"),
            ("request", ""),
            ("colour", ""),
        ):
            for value in values:
                _, failures = lifecycle.check({**declared(), name: value})
                assert failures == [f"{name} is not an input of this resource{remedy}"]
        assert sandbox.access_log() == []

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("expectedCommonName", "www.example.org"),
            ("expectedOrganization", "Other"),
            ("expectedProduct", "Other"),
        ],
    )
    def test_fails_for_another_order_than_expected(self, reading: Driven, name: str, value: str) -> None:
        _, (reason,) = reading.check({**declared(), name: value})
        assert reason.endswith(", not the expected one; nothing was sent; check the order id")
        assert value not in reason

    def test_fails_for_a_pending_reissue(self, reading: Driven, unchanged: Sandbox) -> None:
        _, (reason,) = reading.check(declared(order_id=unchanged.find("reissue_pending")))
        assert "pending reissue" in reason

    def test_passes_with_a_warning_without_a_key(self, sandbox: Sandbox) -> None:
        with Driven({"digicert:baseUrl": sandbox.base_url}) as lifecycle:
            for order_id in (ORDER, ORDER + 1):
                inputs, failures = lifecycle.check(declared(order_id))
                assert failures == []
                assert "order" not in inputs
            (line,) = lifecycle.lines
        assert line.startswith(
            "warning: the preview cannot show what would be revoked: no CertCentral API key"
        )

    def test_passes_with_a_warning_while_digicert_is_unreachable(
        self, lifecycle: Driven, sandbox: Sandbox
    ) -> None:
        sandbox.stop()
        for order_id in (ORDER, ORDER + 1):
            inputs, failures = lifecycle.check(declared(order_id))
            assert failures == []
            assert inputs == declared(order_id)
        # An update plan lets only unknown values appear later.
        assert lifecycle.check({**declared(), "order": UNKNOWN})[0]["order"] == UNKNOWN
        (line,) = lifecycle.lines
        assert line.startswith(f"warning: the preview cannot show what would be revoked: order {ORDER}: ")

    @pytest.mark.parametrize("where", ["config", "environment"])
    @pytest.mark.parametrize("cause", ["no key", "unreachable", "unknown"])
    def test_fails_where_a_review_is_required_and_cannot_be(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, where: str, cause: str
    ) -> None:
        settings = sandbox.config()
        if cause == "no key":
            del settings["digicert:apiKey"]
        if where == "config":
            settings["digicert:requireReview"] = "true"
        else:
            monkeypatch.setenv("DIGICERT_REQUIRE_REVIEW", "true")
        if cause == "unreachable":
            sandbox.stop()
        with Driven(settings) as lifecycle:
            order_id: Any = UNKNOWN if cause == "unknown" else ORDER
            _, (reason,) = lifecycle.check(declared(order_id))
            assert reason.endswith("; digicert:requireReview makes this an error")
            assert lifecycle.lines == []

    def test_says_that_the_review_is_required_by_a_word_that_it_is_not(self, sandbox: Sandbox) -> None:
        with Driven(sandbox.config() | {"digicert:requireReview": "yes"}) as lifecycle:
            _, failures = lifecycle.check(declared())
        assert failures == ["digicert:requireReview must be true or false, not 'yes'"]

    def test_fails_for_settings_that_cannot_be_used(self) -> None:
        with Driven(
            {"digicert:apiKey": "inert", "digicert:baseUrl": "http://certcentral.example.com"}
        ) as lifecycle:
            _, (reason,) = lifecycle.check(declared())
        assert reason.startswith("digicert:baseUrl: ")
        assert "https" in reason

    def test_says_once_that_a_rejected_request_will_not_be_repeated(
        self, lifecycle: Driven, sandbox: Sandbox
    ) -> None:
        request = sandbox.revoke(ORDER, "Key leaked.")
        sandbox.reject(request)
        inputs, _ = created(lifecycle)
        assert lifecycle.check(inputs).failures == []
        (line,) = lifecycle.lines
        assert f"request {request} with the same comments was rejected" in line

    def test_warns_of_two_resources_for_one_order(self, reading: Driven) -> None:
        reading.check(declared(), name="one")
        reading.check(declared(), name="one")
        assert reading.lines == []
        reading.check(declared(), name="two")
        reading.check(declared(), name="two")
        (line,) = reading.lines
        assert line.startswith(f"warning: order {ORDER} is declared by both 'one' and 'two'")

    def test_an_order_of_another_region_with_the_same_id_is_another_one(
        self, reading: Driven, sandbox: Sandbox
    ) -> None:
        reading.check(declared(), name="us")
        reading._lifecycle.configure(sandbox.config().get)
        reading.check(declared(), name="eu")
        assert reading.lines == []

    def test_warns_of_two_resources_of_one_name_below_other_parents(self, reading: Driven) -> None:
        reading.check(declared(), parents="team:index:Site$")
        reading.check(declared(), parents="team:index:Shop$")
        (line,) = reading.lines
        assert "team:index:Site$" in line
        assert "team:index:Shop$" in line


class TestCreate:
    @pytest.mark.parametrize(
        ("comments", "decision", "told"),
        [
            ("Revoked elsewhere.", None, ("pending", False)),
            ("Revoked elsewhere.", "approve", ("approved", True)),
            ("Key leaked.", "reject", ("rejected", False)),
        ],
    )
    def test_adopts_a_request_that_stands(
        self, lifecycle: Driven, sandbox: Sandbox, comments: str, decision: str | None, told: tuple[str, bool]
    ) -> None:
        request = sandbox.revoke(ORDER, comments)
        if decision:
            getattr(sandbox, decision)(request)
        _, outputs = created(lifecycle)
        assert (outputs["requestId"], outputs["status"], outputs["revoked"]) == (request, *told)
        assert outputs["requester"]["email"] == "admin@example.com"
        assert sandbox.writes() == []

    def test_leaves_an_order_alone_that_was_revoked_without_a_request(
        self, lifecycle: Driven, sandbox: Sandbox
    ) -> None:
        sandbox.revoke_now(ORDER)
        _, outputs = created(lifecycle)
        assert outputs["revoked"] is True
        assert {"requestId", "status"}.isdisjoint(outputs)
        assert sandbox.writes() == []

    @pytest.mark.parametrize("comments", ["Somebody else's words.", "Key  leaked."])
    @pytest.mark.parametrize("after_the_preview", [False, True])
    def test_warns_where_an_open_request_has_other_comments(
        self, lifecycle: Driven, sandbox: Sandbox, comments: str, *, after_the_preview: bool
    ) -> None:
        request = None if after_the_preview else sandbox.revoke(ORDER, comments)
        inputs, _ = lifecycle.check(declared())
        before = list(lifecycle.lines)
        request = request or sandbox.revoke(ORDER, comments)
        line = (
            f"warning: order {ORDER}: request {request} is open, so no request is sent; it has other comments and "
            "may be for a single certificate of the order; check it in CertCentral"
        )
        lines = [line] if comments.startswith("Somebody") else []
        assert before == ([] if after_the_preview else lines)
        assert lifecycle.create(inputs)["requestId"] == request
        assert lifecycle.lines == lines

    @pytest.mark.parametrize("stands", ["open", "rejected", "nothing"])
    def test_says_that_it_cannot_tell_what_unknown_comments_do(
        self, lifecycle: Driven, sandbox: Sandbox, stands: str
    ) -> None:
        if stands != "nothing":
            request = sandbox.revoke(ORDER, "Key leaked." if stands == "open" else " ")
            if stands == "rejected":
                sandbox.reject(request)
        inputs, failures = lifecycle.check(declared(comments=UNKNOWN))
        assert (failures, inputs["order"]["status"]) == ([], "issued")
        [line] = lifecycle.lines
        assert line.startswith(
            f"warning: order {ORDER}: comments is not known yet, so this preview cannot tell what will"
        )

    def test_refuses_what_fails_a_known_guard_rail_also_with_unknown_inputs(
        self, lifecycle: Driven, sandbox: Sandbox
    ) -> None:
        unknown: dict[str, Any] = {"skipApproval": UNKNOWN, "expectedProduct": UNKNOWN}
        refused = lifecycle.check(declared(expectedCommonName="other.example.com", **unknown))
        assert "not the expected one" in refused.failures[0]
        assert lifecycle.lines[0].startswith(
            f"warning: order {ORDER}: skip_approval and expected_product are not known yet"
        )
        code_signing = declared(sandbox.find("code_signing"), **unknown)
        assert lifecycle.check(code_signing).failures == []
        lifecycle.lines.clear()
        assert lifecycle.check(declared(sandbox.find("revoked"), **unknown)).failures == []
        assert lifecycle.lines == []

    def test_warns_of_open_requests_also_where_orders_are_read_from_lists(
        self, lifecycle: Driven, sandbox: Sandbox
    ) -> None:
        """A list shows no comments. A few are read; of the others, one line says that they are not."""
        orders = sandbox.plain(10)
        requests = {order: sandbox.revoke(order, "Somebody else's words.") for order in orders}
        checked = {order: lifecycle.check(declared(order), name=f"order-{order}") for order in orders}
        assert all(failures == [] for _, failures in checked.values())
        *read, unread = lifecycle.lines
        others = {
            order: f"warning: order {order}: request {request} is open, so no request is sent; it has other comments and "
            "may be for a single certificate of the order; check it in CertCentral"
            for order, request in requests.items()
        }
        assert read == [others[order] for order in orders[: len(read)]]
        assert (
            f"request {requests[orders[len(read)]]} is open, so no request is sent; its comments, and those of"
            in unread
        )
        reads = [call["path"] for call in sandbox.access_log() if "/request/" in call["path"]]
        assert len(reads) == DETAILS_SINGLY

        for inputs, _ in checked.values():
            lifecycle.create(inputs)
        assert lifecycle.lines == [*read, unread, *[others[order] for order in orders[len(read) :]]]

    def test_warns_that_skip_approval_has_no_effect_on_an_open_request(self, sandbox: Sandbox) -> None:
        request = sandbox.revoke(ORDER, "Key leaked.")
        with Driven(sandbox.config(sandbox.admin_key)) as lifecycle:
            _, failures = lifecycle.check(declared(skipApproval=True))
            assert failures == []
            [line] = lifecycle.lines
        assert f"skip_approval has no effect, because request {request} is open" in line

    def test_refuses_a_request_that_this_machine_sent_for_a_certificate_already_in_the_preview(
        self, sandbox: Sandbox
    ) -> None:
        order_id = sandbox.find("duplicates")
        certificate = {"certificateId": sandbox.certificate_ids(order_id)[1], "orderId": order_id}
        with Driven(sandbox.config(), CertificateLifecycle) as earlier:
            sent = earlier.create(earlier.check({**certificate, "comments": "Key leaked."}).inputs)
        with Driven(sandbox.config()) as lifecycle:
            [refused] = lifecycle.check(declared(order_id)).failures
        assert (
            f"request {sent['requestId']} is open and is for certificate {certificate['certificateId']}"
            in refused
        )

    def test_warns_where_an_open_request_has_no_comments(self, lifecycle: Driven, sandbox: Sandbox) -> None:
        request = sandbox.revoke(ORDER, " ")
        created(lifecycle)
        [line] = lifecycle.lines
        assert f"request {request} is open, so no request is sent; it has no comments and may be for" in line

    def test_adopts_a_request_that_came_after_the_preview(self, lifecycle: Driven, sandbox: Sandbox) -> None:
        inputs, _ = lifecycle.check(declared())
        request = sandbox.revoke(ORDER)
        with Driven(sandbox.config()) as later:
            assert later.create(inputs)["requestId"] == request
        assert sandbox.writes() == []

    def test_asks_again_with_other_words(self, lifecycle: Driven, sandbox: Sandbox) -> None:
        request = sandbox.revoke(ORDER, "Key lost.")
        sandbox.reject(request)
        _, outputs = created(lifecycle)
        assert outputs["requestId"] > request
        assert len(sandbox.writes()) == 1

    def test_without_approval_there_is_no_request(self, sandbox: Sandbox) -> None:
        with Driven(sandbox.config(sandbox.admin_key)) as lifecycle:
            _, outputs = created(lifecycle, skipApproval=True)
        assert outputs["revoked"] is True
        assert datetime.fromisoformat(outputs["acceptedAt"]).tzinfo is not None
        assert outputs["order"]["status"] == "revoked"
        assert {"requestId", "status", "requestDate", "requester"}.isdisjoint(outputs)
        assert sandbox.revoke_requests(ORDER) == []

    def test_the_preview_says_what_skipping_the_approval_means(self, sandbox: Sandbox) -> None:
        with Driven(sandbox.config(sandbox.admin_key)) as lifecycle:
            _, failures = lifecycle.check(declared(skipApproval=True))
            assert failures == []
            (line,) = lifecycle.lines
        assert line.startswith(f"warning: order {ORDER}: skip_approval is set, so DigiCert revokes at once")

    def test_checks_the_expectation_again(self, lifecycle: Driven, sandbox: Sandbox) -> None:
        inputs = {**declared(expectedCommonName="other.example.com"), "order": {}}
        with pytest.raises(FailureError, match=r"'www\.example\.com', not the expected one"):
            lifecycle.create(inputs)
        assert sandbox.writes() == []

    def test_two_resources_for_one_order_make_one_request(self, lifecycle: Driven, sandbox: Sandbox) -> None:
        first, _ = lifecycle.check(declared(), name="one")
        second, _ = lifecycle.check(declared(comments="Other words."), name="two")
        assert lifecycle.create(first)["requestId"] == lifecycle.create(second)["requestId"]
        assert len(sandbox.writes()) == 1


def asked(sandbox: Sandbox) -> int:
    """The request, once there is one."""
    return int(wait_until(lambda: sandbox.revoke_requests(ORDER))[0]["id"])


class TestWait:
    def test_a_decided_request_is_not_waited_for(self, lifecycle: Driven, sandbox: Sandbox) -> None:
        order = sandbox.find("duplicates")
        request = sandbox.revoke_primary(order, "Key leaked.")
        sandbox.approve(request)
        inputs, _ = lifecycle.check(declared(orderId=order, waitForDecision=1))
        lifecycle.lines.clear()
        with pytest.raises(UnfinishedError, match="is not revoked yet"):
            lifecycle.create(inputs)
        assert [line for line in lifecycle.lines if "waiting" in line] == [
            f"info: order {order}: request {request} was approved; waiting for DigiCert to revoke it"
        ]

    def test_a_rejection_is_an_error_with_the_processors_words(
        self, lifecycle: Driven, sandbox: Sandbox
    ) -> None:
        inputs, _ = lifecycle.check(declared(waitForDecision=600))
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: sandbox.reject(asked(sandbox), "Not this."))
            with pytest.raises(UnfinishedError, match=r"was rejected: 'Not this\.'") as failure:
                lifecycle.create(inputs)
        assert failure.value.outputs["status"] == "rejected"

    def test_time_that_is_up_keeps_the_request_and_the_next_up_goes_on(
        self, lifecycle: Driven, sandbox: Sandbox
    ) -> None:
        inputs, _ = lifecycle.check(declared(waitForDecision=1))
        with pytest.raises(UnfinishedError, match="run `pulumi up` again to continue waiting") as failure:
            lifecycle.create(inputs)
        kept = failure.value.outputs
        (request,) = sandbox.revoke_requests(ORDER)
        assert (kept["requestId"], kept["status"]) == (request["id"], "pending")
        sandbox.approve(request["id"])
        outputs = lifecycle.update(str(ORDER), kept, inputs)
        assert outputs["revoked"] is True
        assert len(sandbox.writes()) == 1

    @pytest.mark.parametrize("endpoint", ["list_requests", "get_order"])
    def test_that_breaks_off_keeps_the_revocation_and_the_next_update_goes_on(
        self, lifecycle: Driven, sandbox: Sandbox, endpoint: str
    ) -> None:
        inputs, _ = lifecycle.check(declared(waitForDecision=60))
        sandbox.add_faults({"fault": "hold", "endpoint": "list_requests", "count": 1})
        with ThreadPoolExecutor(1) as pool:
            creation = pool.submit(lifecycle.create, inputs)
            sandbox.wait_for_hold()
            sandbox.approve(request_id := asked(sandbox))
            sandbox.clear_faults()
            sandbox.add_faults({"fault": "drop", "when": "before", "endpoint": endpoint})
            sandbox.release()
            with pytest.raises(
                UnfinishedError, match="exists, but the wait for its decision failed: "
            ) as failure:
                creation.result()
        assert str(failure.value).startswith(f"order {ORDER}: request {request_id} ")
        assert "\n" not in str(failure.value)
        assert failure.value.outputs["requestId"] == request_id
        sandbox.clear_faults()
        outputs = lifecycle.update(str(ORDER), failure.value.outputs, inputs)
        assert (outputs["status"], outputs["revoked"]) == ("approved", True)
        assert len(sandbox.revoke_requests(ORDER)) == 1


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    with Sandbox(tmp_path_factory.mktemp("made")) as sandbox, Driven(sandbox.config()) as lifecycle:
        return created(lifecycle)


class TestDiff:
    """A comparison, with the inputs and the outputs of one revocation; it needs no account."""

    @pytest.fixture
    def inputs(self, made: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
        return made[0]

    @pytest.fixture
    def outputs(self, made: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
        return made[1]

    @pytest.fixture
    def lifecycle(self) -> Iterator[Driven]:
        with Driven() as driven:
            yield driven

    def test_unchanged_is_unchanged(
        self, lifecycle: Driven, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        assert lifecycle.diff(outputs, inputs) == UNCHANGED

    @pytest.mark.parametrize("order_id", [2, UNKNOWN])
    def test_another_order_is_a_replacement(
        self, lifecycle: Driven, inputs: dict[str, Any], outputs: dict[str, Any], order_id: Any
    ) -> None:
        assert lifecycle.diff(outputs, {**inputs, "orderId": order_id}) == replaced_for("orderId")

    @pytest.mark.parametrize(
        ("change", "named"),
        [
            ({"comments": "Other."}, "comments is"),
            ({"revocationReason": "superseded"}, "revocationReason is"),
            ({"skipApproval": True}, "skipApproval is"),
            ({"comments": "Other.", "skipApproval": True}, "comments and skipApproval are"),
        ],
    )
    def test_what_was_sent_is_recorded_only(
        self,
        lifecycle: Driven,
        inputs: dict[str, Any],
        outputs: dict[str, Any],
        change: dict[str, Any],
        named: str,
    ) -> None:
        assert lifecycle.diff(outputs, {**inputs, **change}) == RECORDED
        (line,) = lifecycle.lines
        assert line.startswith(
            f"info: order {ORDER}: the revocation was already sent, so the changed {named} recorded only in the state"
        )

    @pytest.mark.parametrize("field", ["commonName", "organization"])
    def test_a_guard_rail_that_fits_is_recorded_without_a_word(
        self, lifecycle: Driven, inputs: dict[str, Any], outputs: dict[str, Any], field: str
    ) -> None:
        guard = f"expected{field[0].upper()}{field[1:]}"
        fitting = {**inputs, guard: outputs["order"][field].upper()}
        assert lifecycle.diff(outputs, fitting) == RECORDED
        assert lifecycle.diff(outputs, {**inputs, guard: UNKNOWN}) == RECORDED
        assert lifecycle.lines == []

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
        lifecycle: Driven,
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
            assert lifecycle.diff(olds, news) == RECORDED
        warnings = [line for line in lifecycle.lines if "not the expected one" in line]
        assert len(warnings) == 1
        assert warnings[0].startswith(
            f"warning: order {ORDER} has the common name 'www.example.com', not the expected one; "
        )
        assert warnings[0].endswith(remedy)

    def test_a_product_that_is_expected_late_is_compared_by_its_name(
        self, lifecycle: Driven, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        product = outputs["order"]["product"]
        for expected in (product.upper(), "no_such_product"):
            assert lifecycle.diff(outputs, {**inputs, "expectedProduct": expected}) == RECORDED
        [warning] = [line for line in lifecycle.lines if "not the expected one" in line]
        assert warning.startswith(f"warning: order {ORDER} has the product {product!r}, not the expected one")
        assert f"request {outputs['requestId']:.0f} to revoke it is open" in warning

    def test_a_guard_rail_that_finds_another_order_is_repeated_while_the_request_is_open(
        self, lifecycle: Driven, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        guard = {"expectedOrganization": "Another, Inc."}
        rejected = {"status": "rejected"}
        assert lifecycle.diff({**outputs, **guard, **rejected}, {**inputs, **guard}) == UNCHANGED
        assert not [line for line in lifecycle.lines if "not the expected one" in line]
        assert lifecycle.diff({**outputs, **guard}, {**inputs, **guard}) == UNCHANGED
        [warning] = [line for line in lifecycle.lines if "not the expected one" in line]
        assert warning.startswith(f"warning: order {ORDER} has the organization 'Example, Inc.', not")

    def test_hosts_that_come_late_are_told_not_to_be_checked(
        self, lifecycle: Driven, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        one, two = ["a.example.com:443"], ["a.example.com:443", "b.example.com:443"]
        fewer = {**outputs, "mustNotBeServedBy": two}, {**inputs, "mustNotBeServedBy": one}
        assert lifecycle.diff(*fewer) == RECORDED
        assert lifecycle.lines == []
        more = {**outputs, "mustNotBeServedBy": one}, {**inputs, "mustNotBeServedBy": two}
        assert lifecycle.diff(*more) == RECORDED
        [line] = lifecycle.lines
        assert line == (
            f"warning: order {ORDER}: hosts were added to must_not_be_served_by after the revocation was sent, and are not checked; "
            f"request {outputs['requestId']:.0f} to revoke it is open; if one of them serves its certificate, ask an "
            "administrator to reject the request now"
        )

    def test_comments_that_go_back_to_those_of_the_decided_request_ask_nothing_again(
        self, lifecycle: Driven, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        outputs = {**outputs, "comments": "Other.", "sent": {"comments": "Key leaked."}, "status": "rejected"}
        assert lifecycle.diff(outputs, {**inputs, "comments": "Key  leaked."}) == RECORDED
        [line] = lifecycle.lines
        assert line.endswith(
            "to request the revocation again, change `comments`, to comments that were not sent yet"
        )

    def test_comments_that_are_not_known_yet_may_ask_again(
        self, lifecycle: Driven, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        rejected = {**outputs, "status": "rejected"}
        assert lifecycle.diff(rejected, {**inputs, "comments": UNKNOWN}) == replaced_for("comments")
        [line] = lifecycle.lines
        assert line == (
            f"warning: order {ORDER}: request {outputs['requestId']:.0f} was rejected, and `comments` are not known yet; a new "
            "request will be sent if they are other ones"
        )

    def test_a_rejection_is_a_warning_as_long_as_it_stands(
        self, lifecycle: Driven, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        rejected = {**outputs, "status": "rejected", "processorComment": "Still in use."}
        for _ in range(2):
            assert lifecycle.diff(rejected, inputs) == UNCHANGED
        line = f"order {ORDER}: request {outputs['requestId']:.0f} was rejected: 'Still in use.'; to request the revocation again, change `comments`"
        assert lifecycle.lines == [f"warning: {line}"]

    @pytest.mark.parametrize("status", ["pending", "submitted", "rejected", "quarantined", "approved"])
    def test_a_wait_that_did_not_end_in_the_revocation_is_unfinished(
        self, lifecycle: Driven, inputs: dict[str, Any], outputs: dict[str, Any], status: str
    ) -> None:
        waits = {"waitForDecision": 60}
        unfinished = {**outputs, **waits, "status": status}
        assert lifecycle.diff(unfinished, {**inputs, **waits}) == UNFINISHED
        assert lifecycle.diff({**unfinished, "revoked": True}, {**inputs, **waits}) == UNCHANGED

    def test_another_reason_after_a_rejection_says_how_to_ask_again(
        self, lifecycle: Driven, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        news = {**inputs, "revocationReason": "superseded"}
        assert lifecycle.diff({**outputs, "status": "rejected"}, news) == RECORDED
        (line,) = lifecycle.lines
        assert "to request the revocation again, change `comments`, too" in line

    def test_an_approval_that_revoked_nothing_is_a_warning_as_long_as_it_stands(
        self, lifecycle: Driven, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        for _ in range(2):
            assert lifecycle.diff({**outputs, "status": "approved"}, inputs) == UNCHANGED
            assert lifecycle.diff({**outputs, "status": "approved", "revoked": True}, inputs) == UNCHANGED
        (line,) = lifecycle.lines
        assert line.startswith(f"warning: order {ORDER} still has the status 'issued', although request ")

    def test_nobody_is_asked_again_about_a_revoked_order(
        self, lifecycle: Driven, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        revoked = {**outputs, "status": "rejected", "revoked": True}
        assert lifecycle.diff(revoked, {**inputs, "comments": "Other."}) == RECORDED


class TestRead:
    def test_unchanged_is_unchanged(self, lifecycle: Driven, sandbox: Sandbox) -> None:
        inputs, outputs = created(lifecycle)
        id_, seen, new_inputs = lifecycle.read(str(ORDER), outputs)
        assert (id_, seen, new_inputs) == (str(ORDER), outputs, None)
        assert lifecycle.diff(seen, inputs) == UNCHANGED
        assert len(sandbox.writes()) == 1

    def test_a_revocation_by_somebody_else_is_shown(self, tmp_path: Path) -> None:
        with (
            Sandbox(tmp_path, answers={"revocation_already_requested": "accept"}) as sandbox,
            Driven(sandbox.config()) as lifecycle,
        ):
            _, outputs = created(lifecycle)
            sandbox.revoke_now(ORDER)
            _, seen, _ = lifecycle.read(str(ORDER), outputs)
        assert seen["revoked"] is True
        assert seen["order"]["status"] == "revoked"

    def test_any_other_failure_keeps_the_state(self, lifecycle: Driven, sandbox: Sandbox) -> None:
        _, outputs = created(lifecycle)
        sandbox.stop()
        with pytest.raises(FailureError, match=f"^order {ORDER}: ") as failure:
            lifecycle.read(str(ORDER), outputs)
        assert "\n" not in str(failure.value)

    def test_a_revoked_order_is_never_alive_again(self, lifecycle: Driven) -> None:
        _, outputs = created(lifecycle)
        revoked = {**outputs, "revoked": True}
        assert lifecycle.read(str(ORDER), revoked) == (str(ORDER), revoked, None)
        assert "a revocation cannot be undone" in lifecycle.lines[-1]

    def test_of_two_open_requests_the_lowest_is_named(self, lifecycle: Driven, sandbox: Sandbox) -> None:
        first = sandbox.revoke(ORDER)
        _, outputs = created(lifecycle)
        _, seen, _ = lifecycle.read(str(ORDER), {**outputs, "requestId": first + 1000})
        assert seen["requestId"] == first
        assert f"requests {first} and {first + 1000}" in lifecycle.lines[-1]

    def test_an_approval_that_left_the_order_alive_is_told_and_other_words_ask_again(
        self, lifecycle: Driven, sandbox: Sandbox
    ) -> None:
        single = sandbox.revoke_primary(ORDER, "One of them.")
        inputs, outputs = created(lifecycle)
        assert outputs["requestId"] == single
        sandbox.approve(single)
        _, seen, _ = lifecycle.read(str(ORDER), outputs)
        assert (seen["status"], seen["revoked"]) == ("approved", False)
        assert lifecycle.lines[-1] == (
            f"warning: order {ORDER} still has the status 'issued', although request {single} was approved; "
            "run `pulumi refresh` to check again; if that request was for another certificate of the order, change "
            "`comments` to send a new request"
        )
        other = {**inputs, "comments": "All of them."}
        assert lifecycle.diff(seen, other) == replaced_for("comments")
        assert lifecycle.create(other)["requestId"] == single + 1

    def test_refuses_an_id_and_properties_of_two_orders(self, lifecycle: Driven, sandbox: Sandbox) -> None:
        with pytest.raises(FailureError) as refused:
            lifecycle.read(str(ORDER), declared(order_id=ORDER + 1))
        assert str(refused.value) == (
            f"the id names order {ORDER}, but the properties name {ORDER + 1}; use the same one in both"
        )
        assert sandbox.access_log() == []


class TestUpdate:
    def test_carries_every_output_forward(self, lifecycle: Driven, sandbox: Sandbox) -> None:
        inputs, outputs = created(lifecycle, revocationReason="superseded")
        news = {name: value for name, value in inputs.items() if name != "revocationReason"} | {
            "comments": "Other."
        }
        updated = lifecycle.update(str(ORDER), outputs, news)
        expected = {name: value for name, value in outputs.items() if name != "revocationReason"}
        sent = {"comments": "Key leaked.", "revocationReason": "superseded"}
        assert updated == expected | {"comments": "Other.", "sent": sent}
        assert lifecycle.diff(updated, news) == UNCHANGED
        assert len(sandbox.writes()) == 1

    def test_names_the_words_of_a_request_that_somebody_else_made(
        self, lifecycle: Driven, sandbox: Sandbox
    ) -> None:
        sandbox.revoke(ORDER, "Somebody else's words.")
        _, outputs = created(lifecycle, revocationReason="superseded")
        assert outputs["sent"] == {"comments": "Somebody else's words."}

    def test_goes_on_where_the_order_was_not_read_back(self, lifecycle: Driven, sandbox: Sandbox) -> None:
        inputs, outputs = created(lifecycle)
        unfinished = {name: value for name, value in outputs.items() if name != "order"}
        assert lifecycle.update(str(ORDER), unfinished, inputs) == outputs
        assert len(sandbox.writes()) == 1

    def test_stays_unfinished_while_the_order_cannot_be_read(
        self, lifecycle: Driven, sandbox: Sandbox
    ) -> None:
        inputs, outputs = created(lifecycle)
        unfinished = {name: value for name, value in outputs.items() if name != "order"}
        sandbox.stop()
        with pytest.raises(
            UnfinishedError, match="it continues from there and sends nothing twice"
        ) as failure:
            lifecycle.update(str(ORDER), unfinished, inputs)
        assert failure.value.outputs == unfinished


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
                {"revoked": False, "requestId": 5.0, "status": "approved"},
                (
                    f"info: request 5 to revoke order {ORDER} stays approved, which cannot be undone; when order {ORDER} was last "
                    "read, it was not revoked"
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
                    "it cannot be undone; the state was the only record of that date and of the comments, because DigiCert keeps "
                    "neither"
                ),
            ),
        ],
    )
    def test_sends_nothing_and_says_what_stays(
        self, lifecycle: Driven, sandbox: Sandbox, state: dict[str, Any], line: str
    ) -> None:
        lifecycle.delete(str(ORDER), {**declared(), **state})
        assert lifecycle.lines == [line]
        assert sandbox.access_log() == []

    def test_the_deletion_notice_of_a_second_declaration_leaves_the_request_to_the_first(
        self, lifecycle: Driven
    ) -> None:
        inputs, outputs = created(lifecycle)
        with Driven() as later:
            later.diff(outputs, inputs)
            later.delete(str(ORDER), outputs)
            assert later.lines[-1].endswith("another resource of this program declares it")

    def test_a_rejected_request_is_forgotten_without_a_word(self, lifecycle: Driven) -> None:
        lifecycle.delete(str(ORDER), {**declared(), "revoked": False, "requestId": 5, "status": "rejected"})
        assert lifecycle.lines == []


class TestMove:
    """Renamed without an alias, replaced, tainted, or with a lost state: created again."""

    def test_an_approved_request_is_not_made_again_while_the_order_is_not_shown_as_revoked(
        self, lifecycle: Driven, sandbox: Sandbox
    ) -> None:
        _, outputs = created(lifecycle)
        sandbox.approve(int(outputs["requestId"]))
        sandbox.change("UPDATE orders SET status = 'issued' WHERE id = ?", ORDER)
        with Driven(sandbox.config()) as other:
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
        self, lifecycle: Driven, sandbox: Sandbox
    ) -> None:
        _, outputs = created(lifecycle)
        sandbox.reject(int(outputs["requestId"]))
        with Driven(sandbox.config()) as other:
            inputs, _ = other.check(declared(comments="Leaked for sure."))
            (line,) = other.lines
            assert f"request {outputs['requestId']:.0f} on this order was rejected" in line
            assert "a new request will be sent" in line
            assert other.create(inputs)["requestId"] != outputs["requestId"]

    def test_comments_that_are_changed_in_the_state_ask_again_and_the_preview_says_so_once(
        self, lifecycle: Driven, sandbox: Sandbox
    ) -> None:
        inputs, outputs = created(lifecycle)
        sandbox.reject(int(outputs["requestId"]))
        _, outputs, read = lifecycle.read(str(ORDER), outputs)
        news, _ = lifecycle.check(declared(comments="Leaked for sure."), olds=read or inputs)
        for _ in range(2):
            assert lifecycle.diff(outputs, news) == replaced_for("comments")
        (line,) = lifecycle.lines
        assert line == (
            f"warning: order {ORDER}: request {outputs['requestId']:.0f} was rejected, and `comments` changed "
            "since then; a new request will be sent"
        )


class TestAStatusInAnUnknownWord:
    @pytest.fixture
    def request_id(self, sandbox: Sandbox) -> int:
        request_id = sandbox.revoke(ORDER, "Key leaked.")
        sandbox.change("UPDATE requests SET status = 'escalated' WHERE id = ?", request_id)
        return request_id

    def test_is_open_and_told_once(self, lifecycle: Driven, sandbox: Sandbox, request_id: int) -> None:
        _, outputs = created(lifecycle)
        assert (outputs["requestId"], outputs["status"]) == (request_id, "escalated")
        lifecycle.read(str(ORDER), outputs)
        assert sandbox.writes() == []
        (line,) = lifecycle.lines
        assert line.startswith(f"warning: order {ORDER}: request {request_id} has the status 'escalated'")

    def test_of_a_revoked_order_is_not_worth_a_word(
        self, lifecycle: Driven, sandbox: Sandbox, request_id: int
    ) -> None:
        sandbox.revoke_now(ORDER)
        sandbox.change("UPDATE requests SET status = 'escalated' WHERE id = ?", request_id)
        _, outputs = created(lifecycle)
        assert outputs["revoked"] is True
        assert lifecycle.lines == []

    def test_is_waited_for(self, lifecycle: Driven, request_id: int) -> None:
        inputs, _ = lifecycle.check(declared(waitForDecision=1))
        with pytest.raises(FailureError, match=f"request {request_id} is escalated"):
            lifecycle.create(inputs)

    def test_stays_open_when_the_resource_is_forgotten(self, lifecycle: Driven, request_id: int) -> None:
        _, outputs = created(lifecycle)
        lifecycle.delete(str(ORDER), outputs)
        assert f"request {request_id} to revoke order {ORDER} stays open at DigiCert" in lifecycle.lines[-1]


@pytest.mark.parametrize("status", [404, 403, 200])
def test_lists_that_cannot_be_read_do_not_keep_an_order_from_being_revoked(
    lifecycle: Driven, sandbox: Sandbox, status: int
) -> None:
    order_id = sandbox.find("duplicates")
    sandbox.add_faults({"fault": "html", "status": status, "endpoint": "list_duplicates"})
    _, outputs = created(lifecycle, order_id=order_id)
    assert outputs["status"] == "pending"
    (line,) = lifecycle.lines
    assert line.startswith(f"warning: order {order_id}: its duplicates could not be read (")
