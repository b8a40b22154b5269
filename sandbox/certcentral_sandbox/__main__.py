"""`python -m certcentral_sandbox`."""

import sys

from certcentral_sandbox.command import main

sys.exit(main())
