"""The native plugin in its real process, in what only a native provider is asked."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
from concurrent import futures
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from certcentral.samples import ORDER as SAMPLE
from certcentral.stub import Stub, answer
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2
from support import provider as front_ends
from support.engine_stub import running_engine
from support.processes import wait_until
from support.provider import SECONDS, UNKNOWN, Provider, ProviderError, plain
from support.sandbox import Sandbox

from digicert_pulumi import _version
from digicert_pulumi.certcentral import Client
from digicert_pulumi.declaring import certificate_revocation, order_revocation, revocation_decision
from digicert_pulumi.resources.revocation import REVOKED_BEFORE
from digicert_pulumi.runtime import sending

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from support.engine_stub import Engine

ROOT = Path(__file__).resolve().parents[2]
ORDER = 100000001
DECLARED = {"orderId": ORDER, "comments": "Key leaked."}
SIGNATURE, SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"


@pytest.fixture(autouse=True)
def native(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_ends, "front_end", "native")


@pytest.fixture
def provider(sandbox: Sandbox) -> Iterator[Provider]:
    with Provider(sandbox.config()) as started:
        yield started


@pytest.fixture
def engine() -> Iterator[Engine]:
    with running_engine() as started:
        yield started


def struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(values)
    return made


def secret(value: Any) -> dict[str, Any]:
    return {SIGNATURE: SECRET, "value": value}


class TestPreview:
    def test_a_creation_sends_nothing_and_knows_what_the_check_read(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        inputs, _ = provider.check(DECLARED)
        request = provider_pb2.CreateRequest(urn=provider._about, properties=struct(inputs), preview=True)
        answer = provider._stub.Create(request)
        planned = plain(answer.properties)
        assert (answer.id, planned["order"], planned["requestId"]) == ("", inputs["order"], UNKNOWN)
        assert sandbox.writes() == []

    def test_an_update_sends_nothing(self, provider: Provider, sandbox: Sandbox) -> None:
        inputs, _ = provider.check(DECLARED)
        outputs = provider.create(inputs)
        news = inputs | {"comments": "Other.", "waitForDecision": 60}
        request = provider_pb2.UpdateRequest(
            id=str(ORDER), urn=provider._about, olds=struct(outputs), news=struct(news), preview=True
        )
        planned = plain(provider._stub.Update(request).properties)
        assert (planned["comments"], planned["status"]) == ("Other.", UNKNOWN)
        assert len(sandbox.writes()) == 1

    def test_the_snapshot_of_an_order_that_is_not_known_yet_is_unknown_for_update_plans(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        inputs, failures = provider.check({"orderId": UNKNOWN, "comments": "Key leaked."})
        assert (inputs["orderId"], inputs["order"], failures) == (UNKNOWN, UNKNOWN, [])
        assert sandbox.access_log() == []

    def test_nothing_but_what_applies_may_send(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sending, "_required", threading.Event())
        client = Client(sandbox.user_key, sandbox.base_url, may_send=sending.is_permitted)
        sending.require_permission()
        with pytest.raises(RuntimeError, match="nothing is being applied"):
            client.revoke_order(ORDER, comments="Key leaked.")
        assert sandbox.writes() == []
        with sending.permitted():
            assert client.revoke_order(ORDER, comments="Key leaked.")


class TestImport:
    @pytest.mark.parametrize("state", ["pending", "approved"])
    def test_a_revocation_of_an_order_previews_unchanged(
        self, provider: Provider, sandbox: Sandbox, state: str
    ) -> None:
        request = sandbox.revoke(ORDER, "Found in a repository.")
        if state == "approved":
            sandbox.approve(request, "So be it.")
        id_, outputs, inputs = provider.read(str(ORDER), {})
        assert inputs is not None
        assert (id_, outputs["requestId"], outputs["status"]) == (str(ORDER), request, state)
        assert (inputs["orderId"], inputs["comments"]) == (ORDER, "Found in a repository.")
        declared = {name: inputs[name] for name in ("orderId", "comments")}
        checked, failures = provider.check(declared, inputs)
        assert (checked, failures) == (inputs, [])
        assert provider.diff(outputs, checked) == ("DIFF_NONE", [])
        assert sandbox.writes() == []

    @pytest.mark.parametrize("rejected", [False, True])
    def test_an_order_that_lives_is_refused_in_one_line(
        self, provider: Provider, sandbox: Sandbox, *, rejected: bool
    ) -> None:
        if rejected:
            sandbox.reject(sandbox.revoke(ORDER), "No.")
        with pytest.raises(ProviderError, match=f"^order {ORDER}: nothing to import: its status is 'issued'"):
            provider.read(str(ORDER), {})

    def test_a_rejected_request_is_not_what_revoked_the_order(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        sandbox.reject(sandbox.revoke(ORDER, "Wrong order."))
        sandbox.revoke_now(ORDER)
        _, outputs, _ = provider.read(str(ORDER), {})
        assert (outputs["revoked"], "requestId" in outputs, outputs["comments"]) == (
            True,
            False,
            REVOKED_BEFORE,
        )

    def test_a_second_open_request_is_told(self, tmp_path: Path) -> None:
        with Sandbox(tmp_path, answers={"revocation_already_requested": "accept"}) as sandbox:
            first, second = sandbox.revoke(ORDER), sandbox.revoke(ORDER)
            with Provider(sandbox.config()) as provider:
                _, outputs, _ = provider.read(str(ORDER), {})
                assert outputs["requestId"] == first
                [line] = provider.lines
                assert line.startswith("warning: ")
                assert f"{second}" in line
                reads = [call["path"].partition("/services/v2")[2] for call in sandbox.access_log()]
                assert reads.count(f"/order/certificate/{ORDER}") == 1

    def test_an_order_that_digicert_does_not_know_is_gone(self, provider: Provider) -> None:
        assert provider.read("999", {})[0] == ""
        with pytest.raises(ProviderError, match=r"^'x' is not an order id$"):
            provider.read("x", {})

    def test_what_is_not_found_for_sure_is_not_gone(self, sandbox: Sandbox) -> None:
        another_order = {**SAMPLE, "id": SAMPLE["id"] + 1}
        on_two_orders = [answer(200, {"orders": [SAMPLE, another_order]})]
        on_two_orders += [answer(200, order) for order in (SAMPLE, another_order)]
        unreadable = [answer(200, {"orders": [{"id": "?"}, SAMPLE]})]
        certificate = f"certificate {SAMPLE['certificate']['id']}"
        for answers, line in (
            (on_two_orders, f"{certificate} is on the orders {SAMPLE['id']} and {another_order['id']}; "),
            (unreadable, f"{certificate}: 1 of the orders that DigiCert lists for it cannot be read; "),
            ([answer(200, {"orders": []})], f"{certificate} was not found in this CertCentral account; "),
        ):
            with Stub(*answers) as digicert:
                settings = {**sandbox.config(), "digicert:baseUrl": digicert.url}
                with (
                    Provider(settings, resource=certificate_revocation.PROVIDER) as provider,
                    pytest.raises(ProviderError, match=f"^{re.escape(line)}"),
                ):
                    provider.read(str(SAMPLE["certificate"]["id"]), {})

    def test_a_404_that_is_about_no_order_is_not_gone(self, sandbox: Sandbox) -> None:
        settings = sandbox.config(sandbox.admin_key)
        with (
            Provider(settings, resource=revocation_decision.PROVIDER) as provider,
            pytest.raises(ProviderError, match=r"^request 999: "),
        ):
            provider.read("999", {})

    def test_a_revoked_certificate_previews_unchanged(self, sandbox: Sandbox) -> None:
        order_id = sandbox.find("duplicates")
        certificate = sandbox.order(order_id)["certificate"]
        with Provider(sandbox.config(), resource=certificate_revocation.PROVIDER) as provider:
            with pytest.raises(ProviderError) as refused:
                provider.read(str(certificate["id"]), {})
            nothing = f"certificate {certificate['id']} of order {order_id}: nothing to import: its status is 'issued', and"
            assert str(refused.value) == (
                f"{nothing} no request to revoke it is open; declare the revocation and run `pulumi up`"
            )
            declared = {"certificateId": certificate["id"], "comments": "Key of the primary leaked."}
            inputs, _ = provider.check(declared)
            request = int(provider.create(inputs)["requestId"])
            with pytest.raises(ProviderError) as refused:
                provider.read(str(certificate["id"]), {})
            assert str(refused.value) == (
                f"{nothing} request {request} on its order is open, but CertCentral does not say for which certificate; "
                "if it is for this one, set `comments` to that request's comments to adopt it"
            )
            sandbox.approve(request)
            id_, outputs, inputs = provider.read(str(certificate["id"]), {})  # type: ignore[assignment]
            assert (id_, outputs["revoked"], inputs["certificateId"]) == (
                str(certificate["id"]),
                True,
                certificate["id"],
            )
            again = {name: inputs[name] for name in ("certificateId", "comments")}
            checked, failures = provider.check(again, inputs)
            assert failures == []
            assert provider.diff(outputs, checked) == ("DIFF_NONE", [])

    def test_a_decision_previews_unchanged(self, sandbox: Sandbox) -> None:
        request = sandbox.revoke(ORDER)
        settings = sandbox.config(sandbox.admin_key)
        with Provider(settings, resource=revocation_decision.PROVIDER) as provider:
            with pytest.raises(ProviderError, match=f"^request {request} is pending: there is no decision"):
                provider.read(str(request), {})
            sandbox.approve(request, "Checked.")
            id_, outputs, inputs = provider.read(str(request), {})
            assert inputs is not None
            assert (id_, outputs["revoked"]) == (str(request), True)
            declared = {"requestId": request, "decision": "approved", "processorComment": "Checked."}
            checked, failures = provider.check(declared, inputs)
            assert failures == []
            assert provider.diff(outputs, checked) == ("DIFF_NONE", [])


class TestState:
    def test_secret_inputs_are_secret_outputs_and_so_is_what_was_sent(
        self, provider: Provider, sandbox: Sandbox
    ) -> None:
        declared = {"orderId": ORDER, "comments": secret("Key leaked.")}
        request = provider_pb2.CheckRequest(urn=provider._about, news=struct(declared))
        checked = provider._stub.Check(request).inputs
        assert checked["comments"][SIGNATURE] == SECRET
        created = provider_pb2.CreateRequest(urn=provider._about, properties=checked)
        outputs = provider._stub.Create(created).properties
        assert outputs["comments"]["value"] == "Key leaked."
        assert isinstance(outputs["orderId"], float)
        news = struct({**plain(checked), "comments": secret("Other.")})
        updated = provider_pb2.UpdateRequest(id=str(ORDER), urn=provider._about, olds=outputs, news=news)
        sent = provider._stub.Update(updated).properties["sent"]
        assert (sent[SIGNATURE], sent["value"]["comments"]) == (SECRET, "Key leaked.")
        assert len(sandbox.writes()) == 1

    def test_outputs_that_there_are_not_are_null(self, provider: Provider) -> None:
        inputs, _ = provider.check(DECLARED)
        request = provider_pb2.CreateRequest(urn=provider._about, properties=struct(inputs))
        outputs = provider._stub.Create(request).properties
        assert outputs.fields["processorComment"].WhichOneof("kind") == "null_value"

    def test_a_state_of_the_dynamic_provider_is_the_same(
        self, provider: Provider, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(front_ends, "front_end", "dynamic")
        with Provider(sandbox.config()) as dynamic:
            inputs, _ = dynamic.check(DECLARED)
            outputs = dynamic.create(inputs)
        by_reference = {"__provider": order_revocation.PROVIDER}
        checked, failures = provider.check(DECLARED, inputs | by_reference)
        assert failures == []
        assert provider.diff(outputs | by_reference, checked) == ("DIFF_NONE", [])
        _, seen, _ = provider.read(str(ORDER), outputs | by_reference)
        assert seen == outputs
        assert len(sandbox.writes()) == 1


class TestConfiguration:
    @pytest.mark.parametrize(
        ("given", "line"),
        [
            (
                {"apikey": "x" * 20},
                "digicert:apikey is not a setting of the provider; did you mean digicert:apiKey?",
            ),
            ({"region": "mars"}, "digicert:region: "),
            ({"requestTimeout": 0}, "digicert:requestTimeout must be a number of seconds"),
            ({"batchReads": True, "requestsPerMinute": 60.5, "version": "0.1.0"}, None),
            ({"region": UNKNOWN}, None),
        ],
    )
    def test_is_checked(self, provider: Provider, given: dict[str, Any], line: str | None) -> None:
        answer = provider._stub.CheckConfig(provider_pb2.CheckRequest(news=struct(given)))
        reasons = [failure.reason for failure in answer.failures]
        assert len(reasons) == (line is not None)
        assert all(reason.startswith(line) for reason in reasons if line)

    def test_the_key_is_a_secret_and_another_one_replaces_nothing(self, provider: Provider) -> None:
        news = struct({"apiKey": "a-key-of-this-test"})
        answer = provider._stub.CheckConfig(provider_pb2.CheckRequest(news=news))
        assert answer.inputs["apiKey"][SIGNATURE] == SECRET
        difference = provider._stub.DiffConfig(
            provider_pb2.DiffRequest(olds=answer.inputs, news=struct({"apiKey": "another-key-of-this-test"}))
        )
        assert difference.changes == provider_pb2.DiffResponse.DIFF_SOME
        assert list(difference.replaces) == []

    def test_a_key_in_a_secret_is_taken(self, sandbox: Sandbox) -> None:
        with Provider({"baseUrl": sandbox.base_url}) as provider:
            args = struct({"apiKey": secret(sandbox.user_key), "baseUrl": sandbox.base_url})
            answer = provider._stub.Configure(provider_pb2.ConfigureRequest(args=args))
            assert answer.acceptSecrets
            assert provider.check(DECLARED)[0]["order"]["status"] == "issued"


class TestFunctions:
    def call(self, provider: Provider, name: str, **args: Any) -> dict[str, Any]:
        request = provider_pb2.InvokeRequest(tok=f"digicert:index:{name}", args=struct(args))
        return plain(getattr(provider._call(provider._stub.Invoke, request), "return"))

    def test_read_the_account(self, provider: Provider, sandbox: Sandbox) -> None:
        request = sandbox.revoke(ORDER)
        order = self.call(provider, "getOrder", orderId=ORDER)
        assert (order["id"], order["productNameId"]) == (ORDER, sandbox.order(ORDER)["product"]["name_id"])
        assert order["revocation"] == f"request {request} is pending"
        certificates = self.call(provider, "getCertificates", orderId=sandbox.find("duplicates"))
        assert {"primary", "duplicate"} <= {each["role"] for each in certificates["certificates"]}
        found = self.call(provider, "listOrders", commonName=order["commonName"], maxResults=50)
        assert ORDER in {each["id"] for each in found["orders"]}
        serial_number = sandbox.order(ORDER)["certificate"]["serial_number"]
        [holder] = self.call(provider, "findOrders", serialNumbers=[serial_number])["orders"]
        assert (holder["id"], holder["found"][0]["serialNumber"]) == (ORDER, serial_number)

    @pytest.mark.parametrize(
        ("name", "args", "line"),
        [
            ("getOrder", {"orderId": "x"}, "getOrder: orderId must be the order's id"),
            ("getOrder", {"orderId": 5}, "order 5"),
            ("listOrders", {"commonName": "nowhere.example.com"}, "listOrders: no order matches"),
            ("listOrders", {"validTillBefore": "soon"}, "listOrders: validTillBefore must be a date"),
            (
                "findOrders",
                {},
                "findOrders: set at least one of serialNumbers, thumbprints, certificateFiles, keyFiles or hosts",
            ),
            ("revokeAll", {}, "digicert has no function revokeAll"),
        ],
    )
    def test_fail_in_one_line(self, provider: Provider, name: str, args: dict[str, Any], line: str) -> None:
        with pytest.raises(ProviderError) as caught:
            self.call(provider, name, **args)
        assert str(caught.value).startswith(line)
        assert "\n" not in str(caught.value)


class TestEngine:
    def test_is_told_what_the_plugin_is(self, provider: Provider) -> None:
        assert provider._stub.GetPluginInfo(empty_pb2.Empty()).version == _version.VERSION
        assert provider._stub.Handshake(provider_pb2.ProviderHandshakeRequest()).accept_secrets
        schema = json.loads(provider._stub.GetSchema(provider_pb2.GetSchemaRequest()).schema)
        assert schema["version"] == _version.VERSION

    def test_that_attaches_later_shows_messages_at_their_resource(
        self, sandbox: Sandbox, engine: Engine
    ) -> None:
        with Provider(sandbox.config(sandbox.admin_key)) as provider:
            provider._stub.Attach(plugin_pb2.PluginAttach(address=engine.address))
            provider.check({**DECLARED, "skipApproval": True})
            assert [each.urn for each in engine.told] == [provider._about]
            assert provider.lines == []

    def test_closes_the_plugin_by_an_interrupt_and_need_not_kill_it(
        self, sandbox: Sandbox, engine: Engine
    ) -> None:
        with (
            Provider(sandbox.config(), engine=engine.address) as provider,
            futures.ThreadPoolExecutor() as pool,
        ):
            wait = pool.submit(provider.create, {**DECLARED, "waitForDecision": 3600})
            wait_until(lambda: any("waiting up to" in each.message for each in engine.told))
            provider.process.send_signal(signal.SIGINT)
            with pytest.raises(ProviderError, match="the wait for its decision was cancelled"):
                wait.result()
            assert provider.process.wait(SECONDS) == 0

    def test_waits_of_many_do_not_keep_the_others_waiting(self, sandbox: Sandbox) -> None:
        orders = sandbox.plain(12)
        with Provider(sandbox.config()) as provider, futures.ThreadPoolExecutor(len(orders)) as pool:
            waits = [
                pool.submit(
                    provider.create, {"orderId": order, "comments": "Key leaked.", "waitForDecision": 600}
                )
                for order in orders
            ]
            wait_until(lambda: sum("waiting up to" in line for line in provider.lines) == len(orders))
            assert provider.check(DECLARED)[1] == []
            provider.cancel()
            for wait in waits:
                with pytest.raises(ProviderError, match="the wait for its decision was cancelled"):
                    wait.result()


def test_the_schema_is_that_of_the_classes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.reference.schema", "--check"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_plugin_loads_nothing_of_the_sdk_but_its_protocol() -> None:
    code = "import digicert_pulumi.native.server, sys; print('pulumi.output' in sys.modules, 'requests' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False"]
