"""The codec: what comes back, what is forgiven, and what is refused with its place."""
