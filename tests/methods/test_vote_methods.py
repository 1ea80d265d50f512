"""Weighted votes, choices among replies, and CoT-decoding, against plain references."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from method_fakes import CHAIN, SHOWN, SUM, SamplesOnly, Scripted, bill, steps_of

import srm_lab as srm
from srm_lab import methods, prompts
from srm_lab.methods import confidence
from srm_lab.methods.universal_self_consistency import named
from srm_lab.models import tiny
from srm_lab.models.local import LocalModel
from srm_lab.records import Completion
from srm_lab.tasks.worked import ALPHABET

ASK = {"chain": "{question}", "direct": "{question}"}


def saying(*texts, **more):
    return Scripted(lambda prompt, index, settings: texts[index % len(texts)], **more)


def weighted(lm, **settings):
    return methods.weighted_self_consistency(SUM, lm, examples=SHOWN, **settings)


def sum_of(texts, weight):
    """The vote of the papers: the answer whose chains have the most weight together."""
    totals = defaultdict(float)
    for text in texts:
        totals[text] += weight(text)
    return max(totals, key=totals.get)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from("1234"), min_size=1, max_size=9), st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_a_verifiers_vote_is_the_sum_of_its_scores(answers, scores):
    value = dict(zip("1234", scores))
    lm = saying(*answers)
    verifier = lambda problem, chain: value[chain.text]  # noqa: E731
    solution = weighted(lm, n=len(answers), weigh=verifier)
    assert solution.answer == sum_of(answers, value.__getitem__)
    assert bill(solution, lm)


def test_likelihood_can_overrule_the_majority():
    lm = saying("5", "5", "7", logprob=lambda text: -0.1 if text == "7" else -2.0)
    solution = weighted(lm, n=3)
    assert solution.answer == "7"
    counts = steps_of(solution, "vote")[0]["counts"]
    assert counts == pytest.approx({"5": 2 * math.exp(-2), "7": math.exp(-0.1)})
    assert weighted(saying("5", "5", "7"), n=3).answer == "5"


def test_likelihood_of_a_long_chain_is_that_of_a_short_one():
    assert confidence.likelihood(completion("", (-1.0,) * 9)) == confidence.likelihood(completion("", (-1.0,)))


def completion(text, logprobs=()):
    return Completion(text, None, text, (), logprobs, "stop")


def test_a_model_without_logprobs_is_an_error_and_never_an_even_vote():
    with pytest.raises(srm.SrmLabError, match="without log-probabilities"):
        weighted(SamplesOnly("7"), n=2)
    with pytest.raises(srm.SrmLabError, match="samples only has no `distributions`"):
        weighted(SamplesOnly("7"), n=2, weigh="self_certainty")
    with pytest.raises(srm.SrmLabError, match="not numbers"):
        weighted(saying("7", logprob=math.nan), n=1)


def test_an_unknown_weight_and_a_negative_one_are_errors():
    with pytest.raises(srm.SrmLabError, match="no weight called 'likelyhood'"):
        weighted(saying("7"), weigh="likelyhood")
    with pytest.raises(srm.SrmLabError, match="finite number of at least 0"):
        weighted(saying("7"), weigh=lambda problem, chain: -1)


def test_unfinished_chains_are_not_even_scored():
    seen = []
    lm = saying("7", "8" * 200)
    weighted(lm, n=2, weigh=lambda problem, chain: seen.append(chain.text) or 1.0)
    assert seen == ["7"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-3, 3), min_size=1, max_size=8))
def test_borda_weights_are_ranks(values):
    weights = confidence.borda(values)
    assert max(weights) == len(values)
    assert all((a > b) == (x > y) for a, x in zip(weights, values) for b, y in zip(weights, values))


# -- read from distributions ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lm():
    model, tokenizer = tiny.make("0.1M", ALPHABET, 0)
    model.get_input_embeddings().weight.data.mul_(5)  # far from even distributions
    return LocalModel("tiny/random", model, tokenizer)


def test_distributions_are_the_models_own(lm):
    ids = lm.encode("3+4?") + lm.encode("7#")
    with torch.no_grad():
        expected = lm.model(torch.tensor([ids])).logits[0, 3:].log_softmax(-1)
    found = lm.distributions("3+4?", "7#")
    assert found.shape == (3, len(lm.tokenizer))
    assert torch.allclose(found, expected, atol=1e-4)
    assert found[[0, 1], ids[4:]].tolist() == pytest.approx(lm.logprobs("3+4?", "7#"), abs=1e-4)
    assert torch.allclose(lm.distributions("3+4?"), expected[:1], atol=1e-4)


def test_self_certainty_is_the_divergence_from_an_even_distribution(lm):
    text, size = "7#", len(lm.tokenizer)
    logs = lm.distributions("3+4?", text)[:-1].double()
    even = 1 / size
    by_hand = sum(even * (math.log(even) - q) for row in logs.tolist() for q in row) / len(text)
    assert confidence.self_certainty(lm, "3+4?", completion(text)) == pytest.approx(by_hand, rel=1e-4)
    assert by_hand > 0
    assert confidence.self_certainty(lm, "3+4?", completion("")) == 0.0


def test_the_margin_is_that_of_the_answers_tokens_alone(lm):
    probabilities = lm.distributions("3+4?", "1####72").exp()
    top = probabilities.topk(2, -1).values[5:7]
    expected = float((top[:, 0] - top[:, 1]).mean())
    assert confidence.answer_margin(lm, "3+4?", completion("1####72"), (5, 7)) == pytest.approx(expected, abs=1e-5)
    assert confidence.answer_margin(lm, "3+4?", completion("1####72"), (0, 1)) != pytest.approx(expected, abs=1e-5)


def test_self_certainty_votes_and_cot_decoding_run_on_a_real_model(lm):
    solution = methods.weighted_self_consistency(CHAIN, lm, n=3, weigh="self_certainty", max_new_tokens=12)
    finished = sum(chain.finished for chain in solution.completions)
    assert len(solution.completions) == 3
    assert solution.usage.calls == 3 + finished


class Branching(Scripted):
    """Its first token is "a", "b" or "c"; each goes on in its own way, and is as sure of its answer as it is told."""

    ways = {"a": "b####1", "b": "c####2", "c": "####1"}  # noqa: RUF012
    sure = {"a": 0.6, "b": 0.9, "c": 0.7}  # noqa: RUF012
    letters = "abc#123? 4+"

    def __init__(self):
        super().__init__(lambda prompt, index, settings: self.ways[prompt[-1]], ask=ASK)
        self.tokenizer = self

    def decode(self, ids, skip_special_tokens=True):
        return self.letters[ids[0]]

    def __call__(self, text, **options):
        return {"offset_mapping": [(i, i + 1) for i in range(len(text))]}

    def distributions(self, prompt, continuation=""):
        rows = torch.full((len(continuation) + 1, len(self.letters)), 1e-9)
        if not continuation:
            rows[0, :3] = torch.tensor([0.5, 0.2, 0.3])
        for place, letter in enumerate(continuation):
            rows[place, self.letters.index(letter)] = 0.8
            if letter in "123":
                rows[place, self.letters.index(letter)] = 0.5 + self.sure[continuation[0]] / 2
                rows[place, 0] = 0.5 - self.sure[continuation[0]] / 2
        self.scored += len(prompt) + len(continuation)
        return rows.log()


def test_cot_decoding_takes_the_branch_that_is_surest_of_its_answer():
    lm = Branching()
    solution = methods.cot_decoding(CHAIN, lm, branches=3)
    assert (solution.answer, solution.text) == ("2", "bc####2")
    margins = {step["first"]: step["margin"] for step in steps_of(solution, "branch")}
    assert margins == pytest.approx(lm.sure, abs=1e-4)
    assert [step["first"] for step in steps_of(solution, "branch")] == ["a", "c", "b"]  # by probability
    assert all(settings["temperature"] == 0 for _, settings in lm.asked)
    assert bill(solution, lm)


def test_cot_decoding_with_one_branch_is_greedy_decoding():
    assert methods.cot_decoding(CHAIN, Branching(), branches=1).text == "ab####1"


def test_cot_decoding_needs_distributions():
    with pytest.raises(srm.SrmLabError, match="distributions"):
        methods.cot_decoding(SUM, SamplesOnly("7"))


# -- choices and several prompts -----------------------------------------------------------------------------------

REPLIES = ("The answer is 5.", "The answer is 7.", "x" * 300, "The answer is 7.0.")


def universal(choice):
    def says(prompt, index, settings):
        return choice if "Which reply agrees best" in prompt else REPLIES[index]

    lm = Scripted(says)
    return methods.universal_self_consistency(SUM, lm, n=4, max_new_tokens=100), lm


def test_universal_self_consistency_takes_the_reply_that_is_named():
    solution, lm = universal("Reply 1 agrees best.")
    assert solution.answer == "5"
    listing = "\n\n".join(f"Reply {i}:\n{REPLIES[at]}" for i, at in enumerate((0, 1, 3), 1))  # without the unfinished
    wanted = prompts.fill(prompts.MOST_CONSISTENT, question=SUM.question, replies=listing)
    assert lm.asked[-1][0] == wanted
    assert bill(solution, lm)
    (cost,) = steps_of(solution, "judge cost")
    assert (cost["prompt_tokens"], cost["replies"]) == (len(wanted), [4])


@pytest.mark.parametrize("choice", ["The best one.", "", "9"])
def test_where_no_reply_is_named_the_plain_vote_decides_as_promised(choice):
    solution, _ = universal(choice)
    assert solution.answer == "7"
    assert steps_of(solution, "most consistent")[0]["named"] is None


def test_a_name_is_the_first_number_that_is_a_reply():
    assert named(completion("Not 0 or 12 but 3 or 2"), 4) == 3
    assert named(completion("none"), 4) is None


def test_several_prompts_take_turns_and_vote():
    lm = Scripted(lambda prompt, index, settings: "The answer is 5." if "plan" in prompt else "The answer is 7.")
    solution = methods.multi_prompt_vote(SUM, lm, n=5)
    assert solution.answer == "7"
    asked = Counter(steps_of(solution, "wordings")[0]["asked"])
    assert asked == {"zero_shot_cot": 2, "plan_and_solve": 2, "re_reading": 1}
    assert len(solution.completions) == 5
    assert bill(solution, lm)
    with pytest.raises(srm.SrmLabError, match="wording called 'shout'"):
        methods.multi_prompt_vote(SUM, lm, wordings=("shout",))
