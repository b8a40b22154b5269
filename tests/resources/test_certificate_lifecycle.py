"""The revocation of a single certificate: what its lifecycle answers, stores and tells, call by call."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from certcentral.samples import ORDER
from certcentral.stub import Stub, answer
from support.lifecycle import RECORDED, UNCHANGED, Driven, replaced_for

from digicert_pulumi.resources.certificate import CertificateLifecycle
from digicert_pulumi.resources.inputs import UNKNOWN
from digicert_pulumi.resources.lifecycle import FailureError
from digicert_pulumi.revoking import waiting
from digicert_pulumi.revoking.order_lock import OrderLocks
from digicert_pulumi.runtime import connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.sandbox import Sandbox


@pytest.fixture
def lifecycle(sandbox: Sandbox) -> Iterator[Driven]:
    with Driven(sandbox.config(), CertificateLifecycle) as driven:
        yield driven


@pytest.fixture
def reading(unchanged: Sandbox) -> Iterator[Driven]:
    """A lifecycle that changes nothing."""
    with Driven(unchanged.config(), CertificateLifecycle) as driven:
        yield driven


def declared(**changes: Any) -> dict[str, Any]:
    return {"comments": "Key of the duplicate leaked.", **changes}


@pytest.mark.parametrize("by", ["certificateId", "serialNumber"])
def test_an_id_and_properties_of_two_certificates_are_refused(
    reading: Driven, unchanged: Sandbox, by: str
) -> None:
    one, other = (unchanged.primary(order_id) for order_id in unchanged.plain(2))
    named, reason = {
        "certificateId": (
            other["id"],
            f"the id names certificate {one['id']}, but the properties name {other['id']}; use the same one in both",
        ),
        "serialNumber": (
            other["serial_number"],
            f"certificate {one['id']}: the resource's id and its serialNumber name different certificates",
        ),
    }[by]
    with pytest.raises(FailureError) as refused:
        reading.read(str(one["id"]), declared(**{by: named}))
    assert str(refused.value) == reason
    id_, seen, _ = reading.read(
        str(other["id"]), declared(serialNumber=other["serial_number"].lower(), comments="Another.")
    )
    assert (id_, seen["order"]["certificateId"]) == (str(other["id"]), other["id"])
    assert "certificateId" not in seen


@pytest.mark.parametrize(("kind", "list_"), [("duplicates", "duplicate"), ("reissued", "reissue")])
def test_a_duplicate_or_reissue_is_found_on_its_order(
    lifecycle: Driven, sandbox: Sandbox, kind: str, list_: str
) -> None:
    order_id = sandbox.find(kind)
    certificate = sandbox.listed(order_id, list_)[0]
    inputs, failures = lifecycle.check(declared(certificateId=certificate["id"], orderId=order_id))
    assert failures == []
    assert inputs["order"]["commonName"] == certificate["common_name"]
    outputs = lifecycle.create(inputs)
    assert outputs["status"] == "pending"
    assert lifecycle.read(str(certificate["id"]), outputs) == (str(certificate["id"]), outputs, None)
    assert lifecycle.diff(outputs, inputs) == UNCHANGED
    assert len(sandbox.writes()) == 1


@pytest.mark.parametrize(
    ("identity", "reason"),
    [
        ({}, "set exactly one of certificateId and serialNumber; neither is set"),
        (
            {"certificateId": 5, "serialNumber": "0A"},
            "set exactly one of certificateId and serialNumber; both are set",
        ),
    ],
)
def test_a_certificate_is_named_once(reading: Driven, identity: dict[str, Any], reason: str) -> None:
    assert reading.check(declared(**identity))[1] == [reason]


@pytest.mark.parametrize("serial_number", ["0x", "xyz", "", "0A 0G"])
def test_a_serial_number_is_hexadecimal(reading: Driven, serial_number: str) -> None:
    (reason,) = reading.check(declared(serialNumber=serial_number))[1]
    assert reason.startswith("serialNumber must")


@pytest.mark.parametrize(
    ("identity", "what"),
    [
        ({"certificateId": UNKNOWN}, "the certificate id"),
        ({"serialNumber": UNKNOWN}, "the serial number"),
        ({"certificateId": 5, "orderId": UNKNOWN}, "the order id of certificate 5"),
    ],
)
def test_what_of_an_identity_is_not_known_yet_is_named(
    reading: Driven, identity: dict[str, Any], what: str
) -> None:
    reading.check(declared(**identity))
    assert reading.lines == [
        f"warning: {what} is not known yet, so this preview cannot show what would be revoked"
    ]


def test_an_open_request_with_the_same_words_is_adopted_and_another_one_refused(
    lifecycle: Driven, sandbox: Sandbox
) -> None:
    order_id = sandbox.find("ov")
    certificate = sandbox.primary(order_id)["id"]
    request = sandbox.revoke(order_id, "Something else.")
    (reason,) = lifecycle.check(declared(certificateId=certificate))[1]
    assert f"request {request} on this order is open" in reason
    inputs, failures = lifecycle.check(declared(certificateId=certificate, comments="Something else."))
    assert failures == []
    assert lifecycle.create(inputs)["requestId"] == request
    assert sandbox.writes() == []


def test_a_request_with_the_same_words_for_another_certificate_is_not_adopted(
    lifecycle: Driven, sandbox: Sandbox
) -> None:
    order_id = sandbox.find("duplicates")
    first, second = (certificate["id"] for certificate in sandbox.listed(order_id, "duplicate")[:2])
    inputs = [lifecycle.check(declared(certificateId=id_, orderId=order_id))[0] for id_ in (first, second)]
    request = int(lifecycle.create(inputs[0])["requestId"])
    with pytest.raises(FailureError) as failure:
        lifecycle.create(inputs[1])
    assert str(failure.value) == (
        f"certificate {second} of order {order_id}: request {request} is open and is for certificate {first} "
        f"of order {order_id}; nothing was sent; wait for a decision on it, and give each certificate its own comments: "
        "CertCentral doesn't say which certificate a request is for"
    )
    sandbox.approve(request)
    assert lifecycle.create(inputs[1])["requestId"] != request


def test_what_the_state_says_of_another_certificate_s_request_is_known(sandbox: Sandbox) -> None:
    """In an update of its own: CertCentral doesn't say which certificate the approved request was for."""
    order = sandbox.find("duplicates")
    a, b = sandbox.certificate_ids(order)[:2]
    with Driven(sandbox.config(), CertificateLifecycle) as first:
        inputs, _ = first.check(declared(certificateId=a, orderId=order))
        made = first.create(inputs)
    sandbox.approve(int(made["requestId"]))
    with Driven(sandbox.config(), CertificateLifecycle) as later:
        later.diff(made, inputs)
        other, _ = later.check(declared(certificateId=b, orderId=order))
        assert later.create(other)["requestId"] != made["requestId"]
    assert len(sandbox.writes()) == 2


