"""Searches on small trees whose every value is known, against plain references.

A chain is a path: at each level a step "0", "1", ..., and with the last step the answer, which is the whole path.
"""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from method_fakes import CHAIN, SHOWN, SUM, SamplesOnly, Scripted, bill, steps_of, yes_with

import srm_lab as srm
from srm_lab import methods, prompts
from srm_lab.methods.mcts import back_up, select, upper_bound
from srm_lab.methods.steps import Node, StepTree, states_answer
from srm_lab.records import Problem

ASK = {"chain": "{question}", "direct": "{question}"}


class Tree(Scripted):
    """A model whose sample s after a path goes on with step s modulo `width`, and then with step 0."""

    def __init__(self, depth, width, **more):
        self.depth, self.width = depth, width
        super().__init__(self.goes_on, ask=ASK, **more)

    def goes_on(self, prompt, index, settings):
        path = path_of(prompt.removeprefix(CHAIN.question))
        steps = [str(index % self.width)] + ["0"] * (self.depth - len(path) - 1)
        return ";".join(steps) + "####" + path + "".join(steps)

    def paths(self, depth=None):
        letters = map(str, range(self.width))
        return list(map("".join, itertools.product(letters, repeat=depth or self.depth)))


def path_of(chain):
    """The steps of a chain or of its beginning."""
    return chain.split("####")[0].replace(";", "")


def leaf_value(values):
    """An outcome verifier: knows what each whole path is worth; of a part of one it knows nothing."""
    return lambda problem, chain: values.get(path_of(chain.text), 0.0)


def best_below(values):
    """The perfect process verifier: the best that can still come of a path."""
    return lambda problem, chain: max(v for path, v in values.items() if path.startswith(path_of(chain.text)))


def answer(solution):
    return solution.text.split("####")[-1]


@st.composite
def trees(draw, low=0.0):
    depth, width = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    paths = Tree(depth, width).paths()
    values = draw(st.lists(st.floats(low, 1), min_size=len(paths), max_size=len(paths), unique=True))
    return depth, width, dict(zip(paths, values))


def check_bill(solution, *models):
    """The bill is right, and every generated token stands in the trace, with a node or a roll-out."""
    rows = steps_of(solution, "node") + steps_of(solution, "roll-out")
    assert bill(solution, *models)
    assert sum(row["tokens"] for row in rows) == solution.usage.generated_tokens


# -- beam search ---------------------------------------------------------------------------------------------------


def reference_beam(values, width, beams, depth, worth):
    """Snell et al. 2024: keep the best `beams` of all next steps, level by level."""
    kept = [""]
    for _ in range(depth):
        candidates = [path + str(step) for path in kept for step in range(width)]
        kept = sorted(candidates, key=lambda path: -worth(path))[:beams]
    return kept[0]


@settings(max_examples=25, deadline=None)
@given(trees(), st.integers(1, 4), st.randoms(use_true_random=False))
def test_beam_search_is_the_papers_whatever_the_verifier(tree, beams, rng):
    depth, width, values = tree
    noise = {path: rng.random() for level in range(1, depth + 1) for path in Tree(level, width).paths()}
    lm = Tree(depth, width)
    solution = methods.beam_search(
        CHAIN, lm, verifier=lambda problem, c: noise[path_of(c.text)], beams=beams, width=width
    )
    assert answer(solution) == reference_beam(values, width, beams, depth, noise.__getitem__)
    check_bill(solution, lm)


@settings(max_examples=25, deadline=None)
@given(trees())
def test_one_beam_finds_the_optimum_with_a_perfect_process_verifier(tree):
    depth, width, values = tree
    solution = methods.beam_search(CHAIN, Tree(depth, width), verifier=best_below(values), beams=1, width=width)
    assert answer(solution) == max(values, key=values.get)


@settings(max_examples=25, deadline=None)
@given(trees())
def test_beams_enough_for_all_chains_find_the_optimum_by_outcomes_alone(tree):
    depth, width, values = tree
    solution = methods.beam_search(CHAIN, Tree(depth, width), verifier=leaf_value(values), beams=27, width=width)
    assert answer(solution) == max(values, key=values.get)


def test_one_beam_with_an_outcome_verifier_alone_can_miss_the_optimum():
    values = {"00": 0.1, "01": 0.2, "10": 0.3, "11": 0.9}
    solution = methods.beam_search(CHAIN, Tree(2, 2), verifier=leaf_value(values), beams=1, width=2)
    assert answer(solution) == "01"


