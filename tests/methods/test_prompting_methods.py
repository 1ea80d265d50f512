"""Prompting methods against plain references written from the papers, on a model that is told what to say."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from method_fakes import CHAIN, SHOWN, SUM, Scripted, bill, steps_of

import srm_lab as srm
from srm_lab import methods, prompts
from srm_lab.methods.chain import listed
from srm_lab.methods.example_choice import choose_examples, likeness
from srm_lab.methods.self_ask import follow_ups
from srm_lab.methods.structured_output import parsed_reply
from srm_lab.records import Completion, Problem

WORDINGS = ("plan_and_solve", "re_reading", "least_to_most", "step_back", "self_ask", "structured_output")


def prompts_of(lm):
    return [prompt for prompt, _ in lm.asked]


@pytest.mark.parametrize(
    ("name", "template"), [("plan_and_solve", prompts.PLAN_AND_SOLVE), ("re_reading", prompts.RE_READING)]
)
def test_a_method_of_one_wording_asks_once_and_reads_the_reply(name, template):
    lm = Scripted(["3 + 4 = 7. The answer is 7."])
    solution = methods.get(name)(SUM, lm)
    assert prompts_of(lm) == [template.replace("{question}", SUM.question)]
    assert solution.answer == "7"
    assert bill(solution, lm)


def test_re_reading_holds_the_question_twice():
    lm = Scripted(["The answer is 7."])
    methods.re_reading(SUM, lm)
    assert prompts_of(lm)[0].count(SUM.question) == 2


def reference_least_to_most(ask, question):
    """Zhou et al. 2022: reduce the problem to a list, then solve it in order, each with all earlier answers."""
    plan = ask(prompts.fill(prompts.LEAST_TO_MOST_PARTS, question=question))
    parts = [line.split(". ", 1)[1] for line in plan.splitlines() if line[:1].isdigit()]
    known = ""
    for part in [*parts, question]:
        answer = ask(prompts.fill(prompts.LEAST_TO_MOST_SOLVE, question=question, known=known, part=part))
        solved = prompts.fill(prompts.ANSWERED_PART, part=part, answer=answer)
        known = f"{known}\n{solved}" if known else solved
    return answer


LEAST = ["1. What is 3?\n2. What is 4?", "It is 3.", "It is 4.", "The answer is 7."]


def test_least_to_most_is_the_papers():
    lm, other = Scripted(LEAST), Scripted(LEAST)
    solution = methods.least_to_most(SUM, lm)
    text = reference_least_to_most(lambda prompt: other.sample(prompt)[0].text, SUM.question)
    assert (solution.text, solution.answer) == (text, "7")
    assert prompts_of(lm) == prompts_of(other)
    assert bill(solution, lm)
    assert [step["question"] for step in steps_of(solution, "part")] == ["What is 3?", "What is 4?", SUM.question]


def test_least_to_most_without_a_list_asks_the_question_alone():
    lm = Scripted(["I cannot split this.", "The answer is 7."])
    assert methods.least_to_most(SUM, lm).answer == "7"
    assert len(lm.asked) == 2


def test_step_back_is_the_papers():
    says = ["How does one add?", "Count on.", "The answer is 7."]
    lm = Scripted(says)
    solution = methods.step_back(SUM, lm)
    values = {"question": SUM.question, "general": says[0], "principle": says[1]}
    stages = (prompts.STEP_BACK_QUESTION, prompts.STEP_BACK_ANSWER, prompts.STEP_BACK_SOLVE)
    assert prompts_of(lm) == [prompts.fill(stage, **values) for stage in stages]
    assert solution.answer == "7"
    assert bill(solution, lm)


def test_a_last_chain_that_was_cut_off_is_no_answer_though_earlier_calls_ended():
    lm = Scripted(["How?", "So.", "The answer is 7, and " + "so on " * 99])
    solution = methods.step_back(SUM, lm)
    assert (solution.answer, solution.text) == (None, "")
    record = srm.evaluate(
        Scripted(["How?", "So.", "It is 7, and " + "so on " * 99]), "step_back", [SUM], progress=False
    )
    assert record.accuracy.k == 0


def test_self_ask_is_one_chain_whose_follow_ups_are_in_the_trace():
    said = " Yes.\nFollow up: What is 3?\nIntermediate answer: It is 3.\nSo the final answer is: 7\n\nQuestion: next"
    lm = Scripted([said])
    solution = methods.self_ask(SUM, lm)
    assert solution.answer == "7"
    assert steps_of(solution, "follow up") == [{"step": "follow up", "question": "What is 3?", "answer": "It is 3."}]
    assert len(lm.asked) == 1
    assert bill(solution, lm)


def test_a_follow_up_without_an_answer_is_kept_without_one():
    assert follow_ups("Follow up: a?\nFollow up: b?\nIntermediate answer: c") == [("a?", ""), ("b?", "c")]
    assert follow_ups("nothing of the kind") == []


def test_structured_output_reads_the_answer_field_and_not_the_last_number():
    lm = Scripted(['Sure: {"answer": 7, "steps": ["3 + 4 = 7", "that is 2 numbers"]} in 3 parts'])
    solution = methods.structured_output(SUM, lm)
    assert (solution.answer, solution.text) == ("7", "The answer is 7.")
    assert steps_of(solution, "structured output")[0]["parsed"] is True
    assert bill(solution, lm)


@pytest.mark.parametrize("broken", ['{"answer": 7', '{"result": 7} so the answer is 7.', "The answer is 7.", "{{{ 7"])
def test_a_reply_that_breaks_the_form_is_read_as_text_and_the_trace_says_so(broken):
    solution = methods.structured_output(SUM, Scripted([broken]))
    assert solution.answer == "7"
    assert steps_of(solution, "structured output")[0]["parsed"] is False


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=8), max_size=4), st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_any_json_reply_gives_back_its_answer(steps, answer, before, after):
    clear = str.maketrans("", "", "{}")
    text = before.translate(clear) + json.dumps({"steps": steps, "answer": answer}) + after.translate(clear)
    reply = parsed_reply(Completion(text, None, text, (), (), "stop"))
    assert reply == {"steps": steps, "answer": answer.strip().rstrip(".")}


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_no_text_makes_the_reading_of_replies_fail(text):
    parsed_reply(Completion(text, None, text, (), (), "stop"))
    follow_ups(text)
    assert all(item == item.strip() and item for item in listed(text))


def test_lists_are_read_by_number_or_bullet():
    assert listed("First:\n1. a\n 2) b\n- c\n* d\nand 3. e") == ["a", "b", "c", "d"]


# -- examples ------------------------------------------------------------------------------------------------------

POOL = [Problem(f"e{i}", q, "0", "sums", {"worked": ["It is 0."]}) for i, q in enumerate(
    ["How many apples are 9 and 8?", "What is 9 + 8?", "A train goes 9 miles.", "What is 5 * 6?"])]  # fmt: skip


def test_the_nearest_examples_are_those_of_like_words_whatever_the_numbers():
    assert [e.id for e in choose_examples(SUM, POOL, 2, "nearest", 0)] == ["e3", "e1"]
    assert likeness("What is 3 + 4?", "What is 99 + 1?") == pytest.approx(1.0)
    assert likeness("a b", "c d") == 0.0 == likeness("", "")


def test_random_examples_are_fixed_by_seed_and_problem():
    first = choose_examples(SUM, POOL, 3, "random", 0)
    assert first == choose_examples(SUM, POOL, 3, "random", 0)
    others = [choose_examples(SUM, POOL, 3, "random", seed) for seed in range(1, 9)]
    assert any(other != first for other in others)


def test_an_example_that_is_the_question_itself_is_never_shown():
    assert SUM not in choose_examples(SUM, [SUM, *POOL], 9, "nearest", 0)


def test_few_shot_examples_are_chosen_by_the_runs_seed():
    lm = Scripted(lambda prompt, index, settings: "The answer is 7.")
    methods.few_shot_cot(SUM, lm, examples=POOL, shots=2, choice="random", seed=3)
    shown = choose_examples(SUM, POOL, 2, "random", 3)
    assert prompts_of(lm) == [prompts.few_shot_cot(SUM, shown)]


def test_an_unknown_choice_of_examples_is_an_error():
    with pytest.raises(srm.SrmLabError, match="choice of examples"):
        methods.few_shot_cot(SUM, Scripted([""]), examples=POOL, choice="best")


@pytest.mark.parametrize("name", WORDINGS)
def test_a_model_that_knows_bare_questions_only_is_refused_before_any_token(name):
    lm = Scripted(["7"], ask={"chain": "{question}", "direct": "{question}"})
    with pytest.raises(srm.SrmLabError, match=f"{name} needs a model that follows instructions"):
        methods.get(name)(CHAIN, lm)
    assert lm.asked == []


def test_every_method_is_listed_and_is_the_function_of_its_name():
    assert set(WORDINGS) <= set(methods.names())
    for name in methods.names():
        assert methods.get(name).__name__ == name
        assert callable(getattr(methods, name))
    with pytest.raises(srm.SrmLabError, match="plan_and_solve"):
        methods.get("plan_and_solv")
    assert SHOWN[0].answer == "2"
