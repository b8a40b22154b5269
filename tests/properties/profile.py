"""How long the property tests search.

`PROPERTY_EXAMPLES=50` makes them try 50 times as many examples, and others at every run, and look for the smallest
one that fails. Without it they are short, and the same at every run; with `CI=true` there are five times as many.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

_HUNT = "PROPERTY_EXAMPLES" in os.environ

FACTOR = int(os.environ.get("PROPERTY_EXAMPLES", "5" if os.environ.get("CI") else "1"))


def search(examples: int, steps: int = 50) -> settings:
    """Return the settings of a test that tries so many examples in its short form, of so many steps at most."""
    return settings(
        max_examples=examples * FACTOR,
        derandomize=not _HUNT,
        database=None,
        print_blob=True,
        phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if _HUNT else [])],
        suppress_health_check=list(HealthCheck),
        stateful_step_count=steps,
    )
