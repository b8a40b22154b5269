"""Which calls a rule hits: matching, counting, chance; and the doors that script rules."""

import json
from typing import Any

import pytest
from certcentral_sandbox.faults.rules import decode_rules
from sandbox.talk import Caller
from support.sandbox import Sandbox


@pytest.fixture(autouse=True)
def no_faults(shared: Sandbox) -> None:
    shared.clear_faults()


def statuses(ask: Caller, count: int, path: str = "/user/me") -> list[int]:
    return [ask("GET", path).status for _ in range(count)]


def test_nothing_is_disturbed_by_default(sandbox: Sandbox, call: Caller) -> None:
    assert sandbox.faults() == []
    call("GET", "/user/me")
    assert "fault" not in sandbox.access_log()[0]


def test_a_rule_skips_and_counts(ask: Caller, shared: Sandbox) -> None:
    shared.add_faults({"fault": "status", "status": 503, "skip": 2, "count": 3})
    assert statuses(ask, 7) == [200, 200, 503, 503, 503, 200, 200]
    (entry,) = shared.faults()
    assert (entry["matched"], entry["injected"]) == (7, 3)


def test_a_rule_without_a_count_hits_every_time(ask: Caller, shared: Sandbox) -> None:
    shared.add_faults({"fault": "status", "status": 500})
    assert statuses(ask, 5) == [500] * 5


def test_a_rule_matches_method_endpoint_and_order(ask: Caller, shared: Sandbox) -> None:
    first, second = shared.plain(2)
    shared.add_faults(
        {"fault": "status", "status": 502, "method": "PUT"},
        {"fault": "status", "status": 503, "endpoint": "list_orders"},
        {"fault": "status", "status": 504, "order_id": second},
    )
    assert ask.revoke(first).status == 502
    assert ask("GET", "/order/certificate").status == 503
    assert ask("GET", f"/order/certificate/{second}").status == 504
    assert ask("GET", f"/order/certificate/{first}").status == 200
    assert ask("GET", "/user/me").status == 200


def test_an_order_matches_through_its_certificate_and_its_request(ask: Caller, shared: Sandbox) -> None:
    order_id = shared.find("revoke_pending")
    certificate = shared.order(order_id)["certificate"]
    (request,) = shared.revoke_requests(order_id)
    shared.add_faults({"fault": "status", "status": 504, "order_id": order_id})
    for method, path in (
        ("GET", f"/order/certificate/{certificate['thumbprint']}"),
        ("PUT", f"/certificate/{certificate['id']}/revoke"),
        ("PUT", f"/certificate/{certificate['serial_number']}/revoke"),
        ("GET", f"/request/{request['id']}"),
        ("PUT", f"/request/{request['id']}/status"),
    ):
        assert ask(method, path, {}).status == 504
    assert ask("GET", "/order/certificate/nothing").status == 404


def test_the_first_rule_that_strikes_wins(ask: Caller, shared: Sandbox) -> None:
    shared.add_faults(
        {"fault": "status", "status": 502, "count": 2}, {"fault": "status", "status": 503, "count": 1}
    )
    assert statuses(ask, 4) == [502, 502, 503, 200]


def test_chance_repeats_with_its_seed(ask: Caller, shared: Sandbox) -> None:
    runs = []
    for seed in (1, 1, 2):
        shared.clear_faults()
        shared.add_faults({"fault": "status", "status": 503, "probability": 0.5, "seed": seed})
        runs.append(statuses(ask, 40))
    assert runs[0] == runs[1] != runs[2]
    assert 5 < runs[0].count(503) < 35


def test_the_operators_calls_meet_no_fault(shared: Sandbox) -> None:
    shared.add_faults({"fault": "drop"})
    assert shared.order(100000001)["id"] == 100000001
    assert shared.faults()[0]["matched"] == 0


def door(ask: Caller, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
    return ask(method, path, body, ask.sandbox.admin_key if key is None else key, prefix="/sandbox")


def test_rules_are_shown_added_replaced_and_removed(ask: Caller) -> None:
    first, second = {"fault": "drop", "when": "after"}, {"fault": "status", "status": 503}
    shown = door(ask, "POST", "/faults", [first]).json["faults"]
    assert [entry["rule"]["fault"] for entry in shown] == ["drop"]
    shown = door(ask, "POST", "/faults", [second]).json["faults"]
    assert [entry["rule"]["fault"] for entry in shown] == ["drop", "status"]
    assert door(ask, "DELETE", f"/faults/{shown[0]['id']}").status == 204
    assert [entry["rule"]["fault"] for entry in door(ask, "GET", "/faults").json["faults"]] == ["status"]
    assert [entry["rule"]["fault"] for entry in door(ask, "PUT", "/faults", [first]).json["faults"]] == [
        "drop"
    ]
    assert door(ask, "DELETE", "/faults").status == 204
    assert door(ask, "GET", "/faults").json == {"faults": []}


def test_a_rule_that_is_shown_can_be_given_again(ask: Caller) -> None:
    shown = door(ask, "PUT", "/faults", [{"fault": "slow", "seconds": 1, "order_id": 5}]).json["faults"]
    again = door(ask, "PUT", "/faults", [entry["rule"] for entry in shown]).json["faults"]
    assert [entry["rule"] for entry in again] == [entry["rule"] for entry in shown]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/faults"), ("PUT", "/faults"), ("GET", "/holds"), ("PUT", "/limits"), ("POST", "/refuse")],
)
def test_the_doors_open_to_the_administrator_alone(
    ask: Caller, shared: Sandbox, method: str, path: str
) -> None:
    for key in (shared.user_key, "wrong", ""):
        assert door(ask, method, path, [], key).status == 403


def test_what_is_not_there_cannot_be_removed(ask: Caller) -> None:
    assert door(ask, "DELETE", "/faults/999").status == 404
    assert door(ask, "DELETE", "/holds/999").status == 404


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([{"fault": "explode"}], "Invalid value 'explode'"),
        ([{"when": "after"}], "missing required field `fault`"),
        ([{"fault": "status"}], "missing required field `status`"),
        ([{"fault": "slow", "seconds": -1}], "seconds"),
        ([{"fault": "drop", "when": "during"}], "when"),
        (
            [{"fault": "drop", "endpoint": "nowhere"}],
            "there is no endpoint 'nowhere'; the endpoints are get_user",
        ),
        ([{"fault": "refusal", "refusal": "no"}], "there is no refusal 'no'"),
        ([{"fault": "drop", "probability": 2}], "probability"),
        ([{"fault": "drop", "count": 0}], "count"),
        ([{"fault": "drop", "counts": 1}], "unknown field `counts`"),
        ({"fault": "drop"}, "Expected `array`"),
    ],
)
def test_a_wrong_rule_is_refused_with_what_is_wrong(ask: Caller, rules: Any, words: str) -> None:
    reply = door(ask, "POST", "/faults", rules)
    assert reply.status == 400
    assert words in reply.json["errors"][0]["message"]
    assert door(ask, "GET", "/faults").json == {"faults": []}


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ({"fault": "drop"}, "drop_before"),
        ({"fault": "drop", "when": "after"}, "drop_after"),
        ({"fault": "status", "status": 503}, "status_503_before"),
        ({"fault": "hold"}, "hold_after"),
        ({"fault": "cut"}, "cut"),
        ({"fault": "late_request", "seconds": 3}, "late_request"),
    ],
)
def test_a_fault_has_a_name_that_tells_it(rule: dict[str, Any], name: str) -> None:
    (decoded,) = decode_rules(json.dumps([rule]).encode())
    assert decoded.name == name
