"""How every figure looks: readable in light and dark themes and by colour-blind readers.

The background is transparent and text is a grey that has about the same contrast on white and on black, because
the kernel cannot know the page's theme. Colours are those of Okabe and Ito (2008), and each series also has a
marker shape of its own, so that colour never carries meaning alone.
"""

from __future__ import annotations

import textwrap

from .first_figure import import_without_grammar

TEXT = "#7b7f85"
GRID = "rgba(128, 128, 128, 0.25)"
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#B3A000", "#8C8C8C")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star", "cross", "hexagon")


def series_style(position: int) -> tuple[str, str]:
    """Colour and marker symbol of the series at this position."""
    return COLOURS[position % len(COLOURS)], SYMBOLS[position % len(SYMBOLS)]


def styled(figure, title: str, caption: str = "", height: int = 380):
    """Give a figure the kit's look, a title and a caption line under the plot; returns the figure."""
    import_without_grammar()
    figure.update_layout(
        title={"text": title, "x": 0, "xref": "paper", "font": {"size": 16}},
        font={"color": TEXT, "size": 13},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        height=height,
        margin={"l": 70, "r": 30, "t": 60, "b": 110 if caption else 60},
        legend={"bgcolor": "rgba(0,0,0,0)"},
        hoverlabel={"font_size": 13},
    )
    figure.update_xaxes(gridcolor=GRID, zerolinecolor=GRID, linecolor=TEXT)
    figure.update_yaxes(gridcolor=GRID, zerolinecolor=GRID, linecolor=TEXT)
    if caption:
        figure.add_annotation(
            text="<br>".join(textwrap.wrap(caption, 105)), showarrow=False, align="left",
            x=0, xref="paper", xanchor="left", y=0, yref="paper", yanchor="top", yshift=-62, font={"size": 12},
        )  # fmt: skip
    return figure


def escaped(text: object, limit: int = 300) -> str:
    """Text for a figure. Plotly draws a little HTML in its texts: a model's text must not be drawn as any."""
    return str(text)[:limit].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
