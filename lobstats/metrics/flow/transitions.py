"""Which kind of event follows which, and how much one tells of the next."""

import numpy as np
from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.transitions import STEPS, Transitions

__all__ = ["transition_information", "transition_probabilities"]

_LEAST = 30
_BASIS = Basis("event time", "one record", "pairs of successive records")
_LABELS = tuple(f"{earlier} -> {later}" for earlier in STEPS for later in STEPS)


def transition_probabilities(transitions: Transitions | ArrayLike) -> Curve:
    """Probability of each kind of event after each kind.

    p(j | i) = n_ij / sum_j n_ij with n_ij the records of kind i that one of kind j follows within a stretch. A cancel
    or modify of an order that is filled at the same time is a kind of its own; fills, its other half, are left out.

    Parameters
    ----------
    transitions : Transitions or array_like of int, shape (n,)
        Places in `STEPS` of successive records.

    Returns
    -------
    Curve
        Over the pairs of kinds; ``n`` counts records of the first. Kinds with fewer than 30 are left out, and pairs
        that never occur are.

    Raises
    ------
    InsufficientDataError
        If every kind is.

    Notes
    -----
    A time at which much happens is one happening here, but its records follow each other: what a trade brings about is
    seen right after it.

    References
    ----------
    Own definition: plain shares, the maximum of the likelihood of a Markov chain.

    Examples
    --------
    >>> curve = transition_probabilities([0, 1] * 50)
    >>> curve.at(curve.x[0]), float(curve.value[0])
    ('add -> cancel', 1.0)
    """
    counts = Transitions.of(transitions).counts
    left = counts.sum(axis=1)
    used = np.flatnonzero((counts > 0) & (left >= _LEAST)[:, None])
    if not len(used):
        msg = f"{left.max()} transitions from one kind; {_LEAST} are needed."
        raise InsufficientDataError(msg)
    earlier = used // len(STEPS)
    share = counts.ravel()[used] / left[earlier]
    x = used.astype(np.float64)
    return Curve(x, share, left[earlier], "", "", scale="arcsine", basis=_BASIS, labels=_LABELS)


def transition_information(transitions: Transitions | ArrayLike) -> Estimate:
    """Mutual information between the kinds of successive events.

    sum_ij p_ij log2(p_ij / (p_i p_j)): how many bits the kind of a record tells of that of the next; 0 where they are
    independent, and no more than the entropy of the kinds.

    Parameters
    ----------
    transitions : Transitions or array_like of int, shape (n,)
        Places in `STEPS` of successive records.

    Returns
    -------
    Estimate
        In bits.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 transitions, or only one kind.

    Notes
    -----
    Chance alone makes it positive, by about (r - 1) (c - 1) / (2 n ln 2) bits with r and c the numbers of kinds: 0.0018
    bits for 10,000 records of six kinds. It is not taken off.

    References
    ----------
    T. M. Cover, J. A. Thomas, "Elements of Information Theory", Wiley 2006, doi:10.1002/047174882X.

    Examples
    --------
    >>> round(float(transition_information([0, 1] * 50)), 3)
    1.0
    """
    counts = Transitions.of(transitions).counts
    n = int(counts.sum())
    if n < _LEAST:
        msg = f"{n} transitions; {_LEAST} are needed."
        raise InsufficientDataError(msg)
    p = counts / n
    product = p.sum(axis=1)[:, None] * p.sum(axis=0)
    if (product > 0).sum() < 2:
        msg = "all events are of one kind."
        raise InsufficientDataError(msg)
    seen = p > 0
    bits = float((p[seen] * np.log2(p[seen] / product[seen])).sum())
    return Estimate(max(bits, 0.0), n, "bits", basis=_BASIS)
