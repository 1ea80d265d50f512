"""Hub data sets, tried offline on local folders, and what is said where there is no network."""

import json

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.tasks import hub, load_problems

GSM8K_LIKE = [{"question": f"What is {i} * 2?", "answer": f"{i} * 2 = {2 * i}\n#### {2 * i}"} for i in range(5)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(datasets.config, "HF_MODULES_CACHE", str(tmp_path / "modules"))
    path = tmp_path / "set"
    path.mkdir()
    for split, rows in (("test", GSM8K_LIKE), ("train", GSM8K_LIKE[:2])):
        (path / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def error_of(name, **settings) -> str:
    with pytest.raises(SrmLabError) as caught:
        load_problems(name, **settings)
    return str(caught.value)


def test_a_local_folder_loads_with_answers_after_hashes(folder):
    problems = load_problems(f"hub/{folder}", seed=None, answer_pattern=hub.AFTER_HASHES)
    assert [problem.answer for problem in problems] == ["0", "2", "4", "6", "8"]
    assert len(load_problems(f"hub/{folder}", split="train", answer_pattern=hub.AFTER_HASHES)) == 2


def test_the_columns_of_gsm8k_need_not_be_named(folder, monkeypatch):
    import datasets

    asked = {}

    def load_dataset(name, config, split):
        asked.update(name=name, config=config, split=split)
        return datasets.Dataset.from_list(GSM8K_LIKE)

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    monkeypatch.setattr(hub, "_need_network", lambda name: None)
    assert load_problems("hub/openai/gsm8k", n=1, seed=None)[0].answer == "0"
    assert asked == {"name": "openai/gsm8k", "config": "main", "split": "test"}


def test_parquet_and_csv_folders_load_too(folder):
    import pandas as pd

    for suffix in ("parquet", "csv"):
        other = folder.parent / suffix
        other.mkdir()
        frame = pd.DataFrame([{"problem": "1 + 1?", "solution": 2}])
        getattr(frame, f"to_{suffix}")(other / f"test.{suffix}", index=False)
        (problem,) = load_problems(f"hub/{other}", question="problem", answer="solution")
        assert (problem.question, problem.answer) == ("1 + 1?", "2")


def test_a_wrong_column_split_or_count_is_named(folder):
    assert "Its columns are: 'question', 'answer'" in error_of(f"hub/{folder}", question="problem")
    assert "no split 'validation'" in error_of(f"hub/{folder}", split="validation")
    assert "holds 5 problems, 6 were asked for" in error_of(f"hub/{folder}", n=6, answer_pattern=hub.AFTER_HASHES)
    assert "test row 0, column 'answer'" in error_of(f"hub/{folder}")
    assert "There is no setting" in error_of(f"hub/{folder}", colunm="x")


def test_a_broken_file_and_a_missing_folder_are_clear_errors(folder):
    (folder / "test.jsonl").write_text('{"question": 1\n')
    assert "cannot be read" in error_of(f"hub/{folder}")
    assert "There is no folder" in error_of(f"hub/{folder}/none")


def test_without_a_network_it_says_at_once_what_works_offline(folder, monkeypatch):
    def no_network(*args):
        raise OSError("Name or service not known")

    monkeypatch.setattr(hub, "getproxies", dict)
    monkeypatch.setattr(hub.socket, "getaddrinfo", no_network)
    message = error_of("hub/openai/gsm8k")
    assert "no network" in message
    assert "word_problems" in message


def test_a_connection_that_breaks_is_the_same_error(folder, monkeypatch):
    import datasets

    def broken(*args, **kwargs):
        raise ConnectionError("reset by peer")

    monkeypatch.setattr(datasets, "load_dataset", broken)
    monkeypatch.setattr(hub, "_need_network", lambda name: None)
    assert "cannot be reached" in error_of("hub/openai/gsm8k")
