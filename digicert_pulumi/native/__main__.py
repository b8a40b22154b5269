"""`python -m digicert_pulumi.native`: what `pulumi-resource-digicert` is."""

import sys

from digicert_pulumi.native.plugin import main

sys.exit(main())
