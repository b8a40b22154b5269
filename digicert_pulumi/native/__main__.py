"""`python -m digicert_pulumi.native`: what the plugin `pulumi-resource-digicert` runs."""

import sys

from digicert_pulumi.native.plugin import main

sys.exit(main())
