"""`wait_for_decision`, in the real provider process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from support.provider import Provider, ProviderError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.sandbox import Sandbox

ORDER = 100000001
WISH = {"orderId": ORDER, "comments": "Key leaked.", "waitForDecision": 60}


@pytest.fixture
def provider(sandbox: Sandbox) -> Iterator[Provider]:
    config = {
        "digicert:apiKey": sandbox.user_key,
        "digicert:baseUrl": sandbox.base_url,
        "digicert:retryTimeout": "1",
    }
    with Provider(config) as started:
        yield started


@pytest.mark.parametrize("endpoint", ["list_requests", "get_order"])
def test_a_wait_that_breaks_off_keeps_the_revocation_and_the_next_update_goes_on(
    provider: Provider, sandbox: Sandbox, endpoint: str
) -> None:
    inputs, _ = provider.check(WISH)
    sandbox.add_faults({"fault": "hold", "endpoint": "list_requests", "count": 1})
    with ThreadPoolExecutor(1) as pool:
        creation = pool.submit(provider.create, inputs)
        sandbox.wait_for_hold()
        [request] = sandbox.revoke_requests(ORDER)
        sandbox.approve(request["id"])
        sandbox.clear_faults()
        sandbox.add_faults({"fault": "drop", "when": "before", "endpoint": endpoint})
        sandbox.release()
        with pytest.raises(ProviderError) as failure:
            creation.result()
    assert str(failure.value).startswith(
        f"order {ORDER}: request {request['id']} exists, but the wait for its decision failed: "
    )
    assert "\n" not in str(failure.value)
    assert failure.value.kept is not None
    assert failure.value.kept["requestId"] == request["id"]

    sandbox.clear_faults()
    outputs = provider.update(str(ORDER), failure.value.kept, inputs)
    assert (outputs["status"], outputs["revoked"]) == ("approved", True)
    assert len(sandbox.revoke_requests(ORDER)) == 1


def test_a_custom_timeout_bounds_a_wait(provider: Provider) -> None:
    inputs, _ = provider.check({**WISH, "waitForDecision": 3600})
    with pytest.raises(ProviderError, match=r"was not revoked within 0\.5 s"):
        provider.create(inputs, custom_timeout=0.5)
    assert provider.lines[-1].startswith(
        f"info: order {ORDER}: waiting up to 0.5 s for the decision on request "
    )
