"""The verdict on a sample in words, and the counts that it rests on, as every form of the report tells them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from lobstats.compare.distances import SERIES
from lobstats.compare.facts import FactComparison
from lobstats.compare.floor import SeriesComparison, Verdict
from lobstats.compare.messages import FAMILY as MESSAGES
from lobstats.metrics import FAMILIES, SHOWN

if TYPE_CHECKING:
    from lobstats.compare.results import Described, Generated

__all__ = ["VERDICTS", "Headline", "Judged", "Tone", "headline", "judged_rows", "opening", "tally"]

VERDICTS: tuple[Verdict, ...] = ("apart", "close", "within noise")
"""The worst first."""

Tone: TypeAlias = Verdict | Literal[""]
"""The verdict on a sample as a whole; "" where nothing but its messages could be judged."""

_WORDS: dict[Tone, str] = {
    "apart": "does not behave like {real}",
    "close": "comes close to {real}",
    "within noise": "cannot be told from {real}",
    "": "cannot be held against {real}",
}


_APART, _CLOSE = 50, 10  # more than one of so many rows
_FAR = 3.0  # times the floor, where a single row suffices
_UNKNOWN = 4  # of so many judged rows one without a verdict is worth a word
_FEW = 20  # of fewer rows chance puts none apart


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
    """What is said of a sample.

    Attributes
    ----------
    tone : {"apart", "close", "within noise", ""}
        The verdict on the sample as a whole; "" where nothing but its messages could be judged.
    counted : str
        The rows that it rests on, or why there are none, in a sentence or two.
    """

    tone: Tone
    counted: str

    def words(self, real: str) -> str:
        """Return the verdict in words, to be put behind the sample's name."""
        return _WORDS[self.tone].format(real=real)


def opening(told: Sequence[tuple[str, Tone]], real: str) -> str:
    """Return the verdict on all samples, each a name and its tone, in one sentence without a full stop.

    Examples
    --------
    >>> opening([("mine", "within noise"), ("yours", "apart")], "the market")
    '1 of 2 models cannot be told from the market: mine'
    """
    if len(told) == 1:
        return f"{told[0][0]} {_WORDS[told[0][1]].format(real=real)}"
    good, near = ([name for name, tone in told if tone == wanted] for wanted in ("within noise", "close"))
    if len(good) == len(told):
        return f"None of {len(told)} models can be told from {real}"
    if not good and not near:
        judged = sum(bool(tone) for _, tone in told)
        if judged == len(told):
            return f"None of {judged} models behaves like {real}"
        return f"None of {len(told)} models is shown to behave like {real}, {len(told) - judged} not judged"
    said = [f"cannot be told from {real}: {', '.join(good)}"] if good else []
    if near:
        said.append(f"close: {', '.join(near)}" if good else f"come close to {real}: {', '.join(near)}")
    return f"{len(good or near)} of {len(told)} models {'; '.join(said)}"


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
    """Say how good a sample is.

    Chance alone puts some rows beyond the noise, and of some two hundred now and then two just apart: a sample is told
    apart where more than one row and more than one in fifty is, or one by three floors, or one of fewer than twenty;
    close where more than one in ten is beyond the noise. By its messages alone a sample can be told apart, and is not
    called good.

    Examples
    --------
    >>> import numpy as np
    >>> from lobstats.compare import compare
    >>> from lobstats.simulate import Market, simulate
    >>> market = simulate(Market(n_sessions=5, session_seconds=120), rng=np.random.default_rng(1))
    >>> result = compare(real=market, generated=market)
    >>> headline(result.real, result.generated[0]).words("the market")
    'cannot be told from the market'
    """
    counts = tally(real, sample)
    total = sum(counts.values(), Counter[Verdict | None]())
    apart, close = total["apart"], total["close"]
    judged = apart + close + total["within noise"]
    elsewhere = any(own[verdict] for family, own in counts.items() if family != MESSAGES for verdict in VERDICTS)
    if not elsewhere and not apart:
        # Faultless messages do not make a sample good that shows nothing else.
        reasons = Counter(row.reason for row in judged_rows(real, sample) if row.verdict is None)
        why = reasons.most_common(1)[0][0].removeprefix("generated: ")
        return Headline("", f"{why[:1].upper()}{why[1:]}.")
    tone: Tone = "close" if apart + close > judged / _CLOSE else "within noise"
    rows = judged_rows(real, sample)
    far = any(row.verdict == "apart" and (row.ratio or 0) >= _FAR for row in rows)
    if far or not elsewhere or apart > max(judged >= _FEW, judged / _APART):
        tone = "apart"
    if apart:
        where = ", ".join(f"{family} {own['apart']}" for family, own in counts.items() if own["apart"])
        counted = f"{apart} of {judged} rows apart ({where}), {close} close."
    else:
        counted = f"No row of {judged} apart, {close} close." if close else f"All {judged} rows within noise."
    chance = " Chance alone does as much." if tone == "within noise" and apart + close else ""
    unknown = sum(row.verdict is None and row.name not in SHOWN for row in rows)
    short = f" {unknown} more cannot be judged: there is too little data." if unknown > judged / _UNKNOWN else ""
    return Headline(tone, counted + chance + short)
