"""A plotly figure in a widget, without a browser: what it holds, and that nothing is left behind."""

from __future__ import annotations

import plotly.graph_objects as go

from srm_lab.widgets.figure_view import figure_view


def test_the_figure_listens_to_the_size_of_its_place():
    view = figure_view(go.Figure(go.Scatter(y=[1, 2])))
    assert view.figure._config["responsive"] is True
    assert view.figure.layout.autosize is True
    assert view.figure.layout.width is None
    assert len(view.children) == 2


def test_another_figure_takes_the_place_and_the_old_one_is_closed():
    view = figure_view(go.Figure(go.Scatter(y=[1, 2])))
    old = view.figure
    view.show(go.Figure(go.Bar(y=[3])))
    assert view.children[1] is view.figure is not old
    assert view.figure.data[0].type == "bar"
    assert old.comm is None


def test_the_figure_passed_in_is_left_as_it_was():
    figure = go.Figure(go.Scatter(y=[1, 2]))
    figure_view(figure).figure.data[0].y = [5, 6]
    assert list(figure.data[0].y) == [1, 2]
    assert figure.layout.autosize is None
