"""Facts of two samples held against each other: the same three verdicts as for series."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobstats.compare.floor import Verdict
from lobstats.errors import InsufficientDataError
from lobstats.inference import Jackknife
from lobstats.result import Curve

__all__ = ["FactComparison", "compare_facts"]

_WIDEST = 1.5


@dataclass(frozen=True)
class FactComparison:
    """How far a fact differs, on the fact's own scale.

    Attributes
    ----------
    difference : float
        |g(real) - g(generated)|; for a curve at the point with the largest ratio.
    floor : float
        The difference that two samples of one market stay within at the level of the report; for a curve, all points
        together do.
    ratio : float or None
        None where the floor is zero and the difference is not.
    verdict : {"within noise", "close", "apart"}
    natural_variation : float
        The same difference between single real sessions, or halves of the only one.
    scale : str
        The scale g: linear, log, atanh or arcsine.
    at : float or None
        Where on a curve.
    at_label : str
        The same as text.
    flag : str or None
        Why the floor may be too low, None where nothing is known against it.
    """

    difference: float
    floor: float
    ratio: float | None
    verdict: Verdict
    natural_variation: float
    scale: str
    at: float | None
    at_label: str = ""
    flag: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain numbers, ready for JSON."""
        out: dict[str, Any] = {"difference": self.difference, "floor": self.floor, "ratio": self.ratio}
        if self.ratio is None:
            out["ratio_missing"] = "the floor is zero"
        return {
            **out,
            "verdict": self.verdict,
            "natural_variation": self.natural_variation,
            "scale": self.scale,
            "at": self.at,
            **({"at_label": self.at_label} if self.at_label else {}),
            "flag": self.flag,
        }


def compare_facts(
    real: Jackknife,
    generated: Jackknife,
    *,
    generated_units: int,
    nature: list[tuple[NDArray[np.bool_], NDArray[np.bool_]]],
    level: float,
) -> FactComparison:
    """Hold the difference of a fact against its noise.

    F = t sqrt(se_R^2 + se_G^2) with se_G at most 1.5 se_R sqrt(m / q), and one degree of freedom less than real units
    that say anything of the fact, or than q if that is less; a curve is judged at its worst point, with the
    level shared among its points (Bonferroni). A generated sample of fewer than five units lends the real one's error.

    Parameters
    ----------
    real, generated : Jackknife
        Of one fact, with one reference.
    generated_units : int
        How many real units the generated sample is worth, q.
    nature : list of pairs of masks, shape (m,) each
        Parts of the real sample whose difference is its natural variation.
    level : float

    Raises
    ------
    InsufficientDataError
        If the real error is not known, or two curves share no point.
    """
    from scipy.special import stdtrit

    if real.error is None or real.pseudo_values is None or real.telling is None:
        reason = "the real sample gives no interval"
        ci = real.fact.ci.to_dict() if real.fact.ci is not None else {}
        raise InsufficientDataError(f"{reason}: {ci['missing']}" if "missing" in ci else reason)
    x, at_real, at_generated = np.intersect1d(real.x, generated.x, return_indices=True)
    if isinstance(real.fact, Curve) and real.fact.labels and len(x) < len(real.x):
        lacking = ", ".join(real.fact.at(one) for one in np.setdiff1d(real.x, generated.x))
        msg = f"the generated sample tells nothing of {lacking}"
        raise InsufficientDataError(msg)
    if not len(x):
        msg = "the two curves share no point."
        raise InsufficientDataError(msg)
    m, q = len(real.pseudo_values), generated_units
    error_real = real.error[at_real]
    lent = error_real * math.sqrt(m / q)
    freedom = real.telling[at_real] - 1
    if generated.error is None:
        error_generated = lent
    else:
        error_generated = np.minimum(generated.error[at_generated], _WIDEST * lent)
        freedom = np.maximum(1, np.minimum(freedom, q - 1))
    shared = 1 - (1 - level) / len(x)
    floor = stdtrit(freedom, (1 + shared) / 2) * np.sqrt(error_real**2 + error_generated**2)
    difference = np.abs(real.value[at_real] - generated.value[at_generated])
    ratio = np.divide(difference, floor, out=np.where(difference > 0, np.inf, 0.0), where=floor > 0)
    pseudo = real.pseudo_values[:, at_real]
    variation = np.median([np.abs(pseudo[a].mean(axis=0) - pseudo[b].mean(axis=0)) for a, b in nature], axis=0)
    if (ratio <= 1).all():
        verdict: Verdict = "within noise"
    else:
        verdict = "apart" if ((ratio > 1) & (difference - floor > variation)).any() else "close"
    worst = int(np.argmax(ratio))
    return FactComparison(
        difference=float(difference[worst]),
        floor=float(floor[worst]),
        ratio=None if math.isinf(ratio[worst]) else float(ratio[worst]),
        verdict=verdict,
        natural_variation=float(variation[worst]),
        scale=real.fact.scale,
        at=float(x[worst]) if isinstance(real.fact, Curve) else None,
        at_label=real.fact.at(x[worst]) if isinstance(real.fact, Curve) and real.fact.labels else "",
    )
