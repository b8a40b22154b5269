"""Run the plugin `pulumi-resource-digicert`: `python -m digicert_pulumi.native`."""

import sys

from digicert_pulumi.native.server import main

sys.exit(main())
