"""Implements Pulumi's provider protocol on the lifecycles (`provider.proto` of the Pulumi SDK)."""

# ruff: noqa: D102, N802  # the methods are named and documented in provider.proto
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from digicert_pulumi._version import VERSION
from digicert_pulumi.certcentral import OrderNotFound
from digicert_pulumi.engine import engine_log
from digicert_pulumi.native import configure, invokes, schema, wire
from digicert_pulumi.native.native_call import answering, call, secret_outputs
from digicert_pulumi.resources.certificate import CertificateLifecycle
from digicert_pulumi.resources.decision import DecisionLifecycle
from digicert_pulumi.resources.inputs import UNKNOWN
from digicert_pulumi.resources.lifecycle import FailureError
from digicert_pulumi.resources.order import OrderLifecycle
from digicert_pulumi.runtime import cancellation
from digicert_pulumi.runtime.masking import masked

if TYPE_CHECKING:
    from collections.abc import Mapping

    import grpc

    from digicert_pulumi.resources.lifecycle import Lifecycle, Seen

_LIFECYCLES: Mapping[str, type[Lifecycle]] = {
    "digicert:index:OrderRevocation": OrderLifecycle,
    "digicert:index:CertificateRevocation": CertificateLifecycle,
    "digicert:index:RevocationDecision": DecisionLifecycle,
}

_DIFFERENCES = {
    None: provider_pb2.DiffResponse.DIFF_UNKNOWN,
    True: provider_pb2.DiffResponse.DIFF_SOME,
    False: provider_pb2.DiffResponse.DIFF_NONE,
}


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One configured provider."""

    def __init__(self) -> None:
        self._config: dict[str, str] = {}
        self._lifecycles = {type_: lifecycle(call) for type_, lifecycle in _LIFECYCLES.items()}

    def Handshake(self, _request: Any, _: grpc.ServicerContext) -> Any:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def Attach(self, request: Any, _: grpc.ServicerContext) -> Any:
        engine_log.show_messages(request.address, call)
        return empty_pb2.Empty()

    def GetPluginInfo(self, _request: Any, _: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, _request: Any, _: grpc.ServicerContext) -> Any:
        return provider_pb2.GetSchemaResponse(schema=schema.text())

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        with answering("check", request, context):
            given = wire.read(request.news)
            lines = configure.check(given.values)
            inputs = wire.write(given.values, given.secrets | {"apiKey"})
            return provider_pb2.CheckResponse(
                inputs=inputs, failures=[provider_pb2.CheckFailure(reason=line) for line in lines]
            )

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        with answering("diff", request, context):
            # Never a replacement: a changed key or base URL must not replace the revocations.
            is_same = wire.read(request.olds).values == wire.read(request.news).values
            return provider_pb2.DiffResponse(changes=_DIFFERENCES[not is_same])

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        with answering("configure", request, context):
            self._config = configure.read(wire.read(request.args).values)
            for lifecycle in self._lifecycles.values():
                lifecycle.configure(self._config.get)
            return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        with answering("check", request, context):
            news = wire.read(request.news)
            checked = self._lifecycle(request.urn).check(wire.read(request.olds).values, news.values)
            return provider_pb2.CheckResponse(
                inputs=wire.write(masked(checked.inputs), news.secrets),
                # No property is named: the engine would print its value, even if that is a secret or the API key.
                failures=[provider_pb2.CheckFailure(reason=line) for line in checked.failures],
            )

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        with answering("diff", request, context):
            found = self._lifecycle(request.urn).diff(
                wire.read(request.olds).values, wire.read(request.news).values
            )
            return provider_pb2.DiffResponse(changes=_DIFFERENCES[found.changes], replaces=found.replaces)

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        with answering("create", request, context, sends=not request.preview):
            news = wire.read(request.properties)
            if request.preview:
                planned = dict.fromkeys(schema.outputs(_type(request.urn)), UNKNOWN) | news.values
                return provider_pb2.CreateResponse(properties=wire.write(planned, news.secrets))
            id_, outputs = self._lifecycle(request.urn).create(news.values)
            return provider_pb2.CreateResponse(
                id=id_, properties=_outputs(request.urn, outputs, news.secrets)
            )

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        with answering("read", request, context):
            stored = wire.read(request.properties)
            stored.values.pop("__provider", None)  # from a stack that used the dynamic provider
            lifecycle = self._lifecycle(request.urn)
            seen = (
                lifecycle.read(request.id, stored.values) if stored.values else _adopted(lifecycle, request)
            )
            if seen is None:
                return provider_pb2.ReadResponse()
            secrets = wire.read(request.inputs).secrets | stored.secrets
            inputs = None if seen.inputs is None else wire.write(masked(seen.inputs), secrets)
            return provider_pb2.ReadResponse(
                id=seen.id, properties=_outputs(request.urn, seen.outputs, stored.secrets), inputs=inputs
            )

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        with answering("update", request, context, sends=not request.preview):
            olds, news = wire.read(request.olds), wire.read(request.news)
            secrets, lifecycle = olds.secrets | news.secrets, self._lifecycle(request.urn)
            if request.preview:
                planned = lifecycle.format.with_inputs(olds.values, news.values)
                if lifecycle.is_unfinished(olds.values, news.values):
                    planned |= dict.fromkeys(set(planned) - set(news.values), UNKNOWN)
                return provider_pb2.UpdateResponse(properties=wire.write(planned, secrets))
            outputs = lifecycle.update(request.id, olds.values, news.values)
            return provider_pb2.UpdateResponse(properties=_outputs(request.urn, outputs, secrets))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        with answering("delete", request, context):
            self._lifecycle(request.urn).delete(request.id, wire.read(request.properties).values)
            return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        with answering("invoke", request, context):
            given = wire.read(request.args)
            result = invokes.call(request.tok, given.values, self._config.get)
            answer: Any = {"return": wire.write(result)}  # a keyword of Python
            return provider_pb2.InvokeResponse(**answer)

    def Cancel(self, _request: Any, _: grpc.ServicerContext) -> Any:
        cancellation.process.cancel()
        return empty_pb2.Empty()

    def _lifecycle(self, urn: str) -> Lifecycle:
        try:
            return self._lifecycles[_type(urn)]
        except KeyError:
            raise FailureError(f"digicert has no resource {_type(urn)}") from None


def _type(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _adopted(lifecycle: Lifecycle, request: Any) -> Seen | None:
    """Import a resource, also for a `get`; None if DigiCert doesn't know the order."""
    try:
        return lifecycle.adopt(request.id)
    except OrderNotFound:
        return None


def _outputs(urn: str, outputs: Mapping[str, Any], secrets: frozenset[str]) -> Any:
    """Return all the outputs. Those without a value are null; a program would see missing ones as unknown."""
    every = dict.fromkeys(schema.outputs(_type(urn))) | masked(dict(outputs))
    return wire.write(every, secret_outputs(secrets))
