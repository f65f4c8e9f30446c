"""``python -m compgraph``: the command ``compgraph``."""

import sys

from compgraph.cli import main

if __name__ == "__main__":
    sys.exit(main())
