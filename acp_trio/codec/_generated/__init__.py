"""Written by `python -m acp_trio.codec._generate`; do not edit."""
