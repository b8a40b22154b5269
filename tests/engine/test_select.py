"""A program that selects what it revokes: the example, on the real CLI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.engine import ROOT

if TYPE_CHECKING:
    from support.sandbox import Sandbox
    from support.stack import Stack

pytestmark = pytest.mark.engine

EXAMPLE = (ROOT / "examples" / "select" / "__main__.py").read_text()
ZONE = ".old.example.com"
MEANT = {"issued", "revoked"}


def meant(sandbox: Sandbox) -> dict[int, str]:
    """The issued and revoked orders of the zone by their ids, as order info tells them one by one."""
    orders = (sandbox.order(100000001 + number) for number in range(100))
    names = {each["id"]: each["certificate"]["common_name"] for each in orders if each["status"] in MEANT}
    return {id_: name for id_, name in names.items() if name.endswith(ZONE)}


@pytest.mark.slow
def test_every_order_of_a_zone_is_selected_and_revoked_and_stays_selected(
    stack: Stack, sandbox: Sandbox
) -> None:
    names = meant(sandbox)
    assert len(names) > 10
    stack.configure({"commonName": f"*{ZONE}"})
    stack.write(EXAMPLE)
    up = stack.up()
    assert (up.code, up.changes) == (0, {"create": len(names)})
    assert stack.outputs() == {"common_names": [names[id_] for id_ in sorted(names)]}
    made = {int(each["id"]): each["inputs"]["expectedCommonName"] for each in stack.resources().values()}
    assert made == names

    order = next(id_ for id_ in sorted(names) if sandbox.order(id_)["status"] == "issued")
    sandbox.approve(sandbox.revoke_requests(order)[-1]["id"])
    again = stack.preview()
    assert (again.code, again.changes) == (0, {"same": len(names)})
    assert sandbox.order(order)["status"] == "revoked"


def test_a_selection_of_too_many_is_one_line_and_nothing_is_declared(stack: Stack) -> None:
    stack.configure({"commonName": f"*{ZONE}", "maxResults": "2"})
    stack.write(EXAMPLE)
    preview = stack.preview()
    assert preview.code != 0
    assert preview.errors[0] == (
        "list_orders: more than 2 orders match; narrow the filters, or raise max_results "
        f"(status 'issued' or 'revoked', common name '*{ZONE}')"
    )
    assert preview.changes == {}
