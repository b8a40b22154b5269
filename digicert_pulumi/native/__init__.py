"""The front end for every Pulumi language: the plugin `pulumi-resource-digicert`, on Pulumi's provider protocol.

Of the SDK, it imports only the protocol's messages: with the packages around them it would take twice as long to start.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from types import ModuleType

for _package in ("pulumi", "pulumi.runtime"):
    if _package not in sys.modules and (_spec := find_spec(_package)):
        _stub = ModuleType(_package)
        _stub.__path__ = list(_spec.submodule_search_locations or ())
        sys.modules[_package] = _stub
