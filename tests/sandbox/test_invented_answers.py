"""The one table of invented answers, and its overrides."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from certcentral_sandbox.refusals import DOCUMENTED, INVENTED, Answers, Refused, load_answers
from sandbox.talk import Caller
from support.sandbox import Sandbox


def test_no_answer_is_both_documented_and_invented() -> None:
    assert not set(DOCUMENTED) & set(INVENTED)


@pytest.mark.parametrize("name", sorted(INVENTED))
def test_every_invented_answer_can_be_overridden(name: str) -> None:
    answers = Answers({name: {"status": 418, "code": "teapot", "message": "Short and stout."}})
    with pytest.raises(Refused) as refused:
        answers.refuse(name)
    entry = refused.value.refusal
    assert (entry.status, entry.code, entry.message) == (418, "teapot", "Short and stout.")


def test_an_override_may_change_a_part_only() -> None:
    entry = Answers({"order_already_revoked": {"status": 409}})["order_already_revoked"]
    assert (entry.status, entry.code) == (409, INVENTED["order_already_revoked"].code)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"unknown_order": {"status": 400}}, "unknown_order is not an invented refusal"),
        ({"order_not_issued": "accept"}, "order_not_issued: Expected `object`"),
        ({"order_already_revoked": "ignore"}, "order_already_revoked: Expected `object`"),
        ({"order_already_revoked": {"satus": 409}}, "order_already_revoked: .*satus"),
        ({"order_already_revoked": {"status": "409"}}, "order_already_revoked: Expected `int"),
        ([], "Expected `object`"),
    ],
)
def test_a_wrong_override_is_refused_by_name(tmp_path: Path, overrides: object, message: str) -> None:
    file = tmp_path / "answers.json"
    file.write_text(json.dumps(overrides))
    with pytest.raises(ValueError, match=f"answers.json: {message}"):
        load_answers(file)


def test_overrides_reach_the_caller(tmp_path: Path) -> None:
    overrides = {"order_already_revoked": {"status": 409, "code": "gone", "message": "Revoked."}}
    with Sandbox(tmp_path, answers=overrides) as sandbox, closing(Caller(sandbox)) as call:
        reply = call.revoke(sandbox.find("revoked"))
    assert (reply.status, reply.json) == (409, {"errors": [{"code": "gone", "message": "Revoked."}]})


def test_an_accept_header_without_json_is_406(ask: Caller) -> None:
    assert ask("GET", "/user/me", Accept="text/html").status == 406
    for accept in ("application/json", "*/*", "text/html, application/json;q=0.5", "application/*"):
        assert ask("GET", "/user/me", Accept=accept).status == 200


@pytest.mark.parametrize(
    "body", [[], "text", {"comments": 5}, {"skip_approval": "yes"}, {"revocation_reason": 1}]
)
def test_a_field_of_the_wrong_type_is_refused(ask: Caller, shared: Sandbox, body: object) -> None:
    order_id = shared.find("ov")
    reply = ask("PUT", f"/order/certificate/{order_id}/revoke", body)
    assert (reply.status, reply.code) == (400, "invalid_field")
    assert shared.revoke_requests(order_id) == []
