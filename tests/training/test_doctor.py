"""The reward doctor: every finding has a sick case that shows it and a healthy one that does not."""

from __future__ import annotations

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.records import Completion, Problem
from srm_lab.training.doctor import diagnose
from srm_lab.training.rewards import combine, correctness, follows_format, length_distance
from srm_lab.training.rollouts import Rollout

CORRECT = combine(correct=(1.0, correctness()))


def rollouts(texts: list[list[str]], reward=CORRECT, cut: bool = False) -> list[Rollout]:
    """A group for each list; problem i's answer is 100 + i. A word is a token; "..." at the end is a chain cut off."""
    made = []
    for i, group in enumerate(texts):
        problem = Problem(f"p{i}", "What is it?", str(100 + i), "sums")
        for text in group:
            tokens = len(text.split())
            reason = "length" if cut or text.endswith("...") else "stop"
            chain = Completion(text, None, text, tuple(range(tokens)), (-0.5,) * tokens, reason)
            made.append(Rollout(problem, chain, reward(problem, chain)))
    return made


def answers(i: int, right: int, of: int = 8) -> list[str]:
    return [f"So it is {i}. The answer is {100 + i if k < right else 7 + k}." for k in range(of)]


HEALTHY = [answers(i, right) for i, right in enumerate((3, 4, 2, 5))]


def names(found) -> list[str]:
    return [finding.name for finding in found]


def test_healthy_rollouts_have_no_finding():
    assert diagnose(rollouts(HEALTHY)) == []


def test_no_rollouts_is_an_error():
    with pytest.raises(SrmLabError, match="no rollouts"):
        diagnose([])


class Tuned:
    name = "tuned"

    class tokenizer:
        chat_template = "a template"

    def render(self, messages):
        return f"<user>{messages[0]['content']}</user>\n<assistant>"


class Base(Tuned):
    class tokenizer:
        chat_template = None


@pytest.mark.parametrize(
    ("lm", "prompt", "finding"),
    [
        (Tuned(), "What is it?", ["no chat template"]),
        (Tuned(), "<user>What is it?</user>\n<assistant>", []),
        (Tuned(), [{"role": "user", "content": "What is it?"}], []),
        (Base(), "What is it?", []),
        (None, "What is it?", []),
    ],
)
def test_a_missing_chat_template_is_found(lm, prompt, finding):
    assert names(diagnose(rollouts(HEALTHY), lm=lm, prompt=prompt)) == finding


def test_truncated_chains_are_found_and_a_few_are_not():
    sick = diagnose(rollouts(HEALTHY, cut=True))
    assert "truncated" in names(sick)
    assert "32 of 32 chains (100 %)" in next(f for f in sick if f.name == "truncated").evidence
    few = [[*group[:7], "and so on ..."] for group in HEALTHY]
    assert diagnose(rollouts(few)) == []


def test_a_right_answer_that_is_not_read_is_found():
    unread = [[*group[:4], *[f"not {5 + k}, so not {100 + i}" for k in range(4)]] for i, group in enumerate(HEALTHY)]
    found = diagnose(rollouts(unread))
    assert names(found) == ["right but not read"]
    assert "16 of 32" in found[0].evidence


def test_one_right_answer_that_is_not_read_is_no_finding():
    once = [[*HEALTHY[0][:7], "not 5, so not 100"], *HEALTHY[1:]]
    assert diagnose(rollouts(once)) == []


def test_groups_without_variance_are_found_all_wrong_and_all_right():
    wrong = diagnose(rollouts([answers(i, 0) for i in range(4)]))
    assert names(wrong) == ["groups without variance", "too hard"]
    assert "4 all wrong, 0 all right" in wrong[0].evidence
    right = diagnose(rollouts([answers(i, 8) for i in range(4)]))
    assert names(right) == ["groups without variance", "too easy"]
    assert "0 all wrong, 4 all right" in right[0].evidence


def test_a_flat_group_among_others_is_no_finding():
    assert diagnose(rollouts([*HEALTHY, answers(4, 0)])) == []


def test_too_hard_is_found_even_where_groups_vary():
    found = diagnose(rollouts([answers(i, 1, of=20) for i in range(4)]))
    assert names(found) == ["too hard"]
    assert "4 of 80" in found[0].evidence


def test_a_reward_for_length_alone_is_found():
    shuffled = [[group[(3 * k) % 8] for k in range(8)] for group in HEALTHY]
    padded = [[f"{'well ' * (3 * k)}{text}" for k, text in enumerate(group)] for group in shuffled]
    sick = combine(correct=(0.01, correctness()), length=(-1.0, length_distance(0)))
    found = diagnose(rollouts(padded, sick))
    assert "reward follows length" in names(found)
    assert diagnose(rollouts(padded)) == []


def test_a_reward_for_format_alone_is_found():
    texts = [[text if k % 2 else f"It is {text.split()[-1]}" for k, text in enumerate(group)] for group in HEALTHY]
    hacked = combine(correct=(0.05, correctness()), format=(1.0, follows_format("The answer is")))
    assert "reward follows format" in names(diagnose(rollouts(texts, hacked)))
    fair = combine(correct=(1.0, correctness()), format=(0.1, follows_format("The answer is")))
    assert diagnose(rollouts(texts, fair)) == []


def test_a_drifted_policy_is_found():
    drawn = rollouts(HEALTHY)
    near = [[p - 0.05 for p in rollout.completion.logprobs] for rollout in drawn]
    far = [[p - 1.5 for p in rollout.completion.logprobs] for rollout in drawn]
    assert diagnose(drawn, reference_logprobs=near) == []
    found = diagnose(drawn, reference_logprobs=far)
    assert names(found) == ["drifted"]
    assert "0.72 nats a token" in found[0].evidence


def test_log_probabilities_of_other_rollouts_are_refused():
    with pytest.raises(SrmLabError, match="do not fit"):
        diagnose(rollouts(HEALTHY), reference_logprobs=[[0.0]])


def test_what_stops_learning_comes_first_and_every_finding_has_a_remedy():
    found = diagnose(rollouts([answers(i, 0) for i in range(4)], cut=True))
    severities = [finding.severity for finding in found]
    assert severities == sorted(severities, key=lambda severity: severity != "stop")
    assert all(finding.remedy.endswith(".") and any(map(str.isdigit, finding.evidence)) for finding in found)
