"""The reward doctor: looks at rollouts and says why nothing, or the wrong thing, is learned.

Each finding carries its evidence in numbers and a remedy. The thresholds are named below with their reasons; healthy
rollouts yield no finding. Left out: reading training curves; a run's log and `figures.training_curves` show those.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import correlation, fmean, median

from ..errors import SrmLabError
from .rollouts import Rollout

TRUNCATED = 0.5  # from here on most of what is learned is how chains end when they are cut off
UNREAD = 0.05  # right answers that are not read are rewards with the wrong sign; a few in a hundred already hurt
UNREAD_AT_LEAST = 3  # one or two may be chance: the right number in an otherwise wrong text
FLAT = 0.5  # from here on most of the sampling is thrown away: equal rewards make zero advantages
TOO_HARD = 0.1  # with 8 rollouts a group and 1 in 10 right, 43 % of the groups hold no right one at all
TOO_EASY = 0.9  # the same from the other side
FOLLOWED = 0.5  # correlation from which a reward is said to follow length or another part
IGNORED = 0.2  # correlation below which it is said not to follow correctness
ENOUGH = 16  # rollouts from which a correlation is looked at
DRIFT = 0.2  # nats a token: typical token probabilities have moved by a factor of about two


@dataclass(frozen=True)
class Finding:
    """Something that keeps a run from learning.

    name: one of `no chat template`, `truncated`, `right but not read`, `groups without variance`, `too hard`,
    `too easy`, `reward follows length`, `reward follows <part>`, `drifted`. severity: "stop" (nothing useful can be
    learned) or "watch". evidence, remedy: a sentence each.
    """

    name: str
    severity: str
    evidence: str
    remedy: str

    def __str__(self) -> str:
        return f"[{self.severity}] {self.name}: {self.evidence} {self.remedy}"


def diagnose(
    rollouts: Sequence[Rollout], *, lm=None, prompt=None, reference_logprobs: Sequence[Sequence[float]] | None = None
) -> list[Finding]:
    """What is wrong with these rollouts, the worst first; an empty list where nothing is.

    rollouts: of several problems, several a problem. lm, prompt: the model and one prompt as it was sent, to see
    whether the chat template is missing. reference_logprobs: for each rollout one log-probability a token under the
    reference model, in nats, to see how far the policy has moved.
    Raises SrmLabError where there are no rollouts, or the reference's log-probabilities do not fit them.
    """
    if not rollouts:
        raise SrmLabError("There are no rollouts to look at.", "The list is empty.", "Draw some: see `draw_groups`.")
    groups = _groups(rollouts)
    found = [
        _no_chat_template(lm, prompt),
        _truncated(rollouts),
        _not_read(rollouts),
        _flat(groups),
        _pass_rate(rollouts),
        *_hacked(groups),
        _drifted(rollouts, reference_logprobs),
    ]
    return sorted((finding for finding in found if finding), key=lambda finding: finding.severity != "stop")


def _groups(rollouts: Iterable[Rollout]) -> list[list[Rollout]]:
    groups: dict[str, list[Rollout]] = {}
    for rollout in rollouts:
        groups.setdefault(rollout.problem.id, []).append(rollout)
    return list(groups.values())


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _no_chat_template(lm, prompt) -> Finding | None:
    """A string prompt without the mark that the model's template puts after a user's turn."""
    if lm is None or not isinstance(prompt, str) or not getattr(lm.tokenizer, "chat_template", None):
        return None
    marks = lm.render([{"role": "user", "content": "QUESTION"}]).partition("QUESTION")[2].split()
    if not marks or marks[0] in prompt:
        return None
    return Finding(
        "no chat template", "stop",
        f"{lm.name} has a chat template, and the prompt has no {marks[0]!r}, which it puts after each question.",
        'Send messages, [{"role": "user", "content": ...}]: the model was tuned to answer and to end in that form.',
    )  # fmt: skip


def _truncated(rollouts: Sequence[Rollout]) -> Finding | None:
    cut = [rollout for rollout in rollouts if rollout.completion.finish_reason == "length"]
    if len(cut) < TRUNCATED * len(rollouts):
        return None
    tokens = median(len(rollout.completion.token_ids) for rollout in cut)
    return Finding(
        "truncated", "stop",
        f"{len(cut)} of {len(rollouts)} chains ({_percent(len(cut) / len(rollouts))}) were cut off, at {tokens:.0f} "
        "tokens in the middle.",
        "Raise max_new_tokens; where chains do not end even then, fine-tune on traces that end with the end token.",
    )  # fmt: skip


def _not_read(rollouts: Sequence[Rollout]) -> Finding | None:
    missed = [rollout for rollout in rollouts if rollout.completion.finished and _right_but_not_read(rollout)]
    if len(missed) < max(UNREAD_AT_LEAST, UNREAD * len(rollouts)):
        return None
    first = missed[0]
    return Finding(
        "right but not read", "stop",
        f"{len(missed)} of {len(rollouts)} chains state the right answer and are not graded right: problem "
        f"{first.problem.id} ends in {first.completion.text.strip()[-40:]!r}, the reference is "
        f"{first.problem.answer!r}, and the parser read {first.reward.read!r}.",
        "Make format and parser agree: ask for a form that srm.verify reads (\"The answer is 18.\"), or check the "
        "problems' kind.",
    )  # fmt: skip


def _right_but_not_read(rollout: Rollout) -> bool:
    """Graded wrong, although the text's last word is the reference, or nothing was read and it stands in the text."""
    if rollout.reward.correct is True:
        return False
    words = [word for word in re.split(r"[^\w.,/%-]+", rollout.completion.text) if word.strip(".,")]
    words, answer = [word.strip(".,") for word in words], rollout.problem.answer.strip()
    return bool(words) and (words[-1] == answer or (rollout.reward.read is None and answer in words))


