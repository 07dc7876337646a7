"""Who is measured: one line for each.

Owns the table. A new peer is an agent program, a client program and a line here.
"""

from __future__ import annotations

import attrs

from benchmarks._environments import Prepare, cargo_build, node_with, python_with, this_python


@attrs.frozen
class Peer:
    """A library whose client is measured against its own agent."""

    name: str
    title: str
    prepare: Prepare


_OURS = ("acp_trio", "trio", "attrs", "cattrs", "msgspec")
_PYTHON_SDK = ("agent-client-protocol", "pydantic", "pydantic-core")

PEERS = (
    Peer("acp_trio", "acp_trio", this_python("acp_trio", imports="acp_trio", distributions=_OURS)),
    Peer("floor", "trio floor", this_python("floor", imports="trio", distributions=("trio", "msgspec"))),
    Peer(
        "python-sdk",
        "Python SDK 0.12.1",
        python_with("agent-client-protocol==0.12.1", name="python_sdk", imports="acp", distributions=_PYTHON_SDK),
    ),
    Peer(
        "python-sdk-rc",
        "Python SDK 1.0.0rc3",
        python_with("agent-client-protocol==1.0.0rc3", name="python_sdk", imports="acp", distributions=_PYTHON_SDK),
    ),
    Peer("typescript-sdk", "TypeScript SDK 2.4.0", node_with("@agentclientprotocol/sdk@2.4.0", "zod@4.6.7")),
    Peer("rust-sdk", "Rust SDK 5.0.0", cargo_build("agent-client-protocol==5.0.0")),
)

TITLES = {peer.name: peer.title for peer in PEERS}


def select(names: str) -> tuple[Peer, ...]:
    """Return the peers named in a list like `floor,python-sdk`, in that order. Raises ValueError."""
    known = {peer.name: peer for peer in PEERS}
    unknown = [name for name in names.split(",") if name not in known]
    if unknown:
        raise ValueError(f"no such peer: {', '.join(unknown)}")
    return tuple(known[name] for name in names.split(","))