def test_another_name_for_the_same_certificate_is_no_replacement(lifecycle: Driven, sandbox: Sandbox) -> None:
    order_id = sandbox.find("ov")
    certificate = sandbox.primary(order_id)
    inputs, _ = lifecycle.check(declared(certificateId=certificate["id"]))
    outputs = lifecycle.create(inputs)
    for name in (
        {"certificateId": certificate["id"], "orderId": order_id},
        {"serialNumber": certificate["serial_number"]},
    ):
        news, failures = lifecycle.check(declared(**name), olds=inputs)
        assert failures == []
        assert lifecycle.diff(outputs, news) == RECORDED
    assert len(sandbox.writes()) == 1


def test_another_certificate_is_a_replacement(lifecycle: Driven, sandbox: Sandbox) -> None:
    first, second = (sandbox.primary(order_id)["id"] for order_id in sandbox.plain(2))
    inputs, _ = lifecycle.check(declared(certificateId=first))
    news, _ = lifecycle.check(declared(certificateId=second), olds=inputs)
    assert lifecycle.diff(lifecycle.create(inputs), news) == replaced_for("certificateId")


def test_a_certificate_of_a_revoked_order_is_revoked(lifecycle: Driven, sandbox: Sandbox) -> None:
    order_id = sandbox.find("ov")
    inputs, _ = lifecycle.check(declared(certificateId=sandbox.primary(order_id)["id"]))
    sandbox.revoke_now(order_id)
    outputs = lifecycle.create(inputs)
    assert outputs["revoked"] is True
    assert lifecycle.diff(outputs, inputs) == UNCHANGED
    assert sandbox.writes() == []


