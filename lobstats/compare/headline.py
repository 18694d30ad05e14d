"""The verdict on a sample in words, and the counts that it rests on, as every form of the report tells them."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lobstats.compare.distances import SERIES
from lobstats.compare.facts import FactComparison
from lobstats.compare.floor import SeriesComparison, Verdict
from lobstats.compare.messages import FAMILY as MESSAGES
from lobstats.metrics import FAMILIES

if TYPE_CHECKING:
    from lobstats.compare.results import Described, Generated

__all__ = ["VERDICTS", "Headline", "Judged", "headline", "judged_rows", "tally"]

VERDICTS: tuple[Verdict, ...] = ("apart", "close", "within noise")
"""The worst first."""


@dataclass(frozen=True)
class Judged:
    """A row of the report, by full name of the fact or name of the series, with its verdict or why there is none."""

    name: str
    family: str
    verdict: Verdict | None
    ratio: float | None
    reason: str
    kind: Literal["fact", "series"]

    @property
    def order(self) -> tuple[int, float]:
        """The farthest first: by verdict, then by ratio, over a floor of zero before all others."""
        place = len(VERDICTS) if self.verdict is None else VERDICTS.index(self.verdict)
        return place, -(float("inf") if self.ratio is None else self.ratio)


@dataclass(frozen=True)
class Headline:
    """What is said of a sample in one sentence, around the name of the real side.

    Attributes
    ----------
    verdict : {"apart", "close", "within noise"} or None
        Its tone; None where nothing but the messages could be judged.
    before, after : str
        The sentence without its subject, before and after the name of the real side.
    """

    verdict: Verdict | None
    before: str
    after: str

    def sentence(self, against: str) -> str:
        """Return what is said of the sample, to be put behind its name."""
        return f"{self.before} {against}{self.after}"


def judged_rows(real: "Described", sample: "Generated") -> list[Judged]:
    """Return every row of a sample, facts first, in the order of the report."""
    rows = []
    for name in real.facts:
        found, family = sample.comparisons[name], name.split(".")[0]
        if isinstance(found, FactComparison):
            rows.append(Judged(name, family, found.verdict, found.ratio, "", "fact"))
        else:
            rows.append(Judged(name, family, None, None, found.reason, "fact"))
    for name, one in sample.distances.items():
        family = SERIES[name].family
        if isinstance(one, SeriesComparison):
            rows.append(Judged(name, family, one.verdict, one.joint, one.missing or "", "series"))
        else:
            rows.append(Judged(name, family, None, None, one.reason, "series"))
    return rows


def tally(real: "Described", sample: "Generated") -> dict[str, Counter[Verdict | None]]:
    """Return how many rows of each family have each verdict, under None how many have none; only families with rows."""
    counts: dict[str, Counter[Verdict | None]] = {family: Counter() for family in (*FAMILIES, MESSAGES)}
    for row in judged_rows(real, sample):
        counts[row.family][row.verdict] += 1
    return {family: own for family, own in counts.items() if own}


def headline(real: "Described", sample: "Generated") -> Headline:
    """Say in one sentence how good a sample is: how many rows are apart and in which families, or how many are close.

    Examples
    --------
    >>> import numpy as np
    >>> from lobstats.compare import compare
    >>> from lobstats.simulate import Market, simulate
    >>> market = simulate(Market(n_sessions=5, session_seconds=120), rng=np.random.default_rng(1))
    >>> result = compare(real=market, generated=market)
    >>> headline(result.real, result.generated[0]).sentence("the market")[:36]
    'has no row apart from the market, al'
    """
    counts = tally(real, sample)
    total = sum(counts.values(), Counter[Verdict | None]())
    judged = total["apart"] + total["close"] + total["within noise"]
    elsewhere = any(own[verdict] for family, own in counts.items() if family != MESSAGES for verdict in VERDICTS)
    if not total["apart"] and not elsewhere:
        # Faultless messages do not make a sample good that shows nothing else.
        reasons = Counter(row.reason for row in judged_rows(real, sample) if row.verdict is None)
        why = reasons.most_common(1)[0][0].removeprefix("generated: ")
        return Headline(None, "cannot be held against", f": {why}.")
    if total["apart"]:
        where = ", ".join(f"{family} {own['apart']}" for family, own in counts.items() if own["apart"])
        return Headline("apart", "is apart from", f" in {total['apart']} of {judged} rows: {where}.")
    # A perfect model is close here and there: at 95 % in one row of twenty.
    tone: Verdict = "close" if total["close"] > total["within noise"] else "within noise"
    rest = f"{total['close']} of {judged} close" if total["close"] else f"all {judged} within noise"
    return Headline(tone, "has no row apart from", f", {rest}.")
