"""The stories of `word_problems`: pure data, by number of steps. The generator is `word_problems.py`."""

from __future__ import annotations

from srm_lab.tasks.stories.long import FOUR_STEPS, THREE_STEPS
from srm_lab.tasks.stories.short import ONE_STEP, TWO_STEPS
from srm_lab.tasks.stories.template import Template

TEMPLATES: dict[int, tuple[Template, ...]] = {1: ONE_STEP, 2: TWO_STEPS, 3: THREE_STEPS, 4: FOUR_STEPS}
