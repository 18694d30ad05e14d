"""Return tails: how fast large moves become rare.

Moves live on a lattice, where the plain Hill estimator jumps with the place of the threshold; the grouped Pareto
likelihood knows that a value stands for an interval. A tail of fewer than ten distinct values tells nothing about an
index, and is refused.
"""

from lobstats.metrics.tails.exceedance import exceedance
from lobstats.metrics.tails.order_statistics import hill_curve, hill_index
from lobstats.metrics.tails.pareto import pareto_curve, pareto_index
from lobstats.metrics.tails.threshold import Tail

__all__ = ["Tail", "exceedance", "hill_curve", "hill_index", "pareto_curve", "pareto_index"]