def _flat(groups: Sequence[Sequence[Rollout]]) -> Finding | None:
    several = [group for group in groups if len(group) > 1]
    flat = [group for group in several if len({round(rollout.reward.total, 6) for rollout in group}) == 1]
    if not several or len(flat) < FLAT * len(several):
        return None
    right = sum(all(rollout.reward.correct is True for rollout in group) for group in flat)
    wrong = sum(all(rollout.reward.correct is not True for rollout in group) for group in flat)
    size = fmean(len(group) for group in several)
    distinct = fmean(len({rollout.completion.text for rollout in group}) / len(group) for group in several)
    return Finding(
        "groups without variance", "stop",
        f"In {len(flat)} of {len(several)} groups all rollouts earned the same: {wrong} all wrong, {right} all right; "
        f"{_percent(distinct)} of the texts in a group are distinct.",
        f"Choose problems that the model solves sometimes, draw more than {size:.0f} rollouts a group, or sample at "
        "temperature 1 where the texts repeat.",
    )  # fmt: skip


def _pass_rate(rollouts: Sequence[Rollout]) -> Finding | None:
    right = sum(rollout.reward.correct is True for rollout in rollouts)
    share, evidence = right / len(rollouts), f"{right} of {len(rollouts)} rollouts are right."
    if share < TOO_HARD:
        return Finding(
            "too hard", "watch", evidence,
            "Fine-tune on worked examples first, or take easier problems: a third to a half right is a good start.",
        )  # fmt: skip
    if share > TOO_EASY:
        return Finding("too easy", "watch", evidence, "Take harder problems: there is little left to learn here.")
    return None


def _hacked(groups: Sequence[Sequence[Rollout]]) -> list[Finding]:
    """Rewards that move with something else than correctness, inside the groups, where advantages come from."""
    rewards = _centred(groups, lambda rollout: rollout.reward.total)
    right = _correlation(rewards, _centred(groups, lambda rollout: float(rollout.reward.correct is True)))
    if len(rewards) < ENOUGH or right >= IGNORED:
        return []
    parts = sorted({name for group in groups for rollout in group for name in rollout.reward.parts})
    suspects = {"length": _centred(groups, lambda rollout: float(len(rollout.completion.token_ids)))}
    if len(parts) > 1:
        suspects |= {name: _centred(groups, lambda rollout, n=name: rollout.reward.parts.get(n, 0.0)) for name in parts}
    followed = {name: _correlation(rewards, values) for name, values in suspects.items()}
    return [
        Finding(
            f"reward follows {name}", "stop",
            f"Inside the groups the reward's correlation with {name} is {r:+.2f}, with being right {right:+.2f}.",
            f"Lower the weight of what pays for {name}, or pay for it only where the answer is right.",
        )
        for name, r in followed.items()
        if abs(r) >= FOLLOWED
    ]  # fmt: skip


def _centred(groups: Sequence[Sequence[Rollout]], value) -> list[float]:
    """Each rollout's value minus its group's mean."""
    centred = []
    for group in groups:
        values = [value(rollout) for rollout in group]
        centred += [one - fmean(values) for one in values]
    return centred


def _correlation(a: Sequence[float], b: Sequence[float]) -> float:
    """Pearson's correlation; 0 where one of the two does not vary."""
    if len(a) < 2 or max(a) - min(a) < 1e-9 or max(b) - min(b) < 1e-9:
        return 0.0
    return correlation(a, b)


def _drifted(rollouts: Sequence[Rollout], reference: Sequence[Sequence[float]] | None) -> Finding | None:
    if reference is None:
        return None
    own = [rollout.completion.logprobs for rollout in rollouts]
    if [len(row) for row in own] != [len(row) for row in reference]:
        raise SrmLabError(
            "The reference's log-probabilities do not fit the rollouts.",
            f"There are {len(reference)} rows for {len(own)} rollouts, and each needs one number a token.",
            "Score the same token ids with the reference model, the end token included.",
        )
    differences = [q - p for mine, other in zip(own, reference) for p, q in zip(mine, other)]
    kl = fmean(math.exp(min(d, 50.0)) - 1 - d for d in differences) if differences else 0.0
    if kl < DRIFT:
        return None
    return Finding(
        "drifted", "watch",
        f"The policy is {kl:.2f} nats a token away from the reference (KL, estimated on {len(differences)} tokens).",
        "Lower the learning rate, add a KL weight, or stop earlier: look at what the texts have become.",
    )  # fmt: skip
