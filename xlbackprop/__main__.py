"""`python -m xlbackprop` is the same as `xlbackprop`."""

import sys

from xlbackprop.cli import main

sys.exit(main())
