"""Benchmarks: acp_trio, its peers and a floor, interleaved, real child processes over real pipes.

Run as `python -m benchmarks`. Nothing here is part of the library, and nothing here is a timed test.
"""
