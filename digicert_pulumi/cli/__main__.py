"""`python -m digicert_pulumi.cli`."""

import sys

from digicert_pulumi.cli import main

sys.exit(main())