def test_a_certificate_that_is_declared_by_its_id_and_by_its_serial_number_is_declared_twice(
    lifecycle: Driven, sandbox: Sandbox
) -> None:
    certificate = sandbox.primary(sandbox.find("ov"))
    lifecycle.check(declared(certificateId=certificate["id"]), name="one")
    lifecycle.check(declared(serialNumber=certificate["serial_number"]), name="other")
    (line,) = lifecycle.lines
    assert "is declared by both 'one' and 'other'" in line


def test_a_certificate_is_revoked_with_its_order_whatever_became_of_its_own_request(
    lifecycle: Driven, sandbox: Sandbox
) -> None:
    order_id = sandbox.find("ov")
    certificate_id = sandbox.primary(order_id)["id"]
    inputs, _ = lifecycle.check(declared(certificateId=certificate_id))
    outputs = lifecycle.create(inputs)
    sandbox.revoke_now(order_id)
    _, seen, _ = lifecycle.read(str(certificate_id), outputs)
    assert (seen["revoked"], seen["order"]["status"]) == (True, "revoked")


def test_a_certificate_revoked_alone_is_revoked(lifecycle: Driven, sandbox: Sandbox) -> None:
    order_id = sandbox.find("certificate_revoked")
    inputs, failures = lifecycle.check(declared(certificateId=sandbox.primary(order_id)["id"]))
    assert failures == []
    assert lifecycle.create(inputs)["revoked"] is True
    assert sandbox.writes() == []


def test_a_lost_answer_is_looked_for(sandbox: Sandbox) -> None:
    sandbox.add_faults({"fault": "drop", "when": "after", "endpoint": "revoke_certificate", "count": 1})
    config = {
        "digicert:apiKey": sandbox.user_key,
        "digicert:baseUrl": sandbox.base_url,
        "digicert:settleTimeout": "2",
    }
    with Driven(config, CertificateLifecycle) as lifecycle:
        inputs, _ = lifecycle.check(declared(certificateId=sandbox.primary(sandbox.find("ov"))["id"]))
        outputs = lifecycle.create(inputs)
    assert [request["id"] for request in sandbox.revoke_requests(sandbox.find("ov"))] == [
        outputs["requestId"]
    ]


def test_an_error_names_the_certificate(lifecycle: Driven, sandbox: Sandbox) -> None:
    inputs, _ = lifecycle.check(declared(certificateId=sandbox.primary(sandbox.find("ov"))["id"]))
    sandbox.stop()
    with pytest.raises(FailureError, match=f"^order {sandbox.find('ov')}: ") as failure:
        lifecycle.create(inputs)
    assert "\n" not in str(failure.value)


def test_it_costs_two_readings_for_its_preview_three_calls_more_and_one_for_a_refresh(
    lifecycle: Driven, sandbox: Sandbox
) -> None:
    certificate = sandbox.primary(sandbox.plain(1)[0])
    inputs, _ = lifecycle.check(declared(certificateId=certificate["id"]))
    assert [call["method"] for call in sandbox.access_log()] == ["GET", "GET"]
    outputs = lifecycle.create(inputs)
    assert [call["method"] for call in sandbox.access_log()[2:]] == ["GET", "PUT", "GET"]
    lifecycle.read(str(certificate["id"]), outputs)
    assert [call["method"] for call in sandbox.access_log()[5:]] == ["GET"]


