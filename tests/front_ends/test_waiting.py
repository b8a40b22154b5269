"""`wait_for_decision`, in the real provider process."""

from __future__ import annotations

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


def test_a_custom_timeout_bounds_a_wait(provider: Provider) -> None:
    inputs, _ = provider.check({**WISH, "waitForDecision": 3600})
    with pytest.raises(ProviderError, match=r"was not revoked within 0\.5 s"):
        provider.create(inputs, custom_timeout=0.5)
    assert provider.lines[-1].startswith(
        f"info: order {ORDER}: waiting up to 0.5 s for the decision on request "
    )
