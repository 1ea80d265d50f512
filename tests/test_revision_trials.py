"""Answers before and after a revision: the draft is read from the first chains, and changes are paired by problem."""

from __future__ import annotations

from dataclasses import asdict

from srm_lab import revision_trials
from srm_lab.evaluate import grade
from srm_lab.records import Completion, Problem, Solution, Usage
from srm_lab.run import Record

PROBLEM = Problem("one", "What is 3 + 4?", "7", "sums", {})


def chain(text, reason="stop"):
    return Completion(text, None, text, (0,), (), reason, Usage(1, 1, 5, 1))


def record(*texts, final, problem=PROBLEM):
    chains = tuple(map(chain, texts))
    usage = sum((each.usage for each in chains), Usage())
    solution = Solution(None, final, chains, usage, ({"step": "draft", "text": texts[0]},))
    return Record(problem, solution, grade(problem, solution), None, 0.0)


def rows(*pairs):
    return [{"id": str(i), "drafted": a, "right": b, "tokens": 10} for i, (a, b) in enumerate(pairs)]


def test_a_right_draft_that_was_revised_into_a_wrong_answer_is_broken():
    made = revision_trials.trial(record("The answer is 7.", "It is wrong.", final="The answer is 8."))
    assert (made.drafted, made.right, made.tokens) == (True, False, 10)
    assert made.trace[0]["step"] == "draft"


def test_the_draft_of_a_debate_is_the_vote_of_its_first_round():
    texts = ("The answer is 7.", "The answer is 8.", "The answer is 8.", "The answer is 7.")
    debated = record(*texts, final="The answer is 7.")
    assert revision_trials.trial(debated, drafts=3).drafted is False
    assert revision_trials.trial(debated, drafts=1).drafted is True


def test_a_final_answer_that_was_cut_off_is_not_right():
    cut = Solution(None, "", (chain("The answer is", "length"),), Usage(), ())
    made = revision_trials.trial(Record(PROBLEM, cut, grade(PROBLEM, cut), None, 0.0))
    assert (made.drafted, made.right, made.unfinished) == (False, False, True)


def test_the_table_counts_every_problem_once():
    some = rows((True, True), (True, False), (False, True), (False, False), (False, False))
    table = revision_trials.four(some)
    assert table == {(True, True): 1, (True, False): 1, (False, True): 1, (False, False): 2}
    change = revision_trials.change({"problems": some})
    assert (change.only_a, change.only_b, change.n) == (1, 1, 5)


def test_two_methods_are_compared_on_the_problems_that_both_have():
    short, long = {"problems": rows((True, True))}, {"problems": rows((True, False), (True, True))}
    found = revision_trials.against(short, long, ("vote", "debate"))
    assert (found.n, found.k_a, found.k_b) == (1, 1, 0)
    assert revision_trials.tokens(long) == 10


def test_the_critics_verdict_is_read_from_the_trace():
    def feedback(**given):
        step = {"step": "feedback", "finished": True, "stop": True, **given}
        return revision_trials.critic([{"step": "draft"}, step])

    assert (feedback(), feedback(stop=False), feedback(finished=False)) == ("passed", "objected", "cut off")
    assert revision_trials.critic([{"step": "trial", "score": 0.3}]) == "objected"
    assert revision_trials.critic([{"step": "trial", "score": 0.5}]) == "passed"
    assert revision_trials.critic([{"step": "round"}]) is None


def test_a_critic_that_passes_everything_passes_right_and_wrong_drafts_alike():
    views = [{"drafted": right, "critic": "passed"} for right in (True, True, False)]
    unasked = [{"drafted": True, "critic": None}]
    right, wrong = (revision_trials.criticised(views + unasked, drafted, "passed") for drafted in (True, False))
    assert (right.k, right.n, wrong.k, wrong.n) == (2, 2, 1, 1)
    assert revision_trials.criticised(views, True, "objected").k == 0


def test_a_trial_is_plain_data():
    made = asdict(revision_trials.trial(record("The answer is 7.", final="The answer is 7.")))
    assert made["trace"] == ({"step": "draft", "text": "The answer is 7."},)
