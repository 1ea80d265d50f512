"""`figure_view`: a plotly figure inside a widget, as wide as the place it stands in.

A plotly FigureWidget that stands in a box or in a tab takes 700 pixels, whatever room there is: it draws before it is
on the page, and nobody tells it later. Plotly does listen to the window's "resize", so a neighbour without a look of
its own sends one: after the figure was drawn, and whenever the place grows, shrinks or comes into view.

`view.figure` is the FigureWidget: change its traces and layout in place, inside `with view.figure.batch_update():`,
and the page follows at once. `view.show(other)` draws another figure there.
"""

from __future__ import annotations

import anywidget
import ipywidgets as w

from ..figures.first_figure import import_without_grammar

_MEASURE = """
export default {
  render({ el }) {
    el.style.width = "100%";
    let width = 0;
    const tell = () => requestAnimationFrame(() => window.dispatchEvent(new Event("resize")));
    const watch = new ResizeObserver(([entry]) => {
      if (entry.contentRect.width !== width) { width = entry.contentRect.width; tell(); }
    });
    watch.observe(el);
    document.addEventListener("plotlywidget-after-render", tell);
    return () => { watch.disconnect(); document.removeEventListener("plotlywidget-after-render", tell); };
  },
};
"""


class _Measure(anywidget.AnyWidget):
    _esm = _MEASURE


class FigureView(w.VBox):
    """The widget that `figure_view` returns.  figure: the plotly FigureWidget in it."""

    def __init__(self, figure):
        self._measure = _Measure()
        super().__init__(layout=w.Layout(width="100%", min_width="0"))
        self.show(figure)

    def show(self, figure) -> None:
        """Draw another plotly Figure in this place."""
        import plotly.graph_objects as go

        import_without_grammar()
        old, self.figure = getattr(self, "figure", None), go.FigureWidget(figure)
        self.figure.update_layout(autosize=True)
        self.figure._config = {"responsive": True, "displaylogo": False}
        self.children = [self._measure, self.figure]
        if old is not None:
            old.close()


def figure_view(figure) -> FigureView:
    """A plotly Figure as a widget that is as wide as its place.  What it mends: plotly.py issue 5208."""
    return FigureView(figure)
