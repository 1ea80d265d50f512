"""Recorded replies of many prompts: asked in other words, written to a file, read back and graded anew."""

from __future__ import annotations

import pytest

import srm_lab as srm
from srm_lab import prompt_trials, prompts
from srm_lab.errors import SrmLabError
from srm_lab.methods import METHODS
from srm_lab.prompt_trials import shown, worded
from srm_lab.records import Completion, Usage

PROBLEMS = srm.load_problems("word_problems", n=2, steps=1)


class Echo:
    """Says what it is told, and remembers what it was asked."""

    name, fingerprint, quantization, num_parameters, memory_bytes, ask = "echo", "e", None, 1, 1, None

    def __init__(self, text="The answer is 18.", end="stop"):
        self.text, self.end, self.asked = text, end, []

    def sample(self, prompt, n=1, **settings):
        self.asked.append((prompt, settings))
        return [Completion(self.text, None, self.text, (1,), (0.0,), self.end, Usage(5, 5, 1, 1))]


def test_words_of_ones_own_are_sent_as_a_message_and_a_begun_reply_is_one_line():
    lm = Echo()
    worded(PROBLEMS[0], lm, template="Now: {question}")
    worded(PROBLEMS[0], lm, template="{question}", start="It is")
    (free, free_settings), (begun, begun_settings) = lm.asked
    assert free == prompts.message("Now: {question}", question=PROBLEMS[0].question)
    assert free_settings["stop"] == ()
    assert begun[-1] == {"role": "assistant", "content": "It is"}
    assert begun_settings["stop"] == prompts.DIRECT_STOP


def test_the_usual_layout_is_the_kits_few_shot_prompt_and_steps_can_be_left_out():
    lm = Echo()
    shown(PROBLEMS[0], lm, shots=2)
    srm.methods.few_shot_cot(PROBLEMS[0], lm, shots=2)
    assert lm.asked[0][0] == lm.asked[1][0]
    shown(PROBLEMS[0], lm, shots=1, steps=False, layout="Q: {question}\nA: {solution}")
    prompt, settings = lm.asked[2]
    assert prompt.count("The answer is") == 1
    assert prompt.endswith(f"Q: {PROBLEMS[0].question}\nA:")
    assert settings["stop"] == ("\nQ:", "\n\n")
    assert "=" not in prompt


def test_a_model_that_knows_bare_questions_only_is_not_asked_in_other_words():
    lm = Echo()
    lm.ask = {"direct": "{question}", "chain": "{question}"}
    with pytest.raises(SrmLabError, match="follows instructions"):
        worded(PROBLEMS[0], lm, template="{question}")


def test_these_variants_are_no_methods_of_the_kit():
    assert not {"worded", "shown"} & METHODS.keys()


def written(tmp_path, lm, **facts):
    run = srm.evaluate(lm, worded, PROBLEMS, template="{question}", progress=False, store=False)
    path = tmp_path / prompt_trials.NAME
    path.write_bytes(prompt_trials.dump({"bare": run}, PROBLEMS, facts))
    return run, path


def test_what_is_written_is_read_back_and_graded_again(tmp_path):
    run, path = written(tmp_path, Echo(f"The answer is {PROBLEMS[0].answer}."))
    again = prompt_trials.load(path)["bare"]
    assert [record.verdict for record in again.records] == [record.verdict for record in run.records]
    assert again.usage == run.usage
    assert (again.name, again.settings["method"], again.settings["template"]) == ("bare", "worded", "{question}")
    assert prompt_trials.dump({"bare": again}, PROBLEMS, {}) == path.read_bytes()


def test_an_unfinished_reply_stays_unfinished(tmp_path):
    _, path = written(tmp_path, Echo(end="length"))
    assert prompt_trials.load(path)["bare"].unfinished == len(PROBLEMS)


@pytest.mark.parametrize("content", [b"", b"no gzip", None])
def test_a_missing_or_damaged_file_says_how_to_make_it_again(tmp_path, content):
    path = tmp_path / prompt_trials.NAME
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SrmLabError, match=r"benchmarks/prompts\.py"):
        prompt_trials.load(path)


def test_the_recorded_arms_are_over_the_same_problems_and_not_empty():
    trials = prompt_trials.load()
    first = next(iter(trials.values())).records
    for run in trials.values():
        assert run.failed == 0
        shared = min(len(run.records), len(first))
        assert [r.problem for r in run.records[:shared]] == [r.problem for r in first[:shared]]
