"""Several accounts in one program, each a `Provider` of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.engine import ROOT
from support.sandbox import Sandbox
from support.stack import TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.stack import Stack

pytestmark = pytest.mark.engine

EXAMPLE = (ROOT / "examples" / "accounts" / "__main__.py").read_text()
PROVIDER = "pulumi:providers:pulumi-python"
PROGRAM_ENDED = "an unhandled error occurred: program exited with non-zero exit code: 1"
"""What the engine adds to the error of any program that ends with one."""
ONE_REVOCATION = """
import digicert_pulumi as digicert
import pulumi

account = digicert.Provider("eu", {settings})
opts = pulumi.ResourceOptions(provider=account)
digicert.OrderRevocation("leaked", order_id={order}, comments="Key leaked.", opts=opts)
"""


@pytest.fixture
def europe(tmp_path: Path) -> Iterator[Sandbox]:
    """The account in the EU, beside the one in the US."""
    folder = tmp_path / "eu"
    folder.mkdir()
    with Sandbox(folder, seed=2) as started:
        yield started


def test_each_account_revokes_its_own_order_with_its_own_key(
    stack: Stack, sandbox: Sandbox, europe: Sandbox
) -> None:
    stack.unset("digicert:apiKey")
    stack.unset("digicert:baseUrl")
    accounts = {"us": (sandbox, sandbox.plain(1)[0]), "eu": (europe, europe.plain(3)[2])}
    for name, (account, order) in accounts.items():
        settings = {"apiKey": account.user_key, "baseUrl": account.base_url, "orders": f"[{order}]"}
        stack.configure({f"{name}:{key}": value for key, value in settings.items()})
    stack.write(EXAMPLE)
    preview = stack.preview()
    assert (preview.code, preview.changes, preview.notices) == (0, {"create": 2}, [])
    for account, order in accounts.values():
        assert f'commonName: "{account.order(order)["certificate"]["common_name"]}"' in preview.properties

    up = stack.up()
    assert (up.code, up.changes, up.notices) == (0, {"create": 2}, [])
    for account, order in accounts.values():
        assert {call["user"] for call in account.access_log()} == {"user"}
        assert [call["path"] for call in account.writes()] == [
            f"/services/v2/order/certificate/{order}/revoke"
        ]
        assert len(account.revoke_requests(order)) == 1
    assert stack.outputs() == {f"{name}-{order}": "pending" for name, (_, order) in accounts.items()}


@pytest.mark.slow
def test_the_key_is_a_secret_in_the_state_even_if_it_was_given_in_plain(
    stack: Stack, sandbox: Sandbox
) -> None:
    stack.environment["EU_KEY"] = sandbox.admin_key
    settings = (
        f"api_key=__import__('os').environ['EU_KEY'], base_url='{sandbox.base_url}', request_timeout=20"
    )
    stack.write(ONE_REVOCATION.format(settings=settings, order=sandbox.plain(1)[0]))
    assert stack.up().code == 0
    inputs = stack.resources(PROVIDER)["eu"]["inputs"]
    assert "ciphertext" in inputs["digicert:apiKey"]
    assert inputs["digicert:baseUrl"] == sandbox.base_url
    assert inputs["digicert:requestTimeout"] == "20"


@pytest.mark.slow
def test_another_key_changes_the_provider_and_no_revocation(stack: Stack, sandbox: Sandbox) -> None:
    settings = f"api_key=pulumi.Config('eu').require_secret('apiKey'), base_url='{sandbox.base_url}'"
    stack.write(ONE_REVOCATION.format(settings=settings, order=sandbox.plain(1)[0]))
    stack.configure({"eu:apiKey": sandbox.user_key})
    assert stack.up().changes == {"create": 1}
    stack.configure({"eu:apiKey": sandbox.admin_key})
    up = stack.up()
    assert (up.code, up.changes, up.writes) == (0, {"same": 1}, [])
    refresh = stack.refresh()
    assert (refresh.code, refresh.changes) == (0, {"same": 1})
    assert sandbox.access_log()[-1]["user"] == "admin"


def test_a_setting_that_is_known_later_and_cannot_work_is_one_line_in_the_preview(stack: Stack) -> None:
    settings = "api_key=pulumi.Output.secret('a-key'), region=pulumi.Output.from_input('europe')"
    stack.write(ONE_REVOCATION.format(settings=settings, order=100000001))
    preview = stack.preview()
    assert preview.code != 0
    assert preview.errors[0] == (
        f"{TYPE} resource 'leaked' has a problem: digicert:region: unknown region 'europe': use us or eu"
    )
    assert preview.errors[1:] in ([], [PROGRAM_ENDED])
    assert preview.calls == []