def test_without_an_id_nothing_is_sent_for_a_certificate_and_never_for_its_order() -> None:
    order = {**ORDER, "certificate": {**ORDER["certificate"], "serial_number": "0A"}}
    del order["certificate"]["id"]
    listed = {"orders": [order], "page": {"total": 1, "limit": 10, "offset": 0}}
    with Stub(*[answer(200, body) for _ in range(2) for body in (listed, order)]) as digicert:
        config = {"digicert:apiKey": "A" * 40, "digicert:baseUrl": digicert.url, "digicert:retryTimeout": "0"}
        with Driven(config, CertificateLifecycle) as lifecycle:
            _, (preview,) = lifecycle.check(declared(serialNumber="0A"))
            with pytest.raises(FailureError) as failure:
                lifecycle.create(declared(serialNumber="0A"))
        assert digicert.sent("PUT") == 0
    for line in (preview, str(failure.value)):
        assert (
            f"shows no id for the certificate with the declared serial number on order {order['id']}; nothing was sent"
            in line
        )


def test_the_primary_certificate_is_meant_where_lists_repeat_its_serial_number(
    lifecycle: Driven, sandbox: Sandbox
) -> None:
    order_id = sandbox.find("reissued")
    certificate = sandbox.primary(order_id)
    # The sandbox holds no text twice, and so many zeros before it make the same number.
    for zeros, reissue in enumerate(sandbox.listed(order_id, "reissue"), 1):
        if reissue["id"] != certificate["id"]:
            repeated = "00" * zeros + certificate["serial_number"]
            sandbox.change("UPDATE certificates SET serial_number = ? WHERE id = ?", repeated, reissue["id"])
    spelling = certificate["serial_number"].lower().lstrip("0")
    inputs, failures = lifecycle.check(declared(serialNumber=f"0x{spelling}", orderId=order_id))
    assert failures == []
    assert inputs["order"]["certificateId"] == certificate["id"]
    lifecycle.create(inputs)
    (write,) = sandbox.writes()
    assert write["path"] == f"/services/v2/certificate/{certificate['id']}/revoke"


def test_a_state_with_an_older_spelling_of_the_serial_number_is_unchanged(
    lifecycle: Driven, sandbox: Sandbox
) -> None:
    certificate = sandbox.primary(sandbox.find("ov"))
    inputs, _ = lifecycle.check(declared(serialNumber=certificate["serial_number"]))
    outputs = lifecycle.create(inputs)
    older = {"serialNumber": certificate["serial_number"].lstrip("0")}
    news, failures = lifecycle.check(declared(**older), olds=inputs | older)
    assert failures == []
    assert lifecycle.diff(outputs | older, news) == UNCHANGED
    id_ = str(certificate["id"])
    assert lifecycle.read(id_, outputs | older) == (id_, outputs | older, None)


@pytest.mark.parametrize("status", [404, 403, 200])
def test_lists_that_cannot_be_read_do_not_keep_the_primary_certificate_from_being_revoked(
    lifecycle: Driven, sandbox: Sandbox, status: int
) -> None:
    order_id = sandbox.find("duplicates")
    sandbox.add_faults({"fault": "html", "status": status, "endpoint": "list_duplicates"})
    inputs, failures = lifecycle.check(declared(certificateId=sandbox.primary(order_id)["id"]))
    assert failures == []
    (line,) = lifecycle.lines
    assert line.startswith(f"warning: order {order_id}: its duplicates could not be read (")
    assert lifecycle.create(inputs)["status"] == "pending"


