"""Return tails: how fast large moves become rare, whether they cluster, and how the moves become Gaussian.

Moves live on a lattice, where the plain Hill estimator jumps with the place of the threshold; the grouped Pareto
likelihood knows that a value stands for an interval. A tail of fewer than ten distinct values tells nothing about an
index, and is refused.
"""

from lobstats.metrics.tails.bias_reduced import bias_reduced_hill_index
from lobstats.metrics.tails.exceedance import exceedance, gain_loss_asymmetry
from lobstats.metrics.tails.extremal import extremal_index, extremal_index_curve
from lobstats.metrics.tails.gpd import gpd_shape
from lobstats.metrics.tails.intermittency import intermittency, intermittency_curve
from lobstats.metrics.tails.ks_minimum import ks_minimum_fraction, ks_minimum_index
from lobstats.metrics.tails.kurtosis import kurtosis, kurtosis_curve, kurtosis_decay
from lobstats.metrics.tails.normality import deviation_tail_curve
from lobstats.metrics.tails.order_statistics import hill_curve, hill_index, moment_shape, pickands_shape
from lobstats.metrics.tails.pareto import pareto_curve, pareto_index
from lobstats.metrics.tails.skewness import skewness, skewness_curve
from lobstats.metrics.tails.threshold import Tail

__all__ = [
    "Tail",
    "bias_reduced_hill_index",
    "deviation_tail_curve",
    "exceedance",
    "extremal_index",
    "extremal_index_curve",
    "gain_loss_asymmetry",
    "gpd_shape",
    "hill_curve",
    "hill_index",
    "intermittency",
    "intermittency_curve",
    "ks_minimum_fraction",
    "ks_minimum_index",
    "kurtosis",
    "kurtosis_curve",
    "kurtosis_decay",
    "moment_shape",
    "pareto_curve",
    "pareto_index",
    "pickands_shape",
    "skewness",
    "skewness_curve",
]
