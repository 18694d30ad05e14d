"""A small figure for each stylised fact: the real side with its band, and every generated sample."""

from dataclasses import replace

from lobstats.compare import Comparison
from lobstats.report.catalogue import Entry, entries
from lobstats.report.catalogue_lines import plot_of
from lobstats.report.drawing import Frame
from lobstats.report.figures import Figure, draw_plots

__all__ = ["catalogue_figures"]

_SMALL = Frame(3.0, 2.0)


def catalogue_figures(comparison: Comparison) -> list[tuple[Entry, Figure]]:
    """Draw each stylised fact that no other figure of the catalogue shows.

    Returns
    -------
    list of (Entry, Figure)
        In the order of the catalogue.
    """
    found = [(entry, plot_of(entry)) for entry in entries(comparison.real.facts)]
    drawn = [(entry, plot) for entry, plot in found if plot is not None]
    # Names begin ids in the page, where two figures may draw one curve.
    plots = [
        replace(plot, name=f"fact-{entry.source.split()[0].lower()}-{entry.number}", title=entry.name, caption="")
        for entry, plot in drawn
    ]
    return [(entry, figure) for (entry, _), figure in zip(drawn, draw_plots(comparison, plots, _SMALL), strict=True)]