def test_a_list_that_is_needed_stops_it_with_a_remedy(lifecycle: Driven, sandbox: Sandbox) -> None:
    order_id = sandbox.find("duplicates")
    duplicate = sandbox.listed(order_id, "duplicate")[0]
    sandbox.add_faults({"fault": "html", "status": 404, "endpoint": "list_duplicates"})
    (reason,) = lifecycle.check(declared(certificateId=duplicate["id"], orderId=order_id))[1]
    assert "its duplicates could not be read" in reason
    assert "base URL" not in reason
    assert sandbox.writes() == []


@pytest.mark.parametrize("shown", [True, False], ids=["revoked", "not shown as revoked yet"])
def test_a_certificate_that_moved_names_the_request_that_was_approved_and_asks_no_more(
    lifecycle: Driven, sandbox: Sandbox, shown: bool
) -> None:
    certificate = sandbox.primary(sandbox.find("ov"))["id"]
    inputs, _ = lifecycle.check(declared(certificateId=certificate))
    request = lifecycle.create(inputs)["requestId"]
    sandbox.approve(int(request))
    if not shown:
        sandbox.change("UPDATE certificates SET status = 'issued' WHERE id = ?", certificate)
    with Driven(sandbox.config(), CertificateLifecycle) as other:
        inputs, failures = other.check(declared(certificateId=certificate))
        assert failures == []
        outputs = other.create(inputs)
        assert other.diff(outputs, inputs) == UNCHANGED
        other.read(str(certificate), outputs)
        warnings = [line for line in other.lines if "still has the status" in line]
    assert (outputs["requestId"], outputs["status"], outputs["revoked"]) == (request, "approved", shown)
    assert len(warnings) == (0 if shown else 1)
    assert outputs["requestDate"]
    assert len(sandbox.writes()) == 1


def test_an_approval_that_left_a_certificate_alive_is_told_once_and_other_words_ask_again(
    lifecycle: Driven, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "SETTLE_PAUSES", (0.0,))
    certificate = sandbox.primary(sandbox.find("ov"))["id"]
    inputs, _ = lifecycle.check(declared(certificateId=certificate, waitForDecision=600))
    sandbox.add_faults({"fault": "hold", "endpoint": "list_requests", "count": 1})
    with ThreadPoolExecutor(1) as pool:
        creation = pool.submit(lifecycle.create, inputs)
        sandbox.wait_for_hold()
        (request,) = sandbox.revoke_requests(sandbox.find("ov"))
        sandbox.approve(request["id"])
        sandbox.change("UPDATE certificates SET status = 'issued' WHERE id = ?", certificate)
        sandbox.release()
        outputs = creation.result()
    assert (outputs["status"], outputs["revoked"]) == ("approved", False)
    _, seen, _ = lifecycle.read(str(certificate), outputs)
    lifecycle.diff(seen, inputs)
    (warning,) = [line for line in lifecycle.lines if "still has the status 'issued'" in line]
    assert warning.endswith(
        "if that request was for another certificate of the order, change `comments` to send a new request"
    )
    other = {**inputs, "comments": "Other words."}
    assert lifecycle.diff(seen, other) == replaced_for("comments")
    assert "`comments` changed since then; a new request will be sent" in lifecycle.lines[-1]
    del other["waitForDecision"]
    assert lifecycle.create(other)["status"] == "pending"
    assert len(sandbox.writes()) == 2


def test_a_certificate_that_a_host_serves_is_not_revoked_and_a_duplicate_of_it_is(
    lifecycle: Driven, sandbox: Sandbox
) -> None:
    order_id = sandbox.find("duplicates")
    served, duplicate = sandbox.certificate_ids(order_id)[:2]
    with sandbox.tls_server(served) as server:
        hosts = [f"127.0.0.1:{server.port}"]
        _, failures = lifecycle.check(declared(certificateId=served, mustNotBeServedBy=hosts))
        (line,) = failures
        assert line.startswith(
            f"certificate {served} of order {order_id}: 127.0.0.1:{server.port} still serves the certificate"
        )
        assert sandbox.writes() == []
        inputs, failures = lifecycle.check(
            declared(certificateId=duplicate, orderId=order_id, mustNotBeServedBy=hosts)
        )
        assert failures == []
        lifecycle.create(inputs)
    assert len(sandbox.writes()) == 1


