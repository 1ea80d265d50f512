"""The bits lab of notebook 03 in real JupyterLab: its boxes count again, in light, dark and narrow."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.browser

WIDGET = "import srm_lab as srm\nsrm.widgets.bits_lab(srm.compress.load_recorded())"
FACTS = "(document.querySelector('.srm-facts')?.innerText ?? '')"


def choose(lab, box: str, option: str) -> None:
    """Pick an option of the lab's dropdown with this label."""
    label = lab.page.locator("label", has_text=re.compile(f"^{box}$"))
    row = lab.page.locator(".srm-live .widget-dropdown").filter(has=label).first
    row.locator("select").select_option(label=option)


def test_the_bits_lab_counts_again_and_marks_the_first_wrong_step(lab):
    lab.open(lab.notebook("bits", [WIDGET]))
    lab.run_all()
    choose(lab, "Bits", "2 bits")
    lab.wait_for(f"{FACTS}.includes('rtn-2bit-g64')")
    assert lab.page.locator(".srm-steps mark").count() == 1
    before = lab.page.inner_text(".srm-steps")
    lab.click("Another example")
    lab.wait_for(f"document.querySelector('.srm-steps').innerText !== {before!r}")
    lab.screenshot("bits light", ".srm-live")
    lab.dark_and_narrow("bits", ".srm-live", width=760, height=1100)
    assert lab.errors == []
