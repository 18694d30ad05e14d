"""What each record does: the changes that a fill brings about are told apart from those that an order's owner makes.

An execution reaches a stream as a fill and the cancel or modify of the filled order that follows at the same time. To
count these as cancels is to call a busy market a fickle one.
"""

import numpy as np
from numpy.typing import NDArray

from lobstats.book import Book
from lobstats.events.codec import Events, kinds
from lobstats.events.layout import Kind

__all__ = ["ACTIONS", "actions"]

ACTIONS = ("add", "cancel", "modify", "trade", "fill", "cancel by fill", "modify by fill")
"""What a live record does; the last two belong to an order that is filled in the same happening."""

_PLAIN = (Kind.ADD, Kind.CANCEL, Kind.MODIFY, Kind.TRADE, Kind.FILL)
_BY_FILL = {Kind.CANCEL: ACTIONS.index("cancel by fill"), Kind.MODIFY: ACTIONS.index("modify by fill")}


def actions(events: Events, book: Book) -> NDArray[np.int8]:
    """Return the place in `ACTIONS` of what each record does, -1 outside live trading and for depth.

    Parameters
    ----------
    events : ndarray of dtype PACKED, shape (n,)
    book : Book
        The replay of the same events.

    Returns
    -------
    ndarray of int8, shape (n,)

    Examples
    --------
    >>> from lobstats.book import replay
    >>> from lobstats.events.codec import assemble
    >>> kind = [Kind.ADD, Kind.TRADE, Kind.FILL, Kind.CANCEL]
    >>> eaten = assemble(kind=kind, side=[1, -1, 1, 1], order_id=[7, 0, 7, 7], exch_ts=[1, 5, 5, 5], px=9.0, qty=2)
    >>> [ACTIONS[code] for code in actions(eaten, replay(eaten, tick_size=1.0))]
    ['add', 'trade', 'fill', 'cancel by fill']
    """
    kind = kinds(events)
    live = book.happening >= 0
    found = np.full(len(events), -1, dtype=np.int8)
    for code, own in enumerate(_PLAIN):
        found[live & (kind == own)] = code
    filled = np.flatnonzero(live & (kind == Kind.FILL))
    if len(filled):
        orders = _order_in_happening(events, book, filled)
        trading = np.zeros(len(book.time), dtype=bool)
        trading[book.happening[filled]] = True
        for own, code in _BY_FILL.items():
            at = np.flatnonzero(live & (kind == own))
            at = at[trading[book.happening[at]]]  # few of many, so that little is left to look up
            found[at[np.isin(_order_in_happening(events, book, at), orders)]] = code
    return found


def _order_in_happening(events: Events, book: Book, at: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return a number for each record that tells its order and happening."""
    return (book.happening[at].astype(np.uint64) << np.uint64(32)) | events["order_id"][at].astype(np.uint64)
