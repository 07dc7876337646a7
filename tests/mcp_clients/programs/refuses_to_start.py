"""A server that has something to say, and ends."""

import os
import sys

sys.exit(f"no access with the key {os.environ['KEY']}")
