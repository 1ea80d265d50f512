"""The picture of a search: what stands where, in which look, and that no text becomes HTML."""

from __future__ import annotations

import dataclasses

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.figures.search_replay import replay
from srm_lab.figures.tree_layout import VIEWS
from srm_lab.figures.tree_plot import LABELLED_ROWS, colour, hover, picture, search_tree, wrong_steps
from srm_lab.methods.search_log import Event
from srm_lab.records import Solution
from srm_lab.tasks import load_problems

HOSTILE = "<img src=x onerror=alert(1)>"
PROBLEM = load_problems("arithmetic", 1, split="train", operations=2)[0]
FIRST, SECOND = PROBLEM.metadata["worked"]
LAST = f"{SECOND}####{PROBLEM.answer}"


def node(i, parent, text, done=False, finished=False):
    return {"step": "node", "id": i, "parent": parent, "text": text, "value": None, "visits": 0, "tokens": 5,
            "done": done, "finished": finished}  # fmt: skip


def log(*events):
    return [dataclasses.asdict(event) for event in events]


def small(text="9=9", answer=LAST):
    """Two first steps, of which the first goes on to an answer."""
    rows = [node(0, None, ""), node(1, 0, FIRST), node(2, 0, text), node(3, 1, answer, True, True)]
    return rows + log(
        Event("visit", 0), Event("draw", 1, 5), Event("draw", 2, 5), Event("value", 1, value=0.9),
        Event("value", 2, value=0.1), Event("visit", 1), Event("draw", 3, 8), Event("value", 3, value=1.0),
        Event("stands", 3, value=1.0, text=f"{FIRST};{answer}", finished=True),
    )  # fmt: skip


def large(count=300):
    """Seven children a node."""
    rows = [node(0, None, ""), *(node(i, (i - 1) // 7, f"{i}=0") for i in range(1, count))]
    return rows + log(*(Event("draw", i, 1) for i in range(1, count)))


def drawn(trace, budget=None, view="whole tree", **more):
    return picture(replay(trace, budget), replay(trace), view, **more)


def labels(found):
    return dict(zip(found.ids, found.traces[-1]["text"]))


def test_nodes_have_the_look_of_what_is_known_of_them():
    nodes = drawn(small()).traces[-1]
    assert nodes["marker"]["symbol"] == ["circle", "circle", "circle", "square"]
    assert nodes["marker"]["color"] == [colour(value) for value in (None, 0.9, 0.1, 1.0)]
    assert nodes["marker"]["size"][1] > nodes["marker"]["size"][2]
    assert labels(drawn(small()))[1] == FIRST


def test_the_path_is_drawn_to_the_node_that_would_be_answered():
    edges, path, ring, _ = drawn(small()).traces
    assert len(edges["x"]) == 3 * 5
    assert len(path["x"]) == 2 * 5
    assert ring["x"] == [2]
    assert drawn(small(), budget=10).traces[1]["x"] == []


def test_a_whole_tree_keeps_its_places_while_it_grows():
    early, late = drawn(small(), 5), drawn(small())
    at = {i: (x, y) for i, x, y in zip(late.ids, late.traces[-1]["x"], late.traces[-1]["y"])}
    assert [at[i] for i in early.ids] == list(zip(early.traces[-1]["x"], early.traces[-1]["y"]))
    assert (early.ids, early.rows, early.columns) == ((0, 1), late.rows, late.columns)


def test_other_views_show_less_and_say_how_much_is_hidden():
    assert drawn(small(), view="near the path").ids == (0, 1, 2, 3)
    only = drawn(small(), view="path only")
    assert only.ids == (0, 1, 3)
    assert labels(only)[0] == "start +1"
    assert drawn(small(), 10, folded={0}).ids == (0, 2)


def test_a_large_tree_is_readable():
    whole, near = drawn(large()), drawn(large(), view="near the path")
    assert whole.rows > LABELLED_ROWS
    assert sum(map(bool, labels(whole).values())) <= 4
    assert len(whole.ids) == 300
    assert whole.height <= 1300
    assert near.rows <= LABELLED_ROWS
    assert all(labels(near).values())


def test_steps_that_do_not_follow_are_found_and_marked():
    trace = small(text="1+1=3", answer=f"{SECOND}####{int(PROBLEM.answer) + 1}")
    wrong = wrong_steps(PROBLEM, replay(trace).nodes)
    assert wrong == {2, 3}
    assert labels(drawn(trace, wrong=wrong))[2] == "✗ 1+1=3"
    assert wrong_steps(PROBLEM, replay(small(text=FIRST)).nodes) == frozenset()
    assert wrong_steps(dataclasses.replace(PROBLEM, task="made up"), replay(trace).nodes) == frozenset()


def test_the_ramp_goes_from_vermilion_over_grey_to_blue():
    assert [colour(value) for value in (0, 0.5, 1)] == ["rgb(213,94,0)", "rgb(190,190,190)", "rgb(0,114,178)"]
    assert (colour(-3), colour(7)) == (colour(0), colour(1))
    assert colour(None) == colour(float("nan")) != colour(0)


def test_text_from_a_model_is_never_markup():
    found = drawn(small(text=HOSTILE))
    texts = "".join(found.traces[-1]["text"]) + "".join(found.traces[-1]["hovertext"])
    assert "<img" not in texts
    assert "&lt;img" in texts
    assert "&lt;img" in hover(replay(small(text=HOSTILE)).nodes[2])


def test_the_figure_is_the_picture_with_a_title():
    solution = Solution(None, "", trace=small())
    figure = search_tree(PROBLEM, solution, budget=10)
    assert len(figure.data) == 4
    assert "after 10 of 18 tokens" in figure.layout.title.text
    assert search_tree(PROBLEM, solution, title="Mine").layout.title.text == "Mine"
    assert not figure.layout.showlegend
    with pytest.raises(SrmLabError, match="view of a tree"):
        search_tree(PROBLEM, solution, view="half")


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_draws_every_moment(view):
    for trace in (small(), large(30)):
        for budget in (0, 1, 7, None):
            assert 0 in drawn(trace, budget, view).ids