@settings(max_examples=25, deadline=None)
@given(trees())
def test_with_a_perfect_verifier_more_beams_never_lose(tree):
    depth, width, values = tree
    found = [
        values[
            answer(methods.beam_search(CHAIN, Tree(depth, width), verifier=best_below(values), beams=b, width=width))
        ]
        for b in range(1, 5)
    ]
    assert found == sorted(found)


def test_steps_continue_the_text_so_far_and_keep_its_keys_and_values():
    lm = Tree(2, 2)
    methods.beam_search(CHAIN, lm, verifier=best_below({"00": 0, "01": 0, "10": 0, "11": 1}), beams=1, width=2)
    assert [prompt for prompt, _ in lm.asked] == ["3+4?", "3+4?1;"]
    assert all(settings["keep"] is True for _, settings in lm.asked)
    assert all(settings["stop"] == (";",) for _, settings in lm.asked)


def test_the_trace_is_the_tree_with_the_path_that_was_taken():
    values = {"00": 0.1, "01": 0.2, "10": 0.3, "11": 0.9}
    solution = methods.beam_search(CHAIN, Tree(2, 2), verifier=best_below(values), beams=2, width=2)
    rows = {row["id"]: row for row in steps_of(solution, "node")}
    assert [(r["parent"], r["text"], r["value"], r["visits"]) for r in rows.values()] == [
        (None, "", None, 1),
        (0, "0", 0.2, 1),
        (0, "1", 0.9, 1),
        (2, "0####10", 0.3, 0),
        (2, "1####11", 0.9, 0),
        (1, "0####00", 0.1, 0),
        (1, "1####01", 0.2, 0),
    ]
    assert steps_of(solution, "chosen")[0]["path"] == [0, 2, 4]


def test_equal_steps_are_one_child_that_carries_the_tokens_of_both():
    lm = Tree(1, 1)
    solution = methods.beam_search(CHAIN, lm, verifier=lambda p, c: 1.0, beams=2, width=2)
    (_, child) = steps_of(solution, "node")
    assert child["tokens"] == lm.generated == 4 * len("0####0.")


def test_a_step_that_runs_out_of_tokens_is_a_dead_end():
    lm = Scripted(lambda prompt, index, settings: "1" * 99 if index == 0 else "2####2", ask=ASK)
    solution = methods.beam_search(CHAIN, lm, verifier=lambda p, c: float(c.text[0]), beams=1, width=2, step_tokens=20)
    assert solution.text == "2####2"
    cut = methods.beam_search(
        CHAIN, Scripted(lambda *_: "1" * 99, ask=ASK), verifier=lambda p, c: 1.0, beams=1, width=1, step_tokens=9
    )
    assert (cut.answer, cut.text) == (None, "")


def test_a_prose_model_writes_a_step_a_line_until_it_states_the_answer():
    lines = ["3 + 4 = 7.", "The answer is 7.", "The answer is 8."]
    lm = Scripted(lambda prompt, index, settings: "\n".join(lines[prompt.count("3 + 4 = 7.") :]))
    solution = methods.beam_search(SUM, lm, verifier=lambda p, c: 1.0, beams=1, width=1, examples=SHOWN)
    assert (solution.answer, solution.text) == ("7", "3 + 4 = 7.\nThe answer is 7.")
    assert lm.asked[0][0] == prompts.few_shot_steps(SUM, SHOWN)
    assert lm.asked[0][0].endswith(f"The answer is 2.\n\nQuestion: {SUM.question}\nAnswer:\n")


def test_a_blank_line_ends_a_chain():
    lm = Scripted(
        lambda prompt, index, settings: "So 7\n\nQuestion:" if prompt.endswith("Answer:\n") else "\nQuestion:"
    )
    solution = methods.beam_search(SUM, lm, verifier=lambda p, c: 1.0, beams=1, width=1, examples=SHOWN)
    assert solution.answer == "7"


@pytest.mark.parametrize("step", ["The answer is 7.", "so the answer is 7", "9-2=7####7", "$\\boxed{7}$"])
def test_a_step_that_states_the_answer_is_known(step):
    assert states_answer(step)
    assert not states_answer("The sum is 7.")