class TestOneRequestForTwo:
    """Two certificates of one order, declared with the same comments. CertCentral doesn't say whose the open request is."""

    @pytest.fixture
    def two(self, sandbox: Sandbox) -> list[dict[str, Any]]:
        order_id = sandbox.find("duplicates")
        ids = sandbox.certificate_ids(order_id)[1:3]
        return [declared(certificateId=id_, orderId=order_id) for id_ in ids]

    @pytest.fixture
    def in_the_state(
        self, sandbox: Sandbox, two: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The inputs and the outputs of the first one, of which this machine has no record."""
        with monkeypatch.context() as another, Driven(sandbox.config(), CertificateLifecycle) as driven:
            another.setattr(connection, "order_locks", lambda *_: OrderLocks())
            inputs, _ = driven.check(two[0])
            return inputs, driven.create(inputs)

    @pytest.fixture
    def later(self, sandbox: Sandbox, in_the_state: tuple[Any, Any]) -> Iterator[Driven]:
        """A process that starts when the first one is in the state, and knows nothing of it yet."""
        assert in_the_state
        with Driven(sandbox.config(), CertificateLifecycle) as driven:
            yield driven

    def test_the_check_refuses_what_create_would(
        self, later: Driven, two: list[dict[str, Any]], in_the_state: tuple[Any, Any]
    ) -> None:
        inputs, outputs = in_the_state
        assert later.diff(outputs, inputs) == UNCHANGED
        [reason] = later.check(two[1], name="other").failures
        assert (
            f"request {outputs['requestId']} is open and is for certificate {two[0]['certificateId']}"
            in reason
        )
        with pytest.raises(FailureError, match="is open and is for certificate"):
            later.create(two[1])

    def test_adopting_it_by_its_comments_alone_is_warned_of_and_so_is_finding_it_in_the_state_later(
        self, later: Driven, two: list[dict[str, Any]], in_the_state: tuple[Any, Any]
    ) -> None:
        inputs, outputs = in_the_state
        request, order_id = outputs["requestId"], two[0]["orderId"]
        first, other = (f"certificate {each['certificateId']} of order {order_id}" for each in two)
        checked, failures = later.check(two[1], name="other")
        assert failures == []
        assert later.create(checked)["requestId"] == request
        [line] = later.lines
        assert line.startswith(
            f"warning: {other}: request {request} is open and has the same comments, so no request"
        )
        later.about("r")
        assert later.diff(outputs, inputs) == UNCHANGED
        assert later.lines[1].startswith(
            f"warning: {first}: request {request} is recorded for it and for {other}, but it is for one of them only"
        )

    def test_its_own_lost_request_is_nobody_elses(
        self, lifecycle: Driven, sandbox: Sandbox, two: list[dict[str, Any]]
    ) -> None:
        sandbox.add_faults({"fault": "drop", "when": "after", "endpoint": "revoke_certificate", "count": 1})
        checked, _ = lifecycle.check(two[0])
        assert lifecycle.create(checked)["status"] == "pending"
        assert [line for line in lifecycle.lines if "does not say" in line] == []

    def test_an_approval_that_did_not_revoke_is_warned_of_at_each(
        self, sandbox: Sandbox, two: list[dict[str, Any]], in_the_state: tuple[dict[str, Any], dict[str, Any]]
    ) -> None:
        _, outputs = in_the_state
        with Driven(sandbox.config(), CertificateLifecycle) as driven:
            other = driven.create(driven.check(two[1]).inputs)
        sandbox.approve(int(outputs["requestId"]))
        sandbox.change("UPDATE certificates SET status='issued' WHERE id=?", two[0]["certificateId"])
        with Driven(sandbox.config(), CertificateLifecycle) as driven:
            for name, each, state in zip("ab", two, (outputs, other), strict=True):
                driven.about(name)
                driven.read(str(each["certificateId"]), state)
            assert [line.split(" still has")[0].split()[2] for line in driven.lines] == [
                str(each["certificateId"]) for each in two
            ]


def test_a_rejection_is_warned_of_at_each_certificate_that_is_requested_after_it(
    lifecycle: Driven, sandbox: Sandbox
) -> None:
    order_id = sandbox.find("duplicates")
    request = sandbox.revoke(order_id, "Once.")
    sandbox.reject(request)
    ids = sandbox.certificate_ids(order_id)[1:3]
    for id_ in ids:
        assert lifecycle.check(declared(certificateId=id_, orderId=order_id), name=str(id_)).failures == []
    assert lifecycle.lines == [
        f"warning: certificate {id_} of order {order_id}: request {request} on this order was rejected, with other comments; "
        "a new request will be sent"
        for id_ in ids
    ]


def test_a_revoked_certificate_that_a_reissue_replaced_stays_in_the_state(
    lifecycle: Driven, sandbox: Sandbox
) -> None:
    order_id = sandbox.plain(1)[0]
    [id_] = sandbox.certificate_ids(order_id)
    outputs = lifecycle.create(lifecycle.check(declared(certificateId=id_)).inputs)
    sandbox.approve(int(outputs["requestId"]))
    outputs = lifecycle.read(str(id_), outputs).outputs
    assert outputs["revoked"]
    sandbox.change(
        "INSERT INTO certificates SELECT 299999999, order_id, 'reissue', 'issued', '0FAA', 'AB', common_name, dns_names, "
        "date_created, date_issued, valid_from, valid_till, NULL, NULL FROM certificates WHERE id=?",
        id_,
    )
    sandbox.change("UPDATE orders SET certificate_id=299999999 WHERE id=?", order_id)
    assert lifecycle.read(str(id_), outputs).outputs == outputs
    assert (
        f"certificate {id_} of order {order_id} was read as revoked before and is not found now"
        in lifecycle.lines[-1]
    )
    open_ = {**outputs, "revoked": False, "status": "pending"}
    with pytest.raises(FailureError, match=f"certificate {id_} is not on order {order_id}"):
        lifecycle.read(str(id_), open_)


def test_a_renamed_certificate_with_changed_comments_is_still_the_same(
    lifecycle: Driven, sandbox: Sandbox
) -> None:
    order_id = sandbox.find("duplicates")
    id_ = sandbox.certificate_ids(order_id)[1]
    inputs, _ = lifecycle.check(declared(certificateId=id_, orderId=order_id))
    outputs = lifecycle.create(inputs)
    renamed = declared(serialNumber=sandbox.serial_number(id_), orderId=order_id, comments="Other words.")
    news, failures = lifecycle.check(renamed, inputs)
    assert failures == []
    assert lifecycle.diff(outputs, news) == RECORDED


def test_a_certificate_that_no_preview_could_show_has_its_ids_in_the_state(
    lifecycle: Driven, sandbox: Sandbox
) -> None:
    order_id = sandbox.plain(1)[0]
    [id_] = sandbox.certificate_ids(order_id)
    spec = declared(certificateId=id_)
    outputs = lifecycle.create(spec)
    assert (outputs["order"]["certificateId"], outputs["order"]["orderId"]) == (id_, order_id)
    assert lifecycle.diff(outputs, {**spec, "expectedCommonName": outputs["order"]["commonName"]}) == RECORDED
    renamed, failures = lifecycle.check(declared(serialNumber=sandbox.serial_number(id_)), spec)
    assert failures == []
    assert lifecycle.diff(outputs, renamed) == RECORDED
    old = {
        **outputs,
        "order": {key: value for key, value in outputs["order"].items() if not key.endswith("Id")},
    }
    assert lifecycle.diff(old, {**spec, "expectedCommonName": "another.example.com"}) == RECORDED
