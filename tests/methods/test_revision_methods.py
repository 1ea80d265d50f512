"""Methods that revise, against plain references written from the papers' pseudo-code."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from method_fakes import CHAIN, SUM, SamplesOnly, Scripted, bill, steps_of, yes_with

import srm_lab as srm
from srm_lab import methods, prompts

Q = SUM.question
ZERO_SHOT = prompts.fill(prompts.ZERO_SHOT_COT, question=Q)


def prompts_of(lm):
    return [prompt for prompt, _ in lm.asked]


def asker(lm):
    return lambda template, **values: lm.sample(prompts.fill(template, question=Q, **values))[0].text


# -- self-refine, critic and reviser -------------------------------------------------------------------------------


def reference_refine(draft, feedback, revise, rounds):
    """Madaan et al. 2023, algorithm 1."""
    y = draft()
    for _ in range(rounds):
        fb = feedback(y)
        if "no mistakes" in fb.lower():
            break
        y = revise(y, fb)
    return y


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3), st.integers(0, 4))
def test_self_refine_is_the_papers(rounds, content_after):
    says = ["The answer is 0."]
    for i in range(1, 5):
        says += ["No mistakes." if i > content_after else f"Step {i} is wrong.", f"The answer is {i}."]
    lm, other = Scripted(says), Scripted(says)
    ask = asker(other)
    solution = methods.self_refine(SUM, lm, rounds=rounds)
    expected = reference_refine(
        lambda: ask(prompts.ZERO_SHOT_COT),
        lambda y: ask(prompts.FEEDBACK, solution=y),
        lambda y, fb: ask(prompts.REVISE, solution=y, feedback=fb),
        rounds,
    )
    assert solution.text == expected
    assert prompts_of(lm) == prompts_of(other)
    assert bill(solution, lm)


@pytest.mark.parametrize("feedback", ["", "x" * 400])
def test_feedback_that_says_nothing_or_was_cut_off_leaves_the_draft(feedback):
    solution = methods.self_refine(SUM, Scripted(["The answer is 7.", feedback, "The answer is 8."]))
    assert solution.answer == "7"
    assert steps_of(solution, "feedback")[0]["stop"] is True


def test_a_revision_that_was_cut_off_is_dropped():
    solution = methods.self_refine(SUM, Scripted(["The answer is 7.", "Wrong.", "8" * 400]), rounds=1)
    assert solution.answer == "7"


def test_refinement_can_lose_a_right_answer():
    solution = methods.self_refine(SUM, Scripted(["The answer is 7.", "3 + 4 is 8.", "The answer is 8."]), rounds=1)
    assert solution.answer == "8"


def test_critic_and_reviser_are_models_of_their_own_and_all_are_on_the_bill():
    writer, critic, reviser = Scripted(["The answer is 6."]), Scripted(["6 is wrong."]), Scripted(["The answer is 7."])
    solution = methods.critic_and_reviser(SUM, writer, critic=critic, reviser=reviser)
    assert solution.answer == "7"
    assert prompts_of(writer) == [ZERO_SHOT]
    values = {"question": Q, "solution": "The answer is 6."}
    assert prompts_of(critic) == [prompts.fill(prompts.FEEDBACK, **values)]
    assert prompts_of(reviser) == [prompts.fill(prompts.REVISE, **values, feedback="6 is wrong.")]
    assert bill(solution, writer, critic, reviser)
    assert steps_of(solution, "judge cost")[0]["generated_tokens"] == critic.generated


def test_without_a_reviser_the_writer_revises():
    writer = Scripted(["The answer is 6.", "The answer is 7."])
    assert methods.critic_and_reviser(SUM, writer, critic=Scripted(["6 is wrong."])).answer == "7"


# -- reflexion -----------------------------------------------------------------------------------------------------


def reference_reflexion(ask, right, trials):
    """Shinn et al. 2023, algorithm 1."""
    memory = []
    for trial in range(trials):
        lessons = "\n".join(f"- {m}" for m in memory)
        text = ask(prompts.TRY_AGAIN, lessons=lessons) if memory else ask(prompts.ZERO_SHOT_COT)
        if right(text) or trial == trials - 1:
            return text
        memory.append(ask(prompts.REFLECT, solution=text))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4), st.integers(0, 4))
def test_reflexion_is_the_papers(trials, right_at):
    says = []
    for i in range(4):
        says += ["The answer is 7." if i == right_at else f"The answer is {i}.", f"Lesson {i}."]
    lm, other = Scripted(says), Scripted(says)
    solution = methods.reflexion(SUM, lm, verifier=methods.oracle, trials=trials)
    assert solution.text == reference_reflexion(asker(other), lambda text: "7" in text, trials)
    assert prompts_of(lm) == prompts_of(other)
    assert bill(solution, lm)


def test_with_the_oracle_more_trials_never_lose():
    says = ["The answer is 5.", "Lesson.", "The answer is 7.", "Lesson.", "The answer is 6."]
    right = [methods.reflexion(SUM, Scripted(says), verifier=methods.oracle, trials=t).answer == "7" for t in (1, 2, 3)]
    assert right == [False, True, True]


def test_without_a_verifier_the_model_judges_itself():
    lm = Scripted(
        ["The answer is 5.", "Lesson.", "The answer is 7."], likes=yes_with(lambda p: 0.9 if "7" in p else 0.1)
    )
    solution = methods.reflexion(SUM, lm, trials=3)
    assert [step["score"] for step in steps_of(solution, "trial")] == pytest.approx([0.1, 0.9])
    assert solution.answer == "7"
    assert bill(solution, lm)
    with pytest.raises(srm.SrmLabError, match="logprobs"):
        methods.reflexion(SUM, SamplesOnly("The answer is 7."))
    with pytest.raises(srm.SrmLabError, match="gave nan"):
        methods.reflexion(SUM, SamplesOnly("The answer is 7."), verifier=lambda p, c: math.nan)


# -- chain of verification -----------------------------------------------------------------------------------------

VERIFYING = ["The answer is 6.", "1. What is 3 + 4?\n2. Is 6 even?", "It is 7.", "Yes.", "The answer is 7."]


def test_chain_of_verification_is_the_papers_factored_variant():
    lm, other = Scripted(VERIFYING), Scripted(VERIFYING)
    solution = methods.chain_of_verification(SUM, lm)
    ask = asker(other)
    draft = ask(prompts.ZERO_SHOT_COT)
    plan = [line[3:] for line in ask(prompts.VERIFICATION_QUESTIONS, solution=draft).splitlines()]
    answers = [other.sample(prompts.fill(prompts.VERIFICATION_ANSWER, question=q))[0].text for q in plan]
    checks = "\n\n".join(f"{q}\n{a}" for q, a in zip(plan, answers))
    assert solution.text == ask(prompts.VERIFIED, solution=draft, checks=checks)
    assert prompts_of(lm) == prompts_of(other)
    assert bill(solution, lm)
    assert not any("answer is 6" in prompt for prompt in prompts_of(lm)[2:4])  # the checks do not see the draft


def test_a_plan_without_questions_leaves_the_draft():
    lm = Scripted(["The answer is 7.", "All is well."])
    assert methods.chain_of_verification(SUM, lm).answer == "7"
    assert len(lm.asked) == 2


# -- debate and mixtures -------------------------------------------------------------------------------------------


def test_debate_is_the_papers():
    """Du et al. 2023: every agent sees the others' last replies, and the last round is voted on."""

    def says(prompt, index, settings):
        if "Others answered" not in prompt:
            return ("The answer is 5.", "The answer is 7.", "The answer is 7.")[index]
        return "The answer is 7." if prompt.count("is 7") else "The answer is 5."

    lm = Scripted(says)
    solution = methods.debate(SUM, lm, agents=3, rounds=2)
    first = ["The answer is 5.", "The answer is 7.", "The answer is 7."]
    expected = [ZERO_SHOT]
    for agent in range(3):
        others = "\n\n".join(f"Reply {i}:\n{text}" for i, text in enumerate(first[:agent] + first[agent + 1 :], 1))
        expected.append(
            "\n".join([ZERO_SHOT, first[agent], prompts.fill(prompts.RECONSIDER, others=others, question=Q)])
        )
    assert prompts_of(lm) == expected
    assert [step["texts"] for step in steps_of(solution, "round")] == [first, ["The answer is 7."] * 3]
    assert solution.answer == "7"
    assert bill(solution, lm)