@pytest.mark.parametrize("name", ["beam_search", "diverse_tree_search", "best_first", "mcts"])
def test_a_verifier_that_gives_nan_is_named(name):
    with pytest.raises(srm.SrmLabError, match="gave nan"):
        methods.get(name)(CHAIN, Tree(2, 2), verifier=lambda problem, chain: math.nan)


# -- diverse verifier tree search ----------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(trees())
def test_a_tree_for_each_first_step_finds_the_optimum_with_a_perfect_process_verifier(tree):
    depth, width, values = tree
    lm = Tree(depth, width)
    solution = methods.diverse_tree_search(CHAIN, lm, verifier=best_below(values), trees=width, width=width)
    assert answer(solution) == max(values, key=values.get)
    check_bill(solution, lm)


def test_trees_do_not_compete():
    """The first step 0 looks best and leads nowhere; beam search of the same size follows it twice, trees do not."""
    early = {"0": 0.9, "1": 0.1, "00": 0.5, "01": 0.6, "10": 0.1, "11": 1.0}
    verifier = lambda problem, chain: early[path_of(chain.text)]  # noqa: E731
    greedy = methods.beam_search(CHAIN, Tree(2, 2), verifier=verifier, beams=1, width=2)
    diverse = methods.diverse_tree_search(CHAIN, Tree(2, 2), verifier=verifier, trees=2, width=2)
    assert (answer(greedy), answer(diverse)) == ("01", "11")


# -- tree of thoughts ----------------------------------------------------------------------------------------------


class Prose(Tree):
    """The tree for a model that follows instructions, which is also its own judge."""

    def __init__(self, depth, width, worth):
        super().__init__(depth, width)
        self.ask = None
        self.likes = yes_with(lambda prompt: worth(self.judged(prompt)))

    def judged(self, prompt):
        return path_of(
            prompt.split("Steps so far:\n")[1].split("\n\n")[0].replace("The answer is", "####").replace("\n", ";")
        )

    def goes_on(self, prompt, index, settings):
        path = path_of(prompt.rpartition("Answer:\n")[2].replace("\n", ";"))
        return f"{index % self.width}\n" if len(path) < self.depth else f"The answer is {path}."


def test_tree_of_thoughts_keeps_what_the_judge_likes():
    values = {"0": 0.2, "1": 0.8, "2": 0.7, "00": 0.9, "10": 0.3, "11": 0.4, "12": 0.2, "20": 0.1, "21": 0.6, "22": 0.5}
    lm = Prose(2, 3, lambda path: values[path])
    solution = methods.tree_of_thoughts(SUM, lm, keep=2, width=3, examples=SHOWN)
    assert solution.answer == "21"
    assert reference_beam(values, 3, 2, 2, values.__getitem__) == "21"
    assert bill(solution, lm)
    assert steps_of(solution, "judge cost")[0]["prompt_tokens"] == lm.scored


def test_tree_of_thoughts_needs_a_judge():
    with pytest.raises(srm.SrmLabError, match="logprobs"):
        methods.tree_of_thoughts(SUM, SamplesOnly("so\nThe answer is 7"), examples=SHOWN)
    with pytest.raises(srm.SrmLabError, match="follows instructions"):
        methods.tree_of_thoughts(CHAIN, Tree(2, 2))


# -- best first ----------------------------------------------------------------------------------------------------


def step_products(tree_values):
    """Scores of single steps, fixed by the path to each; a chain's value is their product."""
    return lambda problem, chain: [tree_values[path_of(chain.text)[: i + 1]] for i in range(len(path_of(chain.text)))]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.randoms(use_true_random=False))
def test_best_first_by_products_finds_the_optimum_and_opens_no_chain_that_is_worse(depth, width, rng):
    scores = {path: rng.uniform(0.05, 1) for level in range(1, depth + 1) for path in Tree(level, width).paths()}
    product = lambda path: math.prod(scores[path[: i + 1]] for i in range(len(path)))  # noqa: E731
    lm = Tree(depth, width)
    solution = methods.best_first(CHAIN, lm, verifier=step_products(scores), width=width, expansions=99)
    assert product(answer(solution)) == max(map(product, lm.paths()))
    opened = [row for row in steps_of(solution, "node") if row["visits"] and row["value"] is not None]
    assert all(row["value"] >= product(answer(solution)) for row in opened)
    check_bill(solution, lm)


