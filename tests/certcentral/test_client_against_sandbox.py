"""The client against the project's sandbox, in a process of its own: both were written from the documentation alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from certcentral.conftest import KEY
from support.sandbox import Sandbox

from digicert_pulumi.certcentral import AccessDenied, Client, Fate, NotFound, OrderNotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMENTS = "Private key found in a public repository."


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running
        assert running.errors() == ""


@pytest.fixture
def user(sandbox: Sandbox) -> Client:
    return Client(sandbox.user_key, sandbox.base_url, retry_budget=2.0)


@pytest.fixture
def administrator(sandbox: Sandbox) -> Client:
    return Client(sandbox.admin_key, sandbox.base_url, retry_budget=2.0)


@pytest.fixture(scope="module")
def orders(sandbox: Sandbox) -> Iterator[int]:
    return iter(sandbox.plain(5))


def test_every_kind_of_order_can_be_read(sandbox: Sandbox, user: Client) -> None:
    ids = range(100000001, 100000101)
    found = [user.get_order(order_id) for order_id in ids]
    assert [order.id for order in found] == list(ids)
    for order in found:
        assert order.certificate.common_name == sandbox.order(order.id)["certificate"].get("common_name")
        assert order.product.name
    assert len({order.status for order in found}) > 2
    assert any(request.type == "revoke" for order in found for request in order.requests)


def test_the_users_of_both_keys_are_told_apart(user: Client, administrator: Client) -> None:
    assert not user.get_user().is_administrator
    assert administrator.get_user().is_administrator
    assert user.get_user().id != administrator.get_user().id


def test_a_revocation_is_pending_until_an_administrator_approves_it(
    sandbox: Sandbox, user: Client, orders: Iterator[int]
) -> None:
    order_id = next(orders)
    request = user.revoke_order(order_id, comments=COMMENTS, revocation_reason="keyCompromise")
    assert request is not None
    assert (request.type, request.status, request.comments) == ("revoke", "pending", COMMENTS)
    assert request.requester is not None
    assert request.requester.id == user.get_user().id
    assert request.id in [one.id for one in user.get_order(order_id).requests]
    assert user.get_order(order_id).status == "issued"
    sandbox.approve(request.id, "Right.")
    decided = user.get_request(request.id)
    assert (decided.status, decided.processor_comment) == ("approved", "Right.")
    assert decided.date_processed is not None
    assert decided.processor is not None
    assert user.get_order(order_id).status == "revoked"


def test_a_rejected_revocation_leaves_the_order_as_it_is(
    sandbox: Sandbox, user: Client, orders: Iterator[int]
) -> None:
    order_id = next(orders)
    request = user.revoke_order(order_id, comments=COMMENTS)
    assert request is not None
    sandbox.reject(request.id, "Not this one.")
    assert user.get_request(request.id).processor_comment == "Not this one."
    assert user.get_order(order_id).status == "issued"


def test_an_administrator_can_revoke_without_a_request(administrator: Client, orders: Iterator[int]) -> None:
    order_id = next(orders)
    assert administrator.revoke_order(order_id, comments=COMMENTS, skip_approval=True) is None
    order = administrator.get_order(order_id)
    assert order.status == "revoked"
    assert [request for request in order.requests if request.type == "revoke"] == []


def test_a_revocation_is_one_write(sandbox: Sandbox, user: Client, orders: Iterator[int]) -> None:
    before = len(sandbox.writes())
    user.revoke_order(next(orders), comments=COMMENTS)
    assert len(sandbox.writes()) == before + 1


def test_duplicates_are_listed_apart_from_the_order(sandbox: Sandbox, user: Client) -> None:
    order_id = sandbox.find("duplicates")
    duplicates = user.get_duplicates(order_id)
    assert duplicates
    assert user.get_order(order_id).certificate.id not in [certificate.id for certificate in duplicates]
    assert user.get_reissues(next(iter(sandbox.plain(1)))) == ()


def test_a_wrong_key_is_denied_with_digicerts_own_code(sandbox: Sandbox) -> None:
    with pytest.raises(AccessDenied) as caught:
        Client(KEY, sandbox.base_url).get_order(100000001)
    assert caught.value.status == 403
    assert caught.value.digicert_code == "access_denied|access_denied_invalid_key"


def test_an_unknown_order_is_not_found(user: Client) -> None:
    with pytest.raises(OrderNotFound) as caught:
        user.get_order(999999999)
    assert caught.value.digicert_code == "not_found|order"
    with pytest.raises(OrderNotFound) as caught:
        user.revoke_order(999999999, comments=COMMENTS)
    assert caught.value.fate is Fate.REFUSED


def test_a_wrong_base_url_never_means_that_an_order_is_gone(sandbox: Sandbox) -> None:
    with pytest.raises(NotFound) as caught:
        Client(sandbox.user_key, sandbox.base_url + "/v3").get_order(100000001)
    assert caught.value.digicert_code == "not_found|route"
