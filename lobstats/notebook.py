"""Small tables as a notebook shows them: static, every cell escaped, no style but its own."""

import html
import math
from collections.abc import Sequence

__all__ = ["Cell", "interval_text", "number_text", "table"]

Cell = str | tuple[str, str]
"""The text of a cell, alone or with the CSS of its text."""

_ALIGN = {"l": "left", "r": "right"}
_MINUS = "\N{MINUS SIGN}"


def table(head: Sequence[str], rows: Sequence[Sequence[Cell]], align: str, *, most: int | None = None) -> str:
    """Return rows as an HTML table.

    Parameters
    ----------
    head : sequence of str
    rows : sequence of sequence of str or (str, str)
        Texts, of which each may come with the CSS that it is written in.
    align : str
        "l" or "r" for each column.
    most : int, optional
        How many rows are shown; of more, the first and the last ones.

    Examples
    --------
    >>> table(["<x>"], [["1"]], "r")
    '<table><tr><th style="text-align: right">&lt;x&gt;</th></tr><tr><td style="text-align: right">1</td></tr></table>'
    """
    shown = list(rows)
    if most is not None and len(shown) > most:
        shown = [*shown[: most // 2], ["…"] * len(head), *shown[len(shown) - most // 2 :]]
    lines = [_line("th", head, align), *(_line("td", row, align) for row in shown)]
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def number_text(value: float, half_width: float = math.nan) -> str:
    """Return a number to two digits of the half width of its interval, to three of its own where it has none.

    Examples
    --------
    >>> number_text(3.19134, 0.42), number_text(3.19134), number_text(-0.0000123)
    ('3.19', '3.19', '−1.23e−05')
    """
    if not (math.isfinite(half_width) and half_width > 0):
        return f"{value:.3g}".replace("-", _MINUS) if abs(value) < 999.5 else _grouped(value, 0)
    digits = 1 - math.floor(math.log10(half_width))
    return f"{value:.3g}".replace("-", _MINUS) if digits > 6 else _grouped(value, max(digits, 0))


def interval_text(value: float, low: float, high: float) -> str:
    """Return a number and its interval to the same digits.

    Examples
    --------
    >>> interval_text(3.19134, 2.8, 3.62)
    '3.19 [2.80, 3.62]'
    """
    half_width = (high - low) / 2
    return f"{number_text(value, half_width)} [{number_text(low, half_width)}, {number_text(high, half_width)}]"


def _grouped(value: float, digits: int) -> str:
    return f"{value:.3g}" if abs(value) >= 1e9 else f"{value:,.{digits}f}".replace("-", _MINUS)


def _line(tag: str, cells: Sequence[Cell], align: str) -> str:
    pairs = [cell if isinstance(cell, tuple) else (cell, "") for cell in cells]
    styles = [
        f"text-align: {_ALIGN[side]}{'; ' if css else ''}{css}" for side, (_, css) in zip(align, pairs, strict=True)
    ]
    return "".join(
        f'<{tag} style="{style}">{html.escape(text)}</{tag}>' for style, (text, _) in zip(styles, pairs, strict=True)
    )