def test_too_few_expansions_give_the_best_finished_chain_or_none():
    scores = dict.fromkeys(("0", "1", "00", "01", "10", "11"), 0.5)
    assert methods.best_first(CHAIN, Tree(2, 2), verifier=step_products(scores), width=2, expansions=1).answer is None
    assert methods.best_first(CHAIN, Tree(2, 2), verifier=step_products(scores), width=2, expansions=2).answer == "0"


# -- monte-carlo tree search ---------------------------------------------------------------------------------------


def uct(visits, total, above, c):
    return math.inf if not visits else total / visits + c * math.sqrt(math.log(above) / visits)


def reference_mcts(values, depth, width, rounds, c):
    """Kocsis and Szepesvari 2006: selection, expansion, roll-out (step 0 to the end, first step by turns), backup."""
    visits, total, children, drawn, best = {"": 0}, {"": 0.0}, {}, {}, (-1.0, None)
    for _ in range(rounds):
        path = ""
        while path in children and visits[path]:
            above = path
            path = max(children[above], key=lambda p: uct(visits[p], total[p], visits[above], c))
        if visits[path] and len(path) < depth:
            begin = drawn.get(path, 0)
            drawn[path] = begin + width
            steps = dict.fromkeys(str(i % width) for i in range(begin, begin + width))
            children[path] = [path + step for step in steps]
            visits.update(dict.fromkeys(children[path], 0))
            total.update(dict.fromkeys(children[path], 0.0))
            path = children[path][0]
        leaf = path
        if len(path) < depth:
            leaf = path + str(drawn.get(path, 0) % width) + "0" * (depth - len(path) - 1)
            drawn[path] = drawn.get(path, 0) + 1
        best = max(best, (values[leaf], leaf), key=lambda pair: pair[0])
        for above in (path[:i] for i in range(len(path) + 1)):
            visits[above] += 1
            total[above] += values[leaf]
    return best[1], visits, {p: total[p] / visits[p] for p in visits if visits[p]}


@settings(max_examples=40, deadline=None)
@given(trees(), st.integers(1, 30))
def test_mcts_visits_values_and_chain_are_the_papers(tree, rounds):
    depth, width, values = tree
    lm = Tree(depth, width)
    solution = methods.mcts(CHAIN, lm, verifier=leaf_value(values), rounds=rounds, width=width)
    leaf, visits, means = reference_mcts(values, depth, width, rounds, 1.4)
    assert answer(solution) == leaf
    paths, rows = {0: ""}, steps_of(solution, "node")
    for row in rows[1:]:
        paths[row["id"]] = paths[row["parent"]] + row["text"][0]
    assert {paths[row["id"]]: row["visits"] for row in rows} == visits
    assert {paths[row["id"]]: row["value"] for row in rows if row["visits"]} == pytest.approx(means)
    assert rows[0]["visits"] == rounds
    check_bill(solution, lm)


@settings(max_examples=25, deadline=None)
@given(trees())
def test_mcts_finds_the_optimum_of_a_small_tree(tree):
    depth, width, values = tree
    lm, verifier = Tree(depth, width), leaf_value(values)
    solution = methods.mcts(CHAIN, lm, verifier=verifier, rounds=250, width=width, exploration=4.0)
    assert answer(solution) == max(values, key=values.get)


@settings(max_examples=25, deadline=None)
@given(trees())
def test_with_a_perfect_verifier_more_rounds_never_lose(tree):
    depth, width, values = tree
    found = [
        values[answer(methods.mcts(CHAIN, Tree(depth, width), verifier=leaf_value(values), rounds=r, width=width))]
        for r in (1, 2, 4, 8, 16)
    ]
    assert found == sorted(found)


@settings(max_examples=25, deadline=None)
@given(trees(low=0.01))
def test_with_a_perfect_verifier_a_larger_budget_never_loses(tree):
    depth, width, values = tree
    for name, verifier in (("mcts", leaf_value(values)), ("beam_search", best_below(values))):
        texts = [
            methods.get(name)(CHAIN, Tree(depth, width), verifier=verifier, width=width, budget=budget).text
            for budget in (1, 20, 60, 200, 10_000)
        ]
        found = [values.get(text.split("####")[-1], 0.0) if text else 0.0 for text in texts]
        assert found == sorted(found)
        assert found[-1] == max(values.values()) or name == "mcts"


def test_without_exploration_a_lucky_beginning_is_never_left():
    values = {"00": 0.5, "01": 0.4, "10": 0.0, "11": 1.0}
    bold = methods.mcts(CHAIN, Tree(2, 2), verifier=leaf_value(values), rounds=40, width=2)
    timid = methods.mcts(CHAIN, Tree(2, 2), verifier=leaf_value(values), rounds=40, width=2, exploration=0.0)
    assert (answer(bold), answer(timid)) == ("11", "00")


