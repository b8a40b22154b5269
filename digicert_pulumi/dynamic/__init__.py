"""The front end for Python programs: dynamic providers.

Every user's state contains the module path and class name of each provider. They never change.
"""

from digicert_pulumi.dynamic import shadowing

shadowing.keep_apart()
