"""How long the property tests search.

`PROPERTY_EXAMPLES=50` makes them try 50 times as many examples, and others at every run, and look for the smallest
one that fails. Without it they are short, and the same at every run.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

FACTOR = int(os.environ.get("PROPERTY_EXAMPLES", "1"))


def search(examples: int, steps: int = 50) -> settings:
    """Return the settings of a test that tries so many examples in its short form, of so many steps at most."""
    return settings(
        max_examples=examples * FACTOR,
        derandomize=FACTOR == 1,
        database=None,
        print_blob=True,
        phases=[Phase.generate] if FACTOR == 1 else [Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        stateful_step_count=steps,
    )
