"""What the server of `nursery` has imported when it forks. Nothing here may start a thread, which a fork does not copy."""

import gc
from importlib import import_module
from pathlib import Path

_THREADS = Path("/proc/self/task")

for _name in (
    "dill",
    "grpc._server",
    "pulumi.dynamic",
    "pulumi.runtime.proto.provider_pb2_grpc",
    "pulumi.runtime.rpc",
    "digicert_pulumi.cli",
    "digicert_pulumi.certcentral.session",
    "digicert_pulumi.dynamic.certificate_revocation",
    "digicert_pulumi.dynamic.order_revocation",
    "digicert_pulumi.dynamic.revocation_decision",
    "digicert_pulumi.runtime.connection",
    "certcentral_sandbox.command",
    "stamina.instrumentation",
    "support.nursery",
):
    import_module(_name)
assert not _THREADS.exists() or len(list(_THREADS.iterdir())) == 1
gc.freeze()  # or the first collection of each process copies every page of the server's
