"""compare_methods: one table for several methods, at equal budget, with what each cost."""

from __future__ import annotations

import pytest

import srm_lab as srm
from srm_lab.compare_methods import candidates, reachable


def half_right(prompt, index, seed):
    text = prompt if isinstance(prompt, str) else prompt[0]["content"]
    number = int(text.rsplit("What is ", 1)[1].split()[0])
    return f"The answer is {number + 2 + (index + number) % 2}."


@pytest.fixture
def compared(fake_model, problems):
    entries = ["zero_shot_cot", ("best_of_n", {"n": 2, "examples": problems, "verifier": srm.methods.oracle})]
    return srm.compare_methods(fake_model(half_right), problems, entries, progress=False)


def test_each_row_has_accuracy_difference_oracle_and_costs(compared):
    table = compared.table()
    assert list(table.index) == ["zero_shot_cot", "best_of_n (n=2)"]
    first, second = table.iloc[0], table.iloc[1]
    assert (first["accuracy"], second["accuracy"]) == (0.5, 1.0)
    assert second["difference"] == 0.5
    assert first[["difference", "p"]].isna().all()
    assert (first["oracle"], second["oracle"]) == (0.5, 1.0)
    assert (first["generated tokens"], second["generated tokens"]) == (4.0, 8.0)
    assert (first["prompt tokens"], second["calls"]) == (5.0, 2.0)
    assert (table["wasted tokens"] == 0).all()
    assert table["settings"].tolist() == ["", "n=2, examples=4 of them, verifier=oracle"]
    assert srm.figures.frontier(compared.runs).data


def test_chains_that_were_cut_off_are_wasted(fake_model, problems):
    lm = fake_model(lambda prompt, index, seed: "The answer is 2." if index else "2 2 2...")
    settings = {"n": 2, "examples": problems}
    table = srm.compare_methods(lm, problems, [("self_consistency", settings)], progress=False).table()
    assert table["wasted tokens"].tolist() == [3.0]


def test_a_judges_replies_are_a_cost_and_no_candidates(fake_model, problems):
    def says(prompt, index, seed):
        return "The answer is 2." if "agrees best" in prompt[0]["content"] else "The answer is 99."

    lm = fake_model(says)
    compared = srm.compare_methods(lm, problems[:1], ["universal_self_consistency"], progress=False)
    row = compared.table().iloc[0]
    assert (row["judge generated tokens"], row["judge prompt tokens"], row["oracle"]) == (4.0, 5.0, 0.0)
    (record,) = compared.runs[0].records
    assert set(candidates(record.solution)) == {"The answer is 99."}


def test_of_a_search_only_what_ended_a_chain_is_a_candidate():
    rows = [{"step": "node", "text": "2", "finished": False}, {"step": "node", "text": "####3", "finished": True},
            {"step": "roll-out", "text": "####4", "finished": True}]  # fmt: skip
    assert list(candidates(srm.Solution(None, "", trace=rows))) == ["####3", "####4"]


def test_a_problem_on_which_a_method_failed_has_nothing_reachable(problems):
    assert reachable(srm.Record(problems[0], None, None, "broken", 0.0)) is False


def test_all_methods_have_the_same_budget_and_one_too_small_is_named(fake_model, problems):
    lm = fake_model(half_right)
    compared = srm.compare_methods(lm, problems, ["direct", "zero_shot_cot"], budget=9, progress=False)
    assert [run.settings["budget"] for run in compared.runs] == [9, 9]
    endless = fake_model(["2 2 2..."])
    with pytest.raises(srm.SrmLabError, match="budget of 9 tokens is too small for one chain of direct"):
        srm.compare_methods(endless, problems, ["direct"], budget=9, progress=False)


def test_no_methods_and_an_unknown_one_are_errors(fake_model, problems):
    with pytest.raises(srm.SrmLabError, match="no methods"):
        srm.compare_methods(fake_model(["2"]), problems, [])
    with pytest.raises(srm.SrmLabError, match="zero_shot_cot"):
        srm.compare_methods(fake_model(["2"]), problems, ["zero_shot_cott"], progress=False)
