"""Replay of searches: monotone in the budget, and at the end the search's own answer."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from srm_lab import methods
from srm_lab.errors import SrmLabError
from srm_lab.figures.search_replay import answers_at, falls, replay, right_at, stops
from srm_lab.records import Completion, Problem, Usage

PROBLEM = Problem("p", "3+4?", "7", "sums")
SEARCHES = ("beam_search", "diverse_tree_search", "best_first", "mcts")


class Steps:
    """A model whose sample s of seed x writes one of `width` steps, and after two of them the answer."""

    name, ask, fingerprint = "steps", {"chain": "{question}"}, None

    def __init__(self, width=3, seed=0):
        self.width, self.number = width, seed

    def sample(self, prompt, n=1, *, indices=None, stop=(), max_new_tokens=99, **settings):
        numbers = range(n) if indices is None else indices
        return [self._one(prompt.count(";"), i, stop, max_new_tokens) for i in numbers]

    def _one(self, done, index, stop, most):
        answer = f"####{(index + self.number) % 9}"
        rest = [str((index * 5 + self.number + step) % self.width) for step in range(done, 2)] + [answer]
        text, reason = (rest[0], "stop_string") if stop and len(rest) > 1 else (";".join(rest), "stop")
        text, reason = (text, reason) if len(text) < most else (text[:most], "length")
        usage = Usage(1, 1, min(len(text) + 1, most), 1)
        return Completion(text, None, text, (0,) * usage.generated_tokens, (), reason, usage)


def worth(problem, chain):
    return (sum(map(ord, chain.text)) * 37 % 101) / 100


def search(name, seed=0, width=3, **more):
    return methods.get(name)(PROBLEM, Steps(width, seed), verifier=worth, width=width, **more)


searches = st.builds(search, st.sampled_from(SEARCHES), st.integers(0, 20), st.integers(1, 4))


@settings(max_examples=40, deadline=None)
@given(searches)
def test_the_full_budget_is_the_searchs_own_answer_and_tree(solution):
    end = replay(solution.trace)
    assert (end.answer or "") == solution.text
    assert end.tokens == end.total == solution.usage.generated_tokens
    rows = {row["id"]: row for row in solution.trace if row["step"] == "node"}
    assert set(end.nodes) == set(rows)
    for i, node in end.nodes.items():
        assert (node.visits, node.tokens) == (rows[i]["visits"], rows[i]["tokens"])
        assert node.value == pytest.approx(rows[i]["value"]) if node.value is not None else rows[i]["value"] is None
    chosen = next(row for row in solution.trace if row["step"] == "chosen")
    assert list(end.path) == chosen["path"]


@settings(max_examples=40, deadline=None)
@given(searches, st.data())
def test_a_larger_budget_knows_all_that_a_smaller_one_knew(solution, data):
    total = solution.usage.generated_tokens
    small, large = sorted(data.draw(st.lists(st.integers(0, total + 9), min_size=2, max_size=2)))
    before, after = replay(solution.trace, small), replay(solution.trace, large)
    assert before.tokens <= small
    assert before.tokens <= after.tokens
    for i, node in before.nodes.items():
        assert node.visits <= after.nodes[i].visits
        assert node.tokens <= after.nodes[i].tokens
        assert after.nodes[i].roll_outs[: len(node.roll_outs)] == node.roll_outs
    assert before.answer is None or after.answer is not None


@settings(max_examples=25, deadline=None)
@given(searches)
def test_the_value_of_what_a_search_that_keeps_its_best_would_answer_never_falls(solution):
    moments = [replay(solution.trace, at) for at in stops(solution.trace)]
    values = [moment.value for moment in moments if moment.value is not None]
    assert all(moment.path[-1] in moment.nodes for moment in moments if moment.answer)
    if any(row["step"] == "back up" for row in solution.trace):
        assert values == sorted(values)


@settings(max_examples=25, deadline=None)
@given(searches)
def test_every_stop_brings_something_new_and_between_stops_nothing_happens(solution):
    found = stops(solution.trace)
    assert found[0] == 0
    assert found == sorted(set(found))
    for at, following in itertools.pairwise(found):
        assert replay(solution.trace, at).tokens == at
        assert replay(solution.trace, following - 1).tokens == at


@settings(max_examples=25, deadline=None)
@given(searches)
def test_answers_at_many_budgets_are_those_of_the_replay(solution):
    budgets = range(0, solution.usage.generated_tokens + 3)
    assert answers_at(solution.trace, budgets) == [replay(solution.trace, budget).answer for budget in budgets]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 9), st.integers(5, 80))
def test_a_search_that_was_run_with_a_budget_answers_what_the_replay_says(seed, budget):
    whole = search("mcts", seed)
    assert search("mcts", seed, budget=budget).text == (replay(whole.trace, budget).answer or "")


def test_before_the_first_token_there_is_the_question_alone():
    moment = replay(search("beam_search").trace, 0)
    assert (list(moment.nodes), moment.path, moment.answer, moment.tokens) == ([0], (), None, 0)
    assert moment.total > 0


def test_values_come_with_the_step_after_which_they_were_asked_for():
    trace = search("best_first").trace
    first, second = stops(trace)[1:3]
    assert [node.value is None for node in replay(trace, first).nodes.values()] == [True, True]
    later = replay(trace, stops(trace)[3])
    assert all(node.value is not None for i, node in later.nodes.items() if i)
    assert second > first
    assert [event.step for event in later.last[:2]] == ["draw", "value"]


def test_right_answers_are_told_from_wrong_ones_and_no_answer_is_not_right():
    solution = search("beam_search", seed=7, width=1, beams=1)
    total = solution.usage.generated_tokens
    assert right_at(PROBLEM, solution.trace, [0, total]) == [False, True]
    assert right_at(Problem("q", "3+4?", "8", "sums"), solution.trace, [0, total]) == [False, False]


def test_a_right_answer_that_is_lost_is_a_fall():
    assert falls([False, True, False])
    assert not falls([False, False, True, True])
    assert not falls([])


def test_a_trace_without_a_log_is_named():
    with pytest.raises(SrmLabError, match="no log of a search"):
        replay([{"step": "vote", "winner": "7"}])
    nodes_only = [row for row in search("beam_search").trace if row["step"] == "node"]
    with pytest.raises(SrmLabError, match="no log of a search"):
        stops(nodes_only)
