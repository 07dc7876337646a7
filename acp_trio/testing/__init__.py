"""For tests of agents and clients: both in memory, a scripted peer, faults and cancellations, a check for leaks."""

from ._cancelling import CancelPoints as CancelPoints
from ._cancelling import Scene as Scene
from ._cancelling import cancel_everywhere as cancel_everywhere
from ._cancelling import count_points as count_points
from ._faulty import Faults as Faults
from ._faulty import faulty as faulty
from ._leaks import no_leaks as no_leaks
from ._pair import Pair as Pair
from ._pair import open_pair as open_pair
from ._scripted import ScriptedPeer as ScriptedPeer
from ._scripted import scripted_peer as scripted_peer
from ._wire import Wire as Wire
from ._wire import WireMessage as WireMessage

__all__ = [
    "CancelPoints",
    "Faults",
    "Pair",
    "Scene",
    "ScriptedPeer",
    "Wire",
    "WireMessage",
    "cancel_everywhere",
    "count_points",
    "faulty",
    "no_leaks",
    "open_pair",
    "scripted_peer",
]