def test_selection_and_backup_on_a_tree_by_hand():
    root = Node(0, None, "", "")
    left, right = Node(1, root, "l", "l"), Node(2, root, "r", "r")
    total = {}
    back_up(root, 0.0, total)
    root.children = [left, right]
    assert select(root, total, 1.0) is left  # never visited comes first
    back_up(left, 1.0, total)
    back_up(right, 0.0, total)
    assert (root.visits, root.value, left.value, right.value) == (3, pytest.approx(1 / 3), 1.0, 0.0)
    assert upper_bound(left, total, 1.0) == pytest.approx(1 + math.sqrt(math.log(3)))
    assert select(root, total, 1.0) is left
    assert [node.id for node in right.path] == [0, 2]


def test_a_roll_out_that_was_cut_off_has_no_reward():
    lm = Scripted(lambda *_: "1;" * 200, ask=ASK)
    solution = methods.mcts(CHAIN, lm, verifier=lambda p, c: 1.0, rounds=3, max_steps=2, step_tokens=8)
    assert solution.answer is None
    assert steps_of(solution, "node")[0]["value"] == 0.0


def test_a_done_node_is_its_own_roll_out_and_costs_nothing():
    lm = Tree(1, 1)
    tree = StepTree(CHAIN, lm_of(lm), temperature=1.0, step_tokens=20)
    (child,) = tree.expand(tree.root, 1)
    spent = lm.generated
    assert tree.roll_out(child, 5).text == "0####0"
    assert tree.expand(child, 3) == []
    assert lm.generated == spent


def lm_of(lm):
    from srm_lab.methods.metering import MeteredModel

    return MeteredModel(lm)


def test_searches_take_real_problems_with_worked_steps():
    (problem,) = srm.load_problems("arithmetic", n=1, operations=2)
    worked = f"{';'.join(problem.metadata['worked'])}####{problem.answer}"

    def says(prompt, index, settings):
        return worked[len(prompt) - len(problem.question) :] if index % 2 else "0=0;0####0"

    for name in ("beam_search", "diverse_tree_search", "best_first", "mcts"):
        solution = methods.get(name)(problem, Scripted(says, ask=ASK), verifier=methods.oracle_steps, aggregate="min")
        assert solution.answer == problem.answer
    assert isinstance(problem, Problem)


def test_a_chain_goes_on_from_its_keys_and_values():
    """On a real model: what was computed for the prompt and the chain so far is not computed again."""
    from srm_lab.decoding.prefix import MIN_TOKENS
    from srm_lab.models import tiny
    from srm_lab.models.local import LocalModel
    from srm_lab.tasks.worked import ALPHABET

    lm = lm_of(LocalModel("tiny/random", *tiny.make("0.1M", ALPHABET, 0)))
    problem = Problem("long", "+".join(["12"] * 20) + "?", "240", "chains")
    tree = StepTree(problem, lm, temperature=1.0, step_tokens=40)
    (cut,) = tree.expand(tree.root, 1)
    tree.expand(Node(9, tree.root, cut.text, cut.chain), 1)
    first, second = (chain.usage for chain in lm.completions)
    assert first.computed_prompt_tokens == first.prompt_tokens == len(problem.question)
    assert second.prompt_tokens == len(problem.question) + len(cut.chain)
    assert second.computed_prompt_tokens < MIN_TOKENS  # shorter pieces than this are not worth a place in the cache


@pytest.mark.parametrize("name", ["beam_search", "diverse_tree_search", "best_first", "mcts"])
def test_a_chain_that_fills_the_context_is_a_dead_end_and_no_failure(name):
    lm = Scripted(lambda *_: "1;" * 99, ask=ASK)
    lm.context_length = 16
    sampled, lm.sample = (
        lm.sample,
        lambda prompt, n=1, **more: sampled(
            prompt, n, **{**more, "max_new_tokens": min(more["max_new_tokens"], 16 - len(prompt))}
        ),
    )
    solution = methods.get(name)(CHAIN, lm, verifier=lambda problem, chain: 1.0)
    assert (solution.answer, solution.text) == (None, "")
    assert all(len(prompt) < 16 for prompt, _ in lm.asked)
