"""One provider process for each supported release of the SDK, and a sandbox for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sdk.environment import INSTALLED, OTHERS, ROOT, python_with
from support.provider import Provider
from support.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="package")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sdk")) as started:
        yield started


@pytest.fixture(scope="package", params=[*OTHERS, INSTALLED])
def sdk(request: pytest.FixtureRequest) -> str:
    """A supported release of the SDK."""
    version: str = request.param
    return version


@pytest.fixture(scope="package")
def provider(sandbox: Sandbox, sdk: str) -> Iterator[Provider]:
    """The provider process of that release."""
    settings = {
        "digicert:apiKey": sandbox.user_key,
        "digicert:baseUrl": sandbox.base_url,
        "digicert:retryTimeout": "0.2",
    }
    command = [python_with(sdk), "-u", "-m", "pulumi.dynamic"]
    with Provider(settings, {"PYTHONPATH": str(ROOT)}, command) as started:
        yield started
