"""A provider in its real process, the dynamic or the native one, driven call by call as the engine drives it."""

from __future__ import annotations

import base64
import contextlib
import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2
from support import nursery

from digicert_pulumi.declaring.order_revocation import PROVIDER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How the engine spells a value that is not known yet."""

SECONDS = 300

front_end = os.environ.get("DIGICERT_TEST_FRONT_END", "dynamic")
"""The front end of the providers that are started from now on: `dynamic` or `native`."""

_MODULES = {"dynamic": "pulumi.dynamic", "native": "digicert_pulumi.native"}


def command() -> list[str]:
    """What the engine starts."""
    return [sys.executable, "-u", "-m", _MODULES[front_end]]


def by_front_end(*, dynamic: str, native: str) -> str:
    """What is said in other words by each front end."""
    return {"dynamic": dynamic, "native": native}[front_end]


class ProviderError(Exception):
    """What the engine would show: the clean message, and what it would keep of an unfinished resource.

    Attributes:
        raw: The message that is shown where there is no clean one.
        trailing: The metadata behind the answer.
        kept: The outputs of an unfinished resource.
        unfinished: All that the engine is told of it.
        data: The failure as data.
    """

    def __init__(self, error: grpc.RpcError, end: str = "") -> None:
        self.raw: str = error.details() + end
        self.trailing = dict(error.trailing_metadata() or ())
        self.kept: dict[str, Any] | None = None
        self.unfinished: provider_pb2.ErrorResourceInitFailed | None = None
        self.data: dict[str, Any] = {}
        details = self.trailing.get("grpc-status-details-bin")
        if details is None:
            super().__init__(self.raw)
            return
        status = status_pb2.Status.FromString(details)
        super().__init__(status.message)
        for detail in status.details:
            failed = provider_pb2.ErrorResourceInitFailed()
            if detail.Unpack(failed):
                self.kept = plain(failed.properties)
                self.unfinished = failed
            data = struct_pb2.Struct()
            if detail.Unpack(data):
                self.data = plain(data)


def plain(properties: struct_pb2.Struct) -> dict[str, Any]:
    values = json_format.MessageToDict(properties)
    values.pop("__provider", None)
    return {name: value for name, value in values.items() if value is not None}


class Provider:
    """One provider process.

    Args:
        config: The stack's configuration.
        environment: Is added to an environment without any DigiCert setting.
        command: What starts the process, where it is not the nursery that forks it.
        resource: The provider by reference.
        engine: The engine's address; by default there is no engine.
        folder: The program's folder, for a command.
    """

    def __init__(
        self,
        config: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] | None = None,
        resource: str = PROVIDER,
        *,
        engine: str | None = None,
        folder: Path | None = None,
    ) -> None:
        self._is_native = front_end == "native"
        self._module = _MODULES[front_end]
        self._folder = folder
        self._resource = resource
        self._arguments = [engine] if engine else []
        clean = {name: value for name, value in os.environ.items() if not name.startswith("DIGICERT_")}
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  # closed in stop()
        self.process = self._start(command, {**clean, **(environment or {})})
        assert self.process.stdout is not None
        port = int(self.process.stdout.readline())
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        args = struct_pb2.Struct()
        args.update({self._key(name): value for name, value in (config or {}).items()})
        self._stub.Configure(provider_pb2.ConfigureRequest(args=args), timeout=SECONDS)

    def _start(self, command: Sequence[str] | None, environment: Mapping[str, str]) -> subprocess.Popen[str]:
        if command is None:
            return nursery.start(self._module, self._arguments, environment, self._errors)
        return subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=environment,
            cwd=self._folder,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def hang_up(self) -> None:
        """Close the connection, as an engine does that is killed."""
        self._channel.close()

    def stop(self) -> None:
        self.hang_up()
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._errors.close()

    @property
    def lines(self) -> list[str]:
        """What the user was told so far."""
        self._errors.seek(0)
        return self._errors.read().splitlines()

    def check(
        self,
        news: Mapping[str, Any],
        olds: Mapping[str, Any] | None = None,
        name: str = "r",
        parents: str = "",
    ) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        urn = self._urn(name, parents)
        request = provider_pb2.CheckRequest(urn=urn, olds=self._struct(olds), news=self._struct(news))
        answer = self._call(self._stub.Check, request)
        return plain(answer.inputs), [(failure.property, failure.reason) for failure in answer.failures]

    def diff(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> tuple[str, list[str]]:
        answer = self._call(
            self._stub.Diff,
            provider_pb2.DiffRequest(
                id="1", urn=self._about, olds=self._struct(olds), news=self._struct(news)
            ),
        )
        return provider_pb2.DiffResponse.DiffChanges.Name(answer.changes), list(answer.replaces)

    def create(
        self, inputs: Mapping[str, Any], resource: str | None = None, custom_timeout: float = 0
    ) -> dict[str, Any]:
        properties = self._struct(inputs, resource)
        request = provider_pb2.CreateRequest(urn=self._about, properties=properties, timeout=custom_timeout)
        answer = self._call(self._stub.Create, request)
        return plain(answer.properties)

    def read(self, id_: str, outputs: Mapping[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any] | None]:
        answer = self._call(
            self._stub.Read,
            provider_pb2.ReadRequest(id=id_, urn=self._about, properties=self._struct(outputs)),
        )
        inputs = plain(answer.inputs) if answer.HasField("inputs") else None
        return answer.id, plain(answer.properties), inputs

    def update(self, id_: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
        request = provider_pb2.UpdateRequest(
            id=id_, urn=self._about, olds=self._struct(olds), news=self._struct(news)
        )
        return plain(self._call(self._stub.Update, request).properties)

    def cancel(self) -> None:
        self._stub.Cancel(empty_pb2.Empty(), timeout=SECONDS)

    def delete(self, id_: str, outputs: Mapping[str, Any]) -> None:
        self._call(
            self._stub.Delete,
            provider_pb2.DeleteRequest(id=id_, urn=self._about, properties=self._struct(outputs)),
        )

    def _key(self, name: str) -> str:
        return name.removeprefix("digicert:") if self._is_native else name

    def _urn(self, name: str, parents: str = "") -> str:
        kind = self._resource_class()
        type_ = f"digicert:index:{kind}" if self._is_native else f"pulumi-python:dynamic/digicert:{kind}"
        return f"urn:pulumi:dev::project::{parents}{type_}::{name}"

    def _resource_class(self) -> str:
        module = base64.b64decode(self._resource).decode("latin-1").split("\n")[1]
        return module.removesuffix("Provider")

    @property
    def _about(self) -> str:
        """The URN in the calls about the one resource of a test."""
        return self._urn("r")

    def _struct(self, values: Mapping[str, Any] | None, resource: str | None = None) -> struct_pb2.Struct:
        properties = struct_pb2.Struct()
        if values is not None:
            provider = {} if self._is_native else {"__provider": resource or self._resource}
            properties.update({**provider, **values})
        return properties

    def _call(self, method: Any, request: Any) -> Any:
        try:
            return method(request, timeout=SECONDS)
        except grpc.RpcError as error:
            raise ProviderError(error, self._end(error)) from None

    def _end(self, error: grpc.RpcError) -> str:
        """How the process ended, where it is that which broke the call off."""
        if error.code() is not grpc.StatusCode.UNAVAILABLE:
            return ""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        return f" (exit code {self.process.poll()}; its last lines: {self.lines[-20:]})"
