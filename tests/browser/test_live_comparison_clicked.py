"""The live comparison, clicked in real JupyterLab: once with a scripted model, once with the real one."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

SCRIPTED = '''
import time
import srm_lab as srm
from srm_lab.records import Completion, Usage

class Scripted:
    """Says what it is told, a word every 20 ms, all chains of a call at once."""
    name, fingerprint, quantization, num_parameters, memory_bytes = "scripted", "s", None, 1, 1
    pause = 0.02
    STEPS = ["First 4 and 3 make 7. The answer is 7.", "He has 3 times 4, which is 12. The answer is 12.",
             "4 + 3 = 7, so <b>seven</b><img src=x onerror='window.hacked=1'>. The answer is 7."]

    def sample(self, prompt, n=1, *, on_token=None, cancel=None, max_new_tokens=256, **settings):
        direct = "final answer only" in str(prompt)
        texts = [["7"] if direct else (self.STEPS[i % 3] + " ").split(" ")[:-1] for i in range(n)]
        done, cancelled = [0] * n, False
        while not cancelled and any(k < len(t) for k, t in zip(done, texts)):
            time.sleep(self.pause)
            cancelled = cancel.is_set()
            for i, words in enumerate(texts):
                if done[i] < len(words) and not cancelled:
                    on_token(i, words[done[i]] if done[i] == 0 else " " + words[done[i]])
                    done[i] += 1
        return [self.chain(t[:k], "cancelled" if k < len(t) else "stop") for k, t in zip(done, texts)]

    def chain(self, words, reason):
        text, ids = " ".join(words), tuple(range(len(words)))
        return Completion(text, None, text, ids, (0.0,) * len(ids), reason, Usage(5, 5, len(ids), 1))

@srm.method
def broken(problem, lm, *, n=2):
    """Fails on purpose."""
    raise ValueError("no such <b>luck</b>")

P = srm.Problem
QUESTION = "Ann has 4 apples and gets 3 more. How many apples does she have now?"
problems = [P(f"p{i}", QUESTION, "7", "word_problems", {"steps": 1}) for i in range(12)]
'''
WIDGET = """
box = srm.widgets.live_comparison([Scripted()], ["direct", "few_shot_cot", "self_consistency", broken], problems)
box
"""
# A cell that is busy until it is released: how fast the machine is does not decide what the test sees.
BUSY = """
import pathlib, time
deadline = time.monotonic() + 90
while not pathlib.Path('released').exists() and time.monotonic() < deadline:
    time.sleep(0.05)
