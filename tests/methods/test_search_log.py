"""The log of a search: everything it did is in it, in order, and it survives being saved."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from method_fakes import CHAIN, Scripted, steps_of

from srm_lab import methods
from srm_lab.methods.search_log import KINDS, Event, events

ASK = {"chain": "{question}", "direct": "{question}"}
SEARCHES = ("beam_search", "diverse_tree_search", "best_first", "mcts")


def says(prompt, index, settings):
    """Two steps, then the answer; a sample's number decides its step."""
    done = prompt.count(";")
    return ";".join([str((index + done) % 3)] * (2 - done) + [f"####{index % 5}"])


def worth(problem, chain):
    return (sum(map(ord, chain.text)) * 7 % 100) / 100


def searched(name, **more):
    return methods.get(name)(CHAIN, Scripted(says, ask=ASK), verifier=worth, width=3, **more)


@pytest.mark.parametrize("name", SEARCHES)
@settings(max_examples=15, deadline=None)
@given(st.one_of(st.none(), st.integers(1, 300)))
def test_every_generated_token_is_in_the_log_and_it_ends_with_the_answer(name, budget):
    solution = searched(name, budget=budget)
    log = events(solution.trace)
    assert sum(event.tokens for event in log) == solution.usage.generated_tokens
    standing = [event for event in log if event.step == "stands"]
    assert (standing[-1].text if standing else "") == solution.text


@pytest.mark.parametrize("name", SEARCHES)
def test_visits_and_values_of_the_log_lead_to_those_of_the_nodes(name):
    solution = searched(name)
    visits, values = {}, {}
    rows = {row["id"]: row for row in steps_of(solution, "node")}
    for event in events(solution.trace):
        if event.step == "visit":
            visits[event.node] = visits.get(event.node, 0) + 1
        if event.step == "value":
            values[event.node] = event.value
        node = event.node if event.step == "back up" else None
        while node is not None:
            visits[node] = visits.get(node, 0) + 1
            node = rows[node]["parent"]
    assert {i: row["visits"] for i, row in rows.items() if row["visits"]} == visits
    if name != "mcts":
        assert {i: row["value"] for i, row in rows.items() if row["value"] is not None} == values


def test_a_step_drawn_again_is_logged_again():
    lm = Scripted(lambda prompt, index, settings: "0####0", ask=ASK)
    solution = methods.beam_search(CHAIN, lm, verifier=worth, beams=2, width=2)
    draws = [event for event in events(solution.trace) if event.step == "draw"]
    assert [event.node for event in draws] == [1, 1, 1, 1]
    assert len(steps_of(solution, "node")) == 2


def test_an_answer_is_logged_when_it_changes_and_not_again():
    standing = [event for event in events(searched("best_first").trace) if event.step == "stands"]
    assert all(before != after for before, after in itertools.pairwise(standing))
    values = [event.value for event in standing]
    assert values == sorted(values)


def test_of_a_roll_out_the_whole_chain_stands():
    solution = searched("mcts", rounds=1)
    roll_out, stands = (next(e for e in events(solution.trace) if e.step == kind) for kind in ("roll-out", "stands"))
    assert (stands.node, stands.text) == (0, roll_out.text)


@pytest.mark.parametrize("name", SEARCHES)
def test_a_saved_log_is_the_same_log(name):
    trace = searched(name).trace
    assert events(json.loads(json.dumps(trace))) == events(trace)
    assert {event.step for event in events(trace)} <= set(KINDS)


def test_other_traces_have_no_log():
    assert events([{"step": "vote", "winner": "7"}, {"step": "chosen", "path": [0]}]) == []
    assert Event("draw", 1) != Event("draw", 2)