def test_debate_of_one_round_is_a_plain_vote():
    lm = Scripted(lambda prompt, index, settings: f"The answer is {5 + index // 2}.")
    assert methods.debate(SUM, lm, agents=3, rounds=1).answer == "5"
    assert len(lm.asked) == 1


def test_a_mixture_reads_each_layer_and_lets_the_aggregator_write():
    small = [Scripted([f"The answer is {i}.", f"The answer is {i} again."]) for i in range(2)]
    lm = Scripted(["The answer is 7."])
    solution = methods.mixture_of_agents(SUM, lm, models=small, layers=2)
    assert solution.answer == "7"
    for i, model in enumerate(small):
        replies = "Reply 1:\nThe answer is 0.\n\nReply 2:\nThe answer is 1."
        assert prompts_of(model) == [ZERO_SHOT, prompts.fill(prompts.AGGREGATE, question=Q, replies=replies)]
        said = [f"The answer is {i}.", f"The answer is {i} again."]
        assert [step["texts"][i] for step in steps_of(solution, "layer")] == said
    last = "Reply 1:\nThe answer is 0 again.\n\nReply 2:\nThe answer is 1 again."
    assert prompts_of(lm) == [prompts.fill(prompts.AGGREGATE, question=Q, replies=last)]
    assert bill(solution, lm, *small)


def test_a_mixture_of_one_model_draws_different_samples():
    lm = Scripted(lambda prompt, index, settings: f"The answer is {index}.")
    solution = methods.mixture_of_agents(SUM, lm, layers=1)
    assert steps_of(solution, "layer")[0]["texts"] == ["The answer is 0.", "The answer is 1.", "The answer is 2."]


NAMES = (
    "self_refine",
    "reflexion",
    "chain_of_verification",
    "debate",
    "mixture_of_agents",
    "universal_self_consistency",
    "multi_prompt_vote",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_model_that_knows_bare_questions_only_is_refused(name):
    lm = Scripted(["7"], ask={"chain": "{question}"})
    with pytest.raises(srm.SrmLabError, match="follows instructions"):
        methods.get(name)(CHAIN, lm)
    assert lm.asked == []
