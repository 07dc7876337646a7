"""Proxies, alone and in a row: what they take, what they let through, and how they end."""
