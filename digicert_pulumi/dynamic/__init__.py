"""The front end: Pulumi's dynamic provider protocol.

The module path and class name of each provider are stored in every user's state. They never change.
"""

from digicert_pulumi.dynamic import shadowing

shadowing.keep_apart()
