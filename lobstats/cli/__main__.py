"""``python -m lobstats.cli`` is ``lobstats``."""

import sys

from lobstats.cli import main

if __name__ == "__main__":
    sys.exit(main())
