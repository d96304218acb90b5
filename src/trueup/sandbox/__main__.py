"""``python -m trueup.sandbox`` opens a shop on 127.0.0.1."""

import sys

from trueup.sandbox.cli import main

if __name__ == "__main__":
    sys.exit(main())
