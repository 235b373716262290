"""`python -m tests.newsweb`."""

import sys

from tests.newsweb.cli import main

sys.exit(main())
