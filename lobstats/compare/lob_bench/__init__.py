"""LOB-Bench's scores in two forms: as it publishes them, and corrected.

P. Nagy et al., "LOB-Bench: Benchmarking Generative AI for Finance - an Application to Limit Order Book Data", ICML
2025, arXiv:2502.09172.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from lobstats.compare.lob_bench.compat import Published, divergence, published_scores
from lobstats.compare.lob_bench.impact import ImpactCurve, compare_impact
from lobstats.compare.lob_bench.judged import Judged, censored, judge_conditional, judge_scores, score_over_topics
from lobstats.compare.lob_bench.scores import CONDITIONAL, SCORES
from lobstats.compare.lob_bench.sequences import LobsterSequence, Sequences, as_sequences, refuse_same_files

__all__ = ["CONDITIONAL", "SCORES", "ImpactCurve", "LobBench", "LobsterSequence", "Published", "lob_bench"]

Step: TypeAlias = Callable[[str], None]

SCHEMA = "lobstats.lob-bench/1"


@dataclass(frozen=True, repr=False)
class LobBench:
    """What LOB-Bench says of a generated sample, and what can be said.

    Attributes
    ----------
    sequences, messages : tuple of int
        Of the real and of the generated side.
    published : dict of str to Published
        All 21 scores and the three conditional ones, as LOB-Bench gives them.
    judged : dict of str to SeriesComparison or Missing
        The corrected form of the 21 scores.
    conditional : dict of str to dict
        That of the conditional ones, by class.
    divergence : dict of str to dict
        L1 of each block of ``horizon`` messages against all of the real side, by score, for ``real`` and ``generated``.
    horizon : int
    impact : dict of str to ImpactCurve
    kept_apart : tuple of dict
        For each side, what the corrected form leaves out or counts apart, as shares.
    level : float
    """

    sequences: tuple[int, int]
    messages: tuple[int, int]
    published: dict[str, Published]
    judged: dict[str, Judged]
    conditional: dict[str, dict[str, Judged]]
    divergence: dict[str, dict[str, list[float | None]]]
    horizon: int
    impact: dict[str, ImpactCurve]
    kept_apart: tuple[dict[str, float | None], dict[str, float | None]]
    level: float

    def __repr__(self) -> str:
        return f"<LobBench of {self.sequences[1]:,} generated sequences against {self.sequences[0]:,} real ones>"

    def summary(self) -> dict[str, dict[str, float | None]]:
        """Return what LOB-Bench sums its tables up by: mean and median of each distance over the 21 scores.

        A score that a side has no value of makes them None, and is not passed over.
        """
        out: dict[str, dict[str, float | None]] = {}
        for distance in ("l1", "wasserstein"):
            values = [getattr(self.published[name], distance) for name in SCORES]
            whole = all(value is not None for value in values)
            out[distance] = {
                name: float(of(values)) if whole else None for name, of in (("mean", np.mean), ("median", np.median))
            }
        return out

    @property
    def score(self) -> float | None:
        """How far the sample is from the market in floors, each topic counted once; None where a score is missing."""
        return score_over_topics(self.judged)

    @property
    def mean_impact_difference(self) -> float | None:
        """The mean over the six classes of LOB-Bench's summed differences; None where one is missing."""
        sums = [curve.sum_abs_diff for curve in self.impact.values()]
        return None if any(one is None for one in sums) else float(np.mean([one for one in sums if one is not None]))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers and text, ready for JSON."""
        scores = {
            name: {
                "published": self.published[name].to_dict(),
                "corrected": self.judged[name].to_dict(),
                "unit": one.unit,
                "differs": one.differs,
            }
            for name, one in SCORES.items()
        }
        conditional = {
            name: {
                "published": self.published[name].to_dict(),
                "corrected": {label: found.to_dict() for label, found in self.conditional[name].items()},
                "differs": one.differs,
            }
            for name, one in CONDITIONAL.items()
        }
        sides = ("real", "generated")
        return {
            "schema": SCHEMA,
            "level": self.level,
            "sequences": dict(zip(sides, self.sequences, strict=True)),
            "messages": dict(zip(sides, self.messages, strict=True)),
            "summary": self.summary() | {"corrected": {"score": self.score}},
            "scores": scores,
            "conditional": conditional,
            "divergence": {"horizon": self.horizon, "l1": self.divergence},
            "impact": {
                "mean_sum_abs_diff": self.mean_impact_difference,
                "curves": {name: curve.to_dict() for name, curve in self.impact.items()},
            },
            "kept_apart": dict(zip(sides, self.kept_apart, strict=True)),
        }


def lob_bench(
    *,
    real: Sequences | str | Path,
    generated: Sequences | str | Path,
    horizon: int = 100,
    tick: int | None = None,
    level: float = 0.95,
    seed: int = 0,
    step: Step = lambda text: None,
) -> LobBench:
    """Score generated LOBSTER sequences as LOB-Bench does, and as its scores should be read.

    The published form is exact: bins and scale of both samples pooled, no noise floor. In the corrected form bins and
    scale are the real side's, whole sequences are the units, nothing missing counts as perfect, and each distance is
    held against that between two real samples.

    Parameters
    ----------
    real, generated : path or sequence of LobsterSequence
        Of a path, the folder ``data_real`` or ``data_gen`` in it or below it; or a folder of message and book files.
    horizon : int
        Messages in a block of the divergence.
    tick : int, optional
        In 1e-4 of the currency; the real side's otherwise.
    level : float
        Of floors.
    seed : int
        Of the resampling.
    step : callable, optional
        Told what is about to be done, for a progress display.

    Returns
    -------
    LobBench

    Raises
    ------
    DecodeError
        If a file is missing or a cell does not hold what it should; the text names the file and the line.

    Examples
    --------
    >>> import numpy as np
    >>> messages = [[34200.1, 1, 7, 100, 5000100, 1], [34200.2, 3, 7, 100, 5000100, 1]]
    >>> book = [[5000300, 100, 5000100, 200], [5000300, 100, 5000000, 300]]
    >>> day = LobsterSequence.of(messages, book)
    >>> found = lob_bench(real=[day] * 6, generated=[day] * 6)
    >>> found.published["spread"].l1, found.judged["spread"].verdict
    (0.0, 'within noise')
    """
    if horizon < 1:
        msg = f"`horizon` must be at least 1, got {horizon}."
        raise ValueError(msg)
    refuse_same_files(real, generated)
    step("reading the real sequences")
    first = as_sequences(real, "real")
    step("reading the generated sequences")
    second = as_sequences(generated, "generated")
    step("scoring as LOB-Bench does")
    published = published_scores(first, second)
    step("judging the scores")
    judged = judge_scores(first, second, level=level, seed=seed)
    step("judging the conditional scores")
    conditional = judge_conditional(first, second, level=level, seed=seed)
    step("measuring the divergence")
    diverging = divergence(first, second, horizon)
    step("measuring responses")
    impact = compare_impact(first, second, tick=tick, level=level, seed=seed)
    return LobBench(
        sequences=(len(first), len(second)),
        messages=(sum(map(len, first)), sum(map(len, second))),
        published=published,
        judged=judged,
        conditional=conditional,
        divergence=diverging,
        horizon=horizon,
        impact=impact,
        kept_apart=(censored(first), censored(second)),
        level=level,
    )
