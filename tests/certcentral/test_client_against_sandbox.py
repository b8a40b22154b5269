"""The client against the project's sandbox, in a process of its own: both were written from the documentation alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.sandbox import Sandbox

from digicert_pulumi.certcentral import Client, NotFound

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


def test_the_users_of_both_keys_are_told_apart(user: Client, administrator: Client) -> None:
    assert not user.get_user().is_administrator
    assert administrator.get_user().is_administrator
    assert user.get_user().id != administrator.get_user().id


def test_a_revocation_is_pending_until_an_administrator_approves_it(sandbox: Sandbox, user: Client) -> None:
    [order_id] = sandbox.plain(1)
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


def test_a_wrong_base_url_never_means_that_an_order_is_gone(sandbox: Sandbox) -> None:
    with pytest.raises(NotFound) as caught:
        Client(sandbox.user_key, sandbox.base_url + "/v3").get_order(100000001)
    assert caught.value.digicert_code == "not_found|route"
