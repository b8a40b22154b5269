"""Messages for the user go to the engine's log, each at its resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi.runtime.proto import engine_pb2
from support.engine_stub import running_engine
from support.provider import Provider, by_front_end

if TYPE_CHECKING:
    from support.sandbox import Sandbox

ORDER = 100000001
DECLARED = {"orderId": ORDER, "comments": "Key leaked."}


def test_a_message_is_in_the_engines_log_before_the_call_is_answered(sandbox: Sandbox) -> None:
    with (
        running_engine() as engine,
        Provider(sandbox.config(sandbox.admin_key), engine=engine.address) as provider,
    ):
        inputs, _ = provider.check({**DECLARED, "skipApproval": True})
        [warning] = engine.told
        name = by_front_end(dynamic="skip_approval", native="skipApproval")
        assert warning.message.startswith(f"order {ORDER}: {name} is set")
        assert (warning.severity, warning.urn) == (engine_pb2.WARNING, provider._about)

        outputs = provider.create(inputs)
        provider.delete(str(ORDER), outputs)
        notice = engine.told[-1]
        assert notice.message.startswith(f"DigiCert accepted the revocation of order {ORDER} on ")
        assert (notice.severity, notice.urn) == (engine_pb2.INFO, provider._about)
        assert provider.lines == []


def test_messages_are_on_standard_error_once_the_engine_does_not_take_one(sandbox: Sandbox) -> None:
    with (
        running_engine() as engine,
        Provider(sandbox.config(sandbox.admin_key), engine=engine.address) as provider,
    ):
        engine.answers = False
        inputs, _ = provider.check({**DECLARED, "skipApproval": True})
        provider.delete(str(ORDER), provider.create(inputs))
        assert len(engine.told) == 1
        assert [line.partition(":")[0] for line in provider.lines] == ["warning", "info"]