pathlib.Path('released').unlink()
print('cell through')
"""
TEXT = "(document.querySelector('.srm-columns')?.innerText ?? '')"
STATUS = "(document.querySelector('.srm-status')?.innerText ?? '')"


def _assert_still_busy_then_release(lab, cell):
    prompt = lab.page.locator(".jp-InputArea-prompt").nth(cell).inner_text()
    assert "*" in prompt, "all that happened while the cell executed"
    (lab.server.folder / "released").touch()


def _ended(lab, seconds=30):
    lab.wait_for(f"{STATUS}.includes('Done')", seconds)


def test_scripted_chains_stream_are_marked_and_counted_and_hostile_text_stays_text(lab):
    lab.open(lab.notebook("scripted", [SCRIPTED, WIDGET]))
    lab.run_all()
    assert "Nothing is running yet" in lab.page.inner_text(".srm-status"), "a displayed widget must not start by itself"
    lab.click("Run")
    lab.wait_for(f"{TEXT}.includes('First')")
    _ended(lab)
    assert lab.page.locator(".srm-columns mark").count() >= 5
    assert "<img src=x" in lab.page.inner_text(".srm-columns"), "the model's markup is shown as text"
    assert lab.page.evaluate("window.hacked") is None
    assert "ValueError: no such <b>luck</b>" in lab.page.inner_text(".srm-failure")
    assert "3 of 5" in lab.page.inner_text(".srm-vote") or "4 of 5" in lab.page.inner_text(".srm-vote")
    lab.screenshot("scripted light", ".srm-live")
    lab.dark_and_narrow("scripted", ".srm-live", width=640, height=1600)
    assert lab.errors == []


def test_a_batch_fills_the_tally_stops_and_goes_on(lab):
    lab.open(lab.notebook("batch", [SCRIPTED, WIDGET]))
    lab.run_all()
    lab.click("Run the next 10 problems")
    counted = "document.querySelector('.srm-tally').innerText.match(/[2-9] of [2-9]/g)?.length === 3"
    lab.wait_for(counted)
    lab.screenshot("batch running", ".srm-live")
    lab.click("Stop")
    lab.wait_for(f"{STATUS}.includes('Stopped')", seconds=3)
    lab.click("Run the next 10 problems")
    _ended(lab)
    assert lab.page.inner_text(".srm-tally").count("of 12") == 3, "the second batch goes on after the first"
    lab.click("Reset tally")
    lab.wait_for("document.querySelector('.srm-tally').innerText.includes('empty')")
    assert lab.errors == []


def test_run_and_stop_work_while_another_cell_executes_and_a_rerun_cell_replaces_its_widget(lab):
    lab.open(lab.notebook("busy", [SCRIPTED + "\nScripted.pause = 0.2", WIDGET, BUSY]))
    lab.run_cell(0)
    lab.run_cell(1)
    lab.wait_idle()
    lab.run_cell(2)
    lab.click("Run")
    lab.wait_for(f"{TEXT}.includes('First 4 and')")
    lab.click("Stop")
    lab.wait_for(f"{STATUS}.includes('Stopped')")
    _assert_still_busy_then_release(lab, 2)
    lab.wait_idle()
    assert "cell through" in lab.outputs(2)
    lab.click("Run")
    lab.wait_for(f"{STATUS}.includes('Writing')")
    lab.run_cell(1)
    lab.wait_for(f"{STATUS}.includes('Nothing is running yet')")
    assert lab.errors == []
    assert "Traceback" not in lab.server.log, "a thread or a callback of the kernel failed"


def test_ones_own_question_is_asked_with_the_keyboard_alone(lab):
    lab.open(lab.notebook("own", [SCRIPTED, WIDGET]))
    lab.run_all()
    lab.button("My own question").press("Enter")
    lab.page.locator(".srm-live textarea").focus()
    lab.wait_for("document.activeElement?.tagName === 'TEXTAREA'")
    lab.page.locator(".srm-live textarea").press_sequentially("How much is 4 + 3, <i>please</i>?")
    lab.button("Run").press("Enter")
    _ended(lab)
    assert "How much is 4 + 3, <i>please</i>?" in lab.page.inner_text(".srm-problem")
    assert lab.page.inner_text(".srm-columns").count("○ not graded") == 2 + 1 + 5
    assert "empty" in lab.page.inner_text(".srm-tally")
    lab.screenshot("own question", ".srm-live")
    assert lab.errors == []


@pytest.mark.slow
def test_the_real_model_streams_while_a_cell_executes_stops_and_counts(lab):
    widget = "import srm_lab as srm\nsrm.widgets.live_comparison()"
    lab.open(lab.notebook("real", [widget, BUSY]))
    lab.run_cell(0)
    lab.wait_idle()
    lab.click("Run")
    lab.wait_for(f"{STATUS}.includes('Writing')", seconds=40)
    streamed = len(lab.page.inner_text(".srm-columns"))
    lab.run_cell(1)
    lab.wait_for(f"{TEXT}.length > {streamed + 200}")
    lab.screenshot("real streaming", ".srm-live")
    _assert_still_busy_then_release(lab, 1)
    lab.wait_idle()
    _ended(lab, 60)
    lab.click("Next")
    lab.click("Run")
    lab.wait_for(f"{STATUS}.includes('Writing')")
    lab.click("Stop")
    lab.wait_for(f"{STATUS}.includes('Stopped')", seconds=5)
    lab.click("Run")
    lab.wait_for(f"{STATUS}.includes('Done')", seconds=60)
    assert "of 2" in lab.page.inner_text(".srm-tally")
    assert lab.page.locator(".srm-columns mark").count() >= 1
    lab.screenshot("real light", ".srm-live")
    lab.theme(dark=True)
    lab.screenshot("real dark", ".srm-live")
    assert lab.errors == []
