"""How fast agents are, compared: each in turns with the others, over what any agent can do."""

from ._bench import bench_agents as bench_agents
from ._figures import FIGURES as FIGURES
from ._figures import AgentFigures as AgentFigures
from ._figures import Figure as Figure
from ._figures import Spread as Spread
from ._plot import as_svg as as_svg
from ._table import as_table as as_table

__all__ = ["FIGURES", "AgentFigures", "Figure", "Spread", "as_svg", "as_table", "bench_agents"]
