"""What a policy does on held-out problems: how often it is right, at what length, and in which style it writes.

Reinforcement learning changes a distribution of chains, so it is measured by drawing from it, at the temperature of
the rollouts: pass@1 is the share of single draws that are right, pass@k the share of problems that k draws solve.
Left out: greedy accuracy (see `srm.evaluate`), which can jump when a distribution has hardly moved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..records import Problem, Proportion
from ..scoring.statistics import Estimate, clustered, pass_at_k
from ..tasks.worked import written_style
from .grpo import question_of
from .rewards import CombinedReward, combine, correctness
from .rollouts import Group, PromptOf, draw_groups

CORRECT = combine(correct=(1.0, correctness()))


@dataclass(frozen=True)
class PolicyReport:
    """pass_at_1: over all draws, with an interval that counts problems. pass_at_k: k is all draws of a problem.

    tokens: mean of a draw. unfinished: share of draws that were cut off. reward: mean. styles: share of draws in each
    style (see `written_style`).
    """

    pass_at_1: Proportion
    pass_at_k: Estimate
    tokens: float
    unfinished: float
    reward: float
    styles: Mapping[str, float]

    def __str__(self) -> str:
        styles = ", ".join(f"{100 * share:.0f} % {style}" for style, share in self.styles.items())
        k = self.pass_at_k
        return f"pass@1 {self.pass_at_1}, pass@{k.k} {100 * k.value:.1f} %, {self.tokens:.1f} tokens; {styles}"


def measure_policy(
    lm,
    problems: Sequence[Problem],
    samples: int,
    *,
    max_new_tokens: int,
    reward: CombinedReward = CORRECT,
    temperature: float = 1.0,
    seed: int = 0,
    prompt_of: PromptOf = question_of,
) -> PolicyReport:
    """Draw `samples` completions of each problem and describe them.

    reward: what to report as the mean reward; right or wrong is always the kit's own verdict. See `draw_groups` for
    the rest, and for what is raised.
    """
    groups = draw_groups(
        lm, problems, prompt_of, reward, samples, temperature=temperature, max_new_tokens=max_new_tokens, seed=seed
    )
    return describe(groups)


def describe(groups: Sequence[Group]) -> PolicyReport:
    """The report on groups that were drawn already, all of the same size."""
    rollouts = [rollout for group in groups for rollout in group.rollouts]
    outcomes = [[rollout.reward.correct for rollout in group.rollouts] for group in groups]
    count, styles = len(rollouts), Counter(written_style(rollout.completion.text) for rollout in rollouts)
    return PolicyReport(
        clustered(outcomes),
        pass_at_k(outcomes, [len(outcomes[0])])[0],
        sum(len(rollout.completion.token_ids) for rollout in rollouts) / count,
        sum(not rollout.completion.finished for rollout in rollouts) / count,
        sum(rollout.reward.total for rollout in rollouts) / count,
        {style: styles[style] / count for style in ("answer", "draft", "full")},
    )
