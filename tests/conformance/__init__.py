"""The conformance kit, held against agents and clients that are known to be right, or wrong in one way."""
