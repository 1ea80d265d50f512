import nbformat, sys
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
KS={"display_name":"Python 3 (ipykernel)","language":"python","name":"python3"}
LI={"codemirror_mode":{"name":"ipython","version":3},"file_extension":".py","mimetype":"text/x-python","name":"python","nbconvert_exporter":"python","pygments_lexer":"ipython3"}
cells=[]
def md(t): cells.append(new_markdown_cell(t.strip("\n")))
def code(t): cells.append(new_code_cell(t.strip("\n")))
def q(t): return f"<!-- srm:quoted -->{t}<!-- /srm -->"
def m(key, form=""): return f"<!-- srm:measured 13.{key}{' '+form if form else ''} --><!-- /srm -->"
TITLE="13 Reinforcement learning: what is paid for is what you get"
BADGE="[▶ Open in Colab](https://colab.research.google.com/github/srm-lab/srm_lab/blob/main/notebooks/{}13_reinforcement_learning.ipynb)"

md(f"""
{BADGE.format('')}

# {TITLE}

**You will be able to**

- train a small model by GRPO, live, on nothing but right and wrong answers,
- follow one completion from its text to its reward, its advantage and the weight of each of its tokens,
- say why a run learns nothing (no variance in the groups, a start that is too weak) and show the evidence,
- see a reward being hacked, and put a price on length without breaking the answers.

**You should know** what fine-tuning is (notebook 12) and what a log-probability is.

**Running time:** <!-- srm:running-time --><!-- /srm -->
""")
md("""
## 1. A model with three habits

In *supervised fine-tuning* somebody writes the chains that a model should imitate. In *reinforcement learning* nobody does:
the model writes chains of its own, a program looks at the answers, and chains that ended right become likelier.

For that, the model must be right some of the time. Ours reads arithmetic from left to right and was fine-tuned on three kinds of
texts behind one and the same prompt, as a model that has read the web has seen both bare answers and worked solutions:

| habit | text after `7+12-5?` | share of its training |
|---|---|---|
| answer alone | `####14` | half |
| results alone | `19;14####14` | a quarter |
| steps in full | `7+12=19;19-5=14####14` | a quarter |

So it can reason, and it does so only some of the time.
""")
code("""
import srm_lab as srm

size = srm.start("13")
""")
code("""
lm = srm.load_model(size.model)
train = srm.load_problems("arithmetic", n=size.problems, seed=10, split="train", operations=3)
test = srm.load_problems("arithmetic", n=size.test, seed=1, split="test", operations=3)
problem = train[0]
print(problem.question, "is", problem.answer)
for chain in lm.sample(problem.question, n=size.chains, temperature=1.0, max_new_tokens=size.longest):
    print("  ", chain.text)
""")
md("""
**Predict.** How often is one draw at temperature 1 right (*pass@1*)? How often is at least one of several draws right (*pass@k*)?

Training and test problems share no set of numbers.
""")
code("""
from srm_lab.training.policy import measure_policy

before = measure_policy(lm, test, size.chains, max_new_tokens=size.longest)
print(before)
srm.figures.style_shares({"start": before.styles})
""")
md("""
One draw is often wrong, and several draws nearly always hold a right one. The gap between the two is what reinforcement learning can use:
it makes those chains frequent that the model finds already, only not reliably.

A model that writes tokens is called a *policy* here, and a completion that is drawn for training a *rollout*.

## 2. A group, and its advantages

A reward says what a rollout is worth. Ours is 1 for a right answer, 0 for anything else. Is 1 good? That depends on the problem:
on an easy one everybody gets 1. GRPO (*group relative policy optimization*, [Shao et al. 2024](https://arxiv.org/abs/2402.03300))
therefore draws a *group* of rollouts for each problem and compares each one with its own group.
What remains is its *advantage*.
""")
code("""
from srm_lab.training.grpo import question_of
from srm_lab.training.rewards import combine, correctness
from srm_lab.training.rollouts import draw_groups, reward_table

reward = combine(correct=(1.0, correctness()))
groups = draw_groups(lm, train[: size.prompts], question_of, reward, size.group_size, max_new_tokens=size.longest)
table = reward_table(groups)  # a row a group
table.shape
""")
code("""
# same code as srm_lab.training.grpo_loss.advantages
from srm_lab.training.grpo_loss import EPSILON


def advantages(rewards, divide_by_std=True):
    centred = rewards - rewards.mean(dim=1, keepdim=True)
    if not divide_by_std or rewards.shape[1] < 2:
        return centred
    return centred / (rewards.std(dim=1, keepdim=True) + EPSILON)
""")
code("""
gains = advantages(table)
chosen = int(table.std(dim=1).argmax())
print(groups[chosen].problem.question, "is", groups[chosen].problem.answer)
for rollout, gain in zip(groups[chosen].rollouts, gains[chosen].tolist()):
    print(f"reward {rollout.reward.total:.0f}  advantage {gain:+.2f}   {rollout.completion.text}")
flat = int((table.std(dim=1) < EPSILON).sum())
print(f"{flat} of {len(table)} groups are flat: all rollouts earned the same")
""")
md("""
In a *flat* group every advantage is 0, whether all rollouts were wrong or all were right. Nothing is learned from it.
How often does that happen to a problem that is solved with probability p?
""")
code("""
import numpy as np
import plotly.graph_objects as go
from srm_lab.figures.style import series_style, styled

rates = np.linspace(0, 1, 101)
figure = go.Figure()
for place, rollouts in enumerate((4, 8, 16)):
    colour, _ = series_style(place)
    flat_share = 100 * (rates**rollouts + (1 - rates) ** rollouts)
    figure.add_scatter(x=100 * rates, y=flat_share, name=f"{rollouts} rollouts", line={"color": colour, "width": 2.5})
figure.update_xaxes(title="a rollout is right, %")
figure.update_yaxes(title="the group is flat, %")
styled(figure, "Flat groups, by how hard the problem is")
""")
md("""
Problems that are nearly always solved or nearly never solved teach nothing. This one curve explains most runs that do not learn,
and why a start that is right a third to half of the time is a good one.

## 3. The loss: a ratio, and a clip

Each token of a rollout gets its rollout's advantage. The loss makes tokens with a positive advantage likelier, the others less likely.
Several gradient steps are taken on the same rollouts, and after the first one they are no longer the policy's own.
So each token is weighted by the *ratio* of its probability now to its probability when it was drawn.
The *clip* ends a token's push once its ratio has left the range 0.8 to 1.2 in the direction of the push: far from where the rollouts were drawn,
they say little.

A loss may also pull the policy back towards a *reference*, mostly the model it started from. How far a token has moved from there is estimated
by the first function below (the *KL divergence*, [Schulman 2020](http://joschu.net/blog/kl-approx.html)); we come back to it in section 9.
""")
code("""
# same code as srm_lab.training.grpo_loss.kl_estimate
def kl_estimate(new, reference):
    difference = reference - new
    return difference.exp() - 1 - difference
""")
code("""
# same code as srm_lab.training.grpo_loss.grpo_loss
import torch
from srm_lab.training.grpo_loss import LossParts, log_ratios


def grpo_loss(
    new, old, advantage, mask, weights, *, clip_low=0.2, clip_high=0.2, level="token", kl_weight=0.0, reference=None
):
    ratio = log_ratios(new, old, mask, level).exp()
    gain = advantage[:, None]
    plain, limited = ratio * gain, ratio.clamp(1 - clip_low, 1 + clip_high) * gain
    per_token = -torch.minimum(plain, limited)
    kl = None
    if reference is not None:
        kl = kl_estimate(new, reference) * mask
        per_token = per_token + kl_weight * kl
    loss = (per_token * weights).sum()
    clipped = (limited < plain) & mask.bool()
    return LossParts(loss, ratio.detach(), clipped, None if kl is None else kl.detach())
""")
md("""
**Predict.** A token with advantage −1 has become *likelier*: its ratio is 1.5. Does the clip stop its push?
""")
code("""
ratios = torch.linspace(0.5, 1.6, 56)
one = torch.ones(1, 1)


def objective(ratio, advantage):
    return -float(grpo_loss(ratio.log().view(1, 1), 0 * one, torch.tensor([advantage]), one, one).loss)


figure = go.Figure()
for place, advantage in enumerate((1.0, -1.0)):
    values = [objective(ratio, advantage) for ratio in ratios]
    line = {"color": series_style(place)[0], "width": 2.5}
    figure.add_scatter(x=ratios.tolist(), y=values, name=f"advantage {advantage:+.0f}", line=line)
figure.update_xaxes(title="ratio: probability now / probability when drawn")
figure.update_yaxes(title="what the token adds to the objective")
styled(figure, "The clip stops a push that has gone far enough, and never one that went the wrong way")
""")
md("""
Where a line is flat, the token has no gradient. A bad token that became likelier keeps its full push (left branch of neither line): the minimum takes the worse of the two values.

Before any of this can work, one thing must hold: the program that draws the rollouts and the one that learns from them must agree on
the probabilities. Many silent failures begin here. With untouched weights every ratio must be 1:
""")
code("""
from srm_lab.training.rollouts import batch_of, scored

batch = batch_of(groups)
log_ratio = (scored(lm.model, batch) - batch.old) * batch.mask
print(f"{int(batch.mask.sum())} tokens, largest difference {float(log_ratio.abs().max()):.1e} nats")
""")
md("""
## 4. Live: GRPO on right and wrong

**Predict.** The reward says nothing of habits or steps. Which of the three habits will the policy have in the end?
Will its chains get longer or shorter?

A step draws a group for each of a few problems, and takes two gradient steps on them.
""")
code("""
import tempfile
from pathlib import Path

from srm_lab.training.grpo_run import grpo
from srm_lab.training.grpo_settings import GrpoSettings

settings = GrpoSettings(
    steps=size.steps, prompts=size.prompts, group_size=size.group_size, max_new_tokens=size.longest,
    learning_rate=LEARNING_RATE, warmup=3, minibatches=2,
)
folder, policy = Path(tempfile.mkdtemp()), srm.load_model(size.model)
live = grpo(policy, train, reward, settings, folder=folder, snapshots=size.snapshot_every)
after = measure_policy(policy, test, size.chains, max_new_tokens=size.longest)
print(f"{live.steps} steps in {live.seconds:.0f} s\\nbefore: {before}\\nafter:  {after}")
""")
code("""
srm.figures.grpo_curves(live.metrics)
""")
code("""
srm.figures.style_shares({"start": before.styles, "after GRPO": after.styles})
""")
md(f"""
Nobody told the model to reason. Chains with steps were right more often, so their first tokens became likelier, and the mean length grew by itself.
The same was seen on a large scale in DeepSeek-R1-Zero ([DeepSeek-AI 2025](https://arxiv.org/abs/2501.12948)).

That was one run. Three seeds, with other problems and other samples each time, were recorded by `python benchmarks/grpo.py correct`:
""")
code("""
import json

from srm_lab.claims import results_folder

recorded = json.loads((results_folder() / "grpo.json").read_text())


def runs(name):
    return {seed: recorded[f"{name}, seed {seed}"] for seed in (0, 1, 2)}


def curves(name, metric="pass_rate", factor=100):
    return [[factor * value for value in run["curves"][metric]] for run in runs(name).values()]


srm.figures.seed_curves({"right answers": curves("correct")}, "GRPO, three seeds", "rollouts that are right, %")
""")
md(f"""
On the test problems pass@1 rose by {m('grpo_lifts_pass_at_1','interval')}, in {m('minutes_are_enough')} of training. But look at several draws together:
pass@8 moved by {m('pass_at_8_hardly_moves','interval')}. The policy solves hardly any problem that the start could not solve with eight tries.
It was *sharpened*. The same has been found for large models ([Yue et al. 2025](https://arxiv.org/abs/2504.13837)).

## 5. The microscope

Here is the run under the microscope: choose a step, a group and a rollout. A token's colour is its weight, advantage times ratio.
""")
code("""
from srm_lab.training.snapshots import read_snapshots

shots = read_snapshots(folder / "snapshots.jsonl")
srm.widgets.grpo_microscope(shots)
""")
code("""
# one group of the first step, as a figure
spread = [max(r.reward for r in group.rollouts) - min(r.reward for r in group.rollouts) for group in shots[0].groups]
srm.figures.grpo_group(shots[0].groups[spread.index(max(spread))])
""")
md("""
All tokens of a rollout share one advantage: the reward does not say *which* step was good. After one step of training the ratios differ most where the policy can still choose,
which is at the first token, where it picks its habit. Inside a sum there is little to choose.

## 6. Two starts that fail

**No fine-tuning at all.** The same network with random weights. **Predict:** what will the groups look like?
""")
code("""
from srm_lab.models import tiny
from srm_lab.models.local import LocalModel
from srm_lab.tasks.worked import ALPHABET
from srm_lab.training.doctor import diagnose

untrained = LocalModel("untrained", *tiny.make("0.1M", ALPHABET, seed=0))
noise = draw_groups(untrained, train[: size.prompts], question_of, reward, size.group_size, max_new_tokens=size.longest)
print(repr(noise[0].rollouts[0].completion.text), "\\n")
for finding in diagnose([rollout for group in noise for rollout in group.rollouts]):
    print(finding, "\\n")
""")
md("""
This is the *reward doctor*. It looks at rollouts, says why nothing will be learned, and shows its evidence. Every reward is 0, so every advantage is 0, and so is the gradient.
A thousand steps of this would change no weight. That is why reinforcement learning starts from a fine-tuned model.

**A start that is too weak.** `tiny/chain-voter` always writes steps in full, but its fine-tuning was stopped early, so it slips in its sums. It is right about as often as our start. Same reward, same settings, three seeds
(`python benchmarks/grpo.py under_trained`):
""")
code("""
srm.figures.seed_curves(
    {"three habits": curves("correct"), "under-trained": curves("under_trained")},
    "The same run from two starts", "rollouts that are right, %",
)
""")
code("""
voter = srm.load_model("tiny/chain-voter")
weak = draw_groups(voter, train[: size.prompts], question_of, reward, size.group_size, max_new_tokens=size.longest)
for rollout in weak[0].rollouts[:4]:
    print(f"reward {rollout.reward.total:.0f}   {rollout.completion.text}")
diagnose([rollout for group in weak for rollout in group.rollouts]) or "The doctor finds nothing wrong."
""")
md(f"""
UNDERTRAINED
""")
md("""
## 7. The price of a token

Reasoning costs tokens. Let a rollout earn 1 for a right answer, and pay a price for each token. The exact form of this reward comes from
[Aggarwal and Welleck 2025](https://arxiv.org/abs/2503.04697).

**Predict.** Results alone take about half the tokens of steps in full. At what price will the policy move to results alone? And at what price will it stop reasoning at all?
""")
code("""
def placed(name, when="after"):
    return [(run[when]["tokens"], run[when]["pass_at_1"]["rate"]) for run in runs(name).values()]


srm.figures.policy_points(
    {
        "start": placed("correct", "before"),
        "no price": placed("correct"),
        "0.01 a token": placed("price_1"),
        "0.03 a token": placed("price_3"),
        "0.1 a token": placed("price_10"),
    },
    "What a price on tokens buys",
    "Three seeds each and their means. Made by: python benchmarks/grpo.py correct price_1 price_3 price_10",
)
""")
code("""
mixes = {"no price": "correct", "0.01 a token": "price_1", "0.03 a token": "price_3", "0.1 a token": "price_10"}
srm.figures.style_shares({label: runs(name)[0]["after"]["styles"] for label, name in mixes.items()})
""")
md(f"""
PRICES

## 8. A reward is hacked

A reward is a stand-in for what we want. A policy optimizes the stand-in. Suppose somebody wants tidy outputs and pays for the *form* alone: 1 for a mark and a number and nothing else, right or wrong.

**Predict.** What happens to the reward? What happens to the answers?
""")
code("""
from dataclasses import replace

from srm_lab.training.rewards import follows_format

bare = combine(form=(1.0, follows_format(r"^####\\d+$")))
hacked, steps = srm.load_model(size.model), []
result = grpo(hacked, train, bare, replace(settings, steps=size.other_steps), on_step=steps.append)
two = {name: [[100 * row[name] for row in result.metrics]] for name in ("reward", "pass_rate")}
srm.figures.seed_curves(
    {"reward (of the most there is)": two["reward"], "right answers": two["pass_rate"]}, "A reward for the form alone", "%"
)
""")
md("""
The reward is a full success. Whoever watches nothing else ships this model. What would the doctor have said after the first step?
""")
code("""
for finding in diagnose([rollout for group in steps[0].groups for rollout in group.rollouts]):
    print(finding, "\\n")
print(measure_policy(hacked, test, size.chains, max_new_tokens=size.longest, reward=bare))
""")
md("""
It compares, inside the groups, what the reward moves with: with length, and not with being right. (A single step with few groups may be too little to see it.)

A reward for shortness alone is worse, since the shortest text of all says nothing. Both, three seeds each:
""")
code("""
srm.figures.policy_points(
    {
        "start": placed("correct", "before"),
        "paid for right answers": placed("correct"),
        "paid for the form": placed("bare"),
        "paid for shortness": placed("short"),
    },
    "The same start, three rewards",
    "Three seeds each. Made by: python benchmarks/grpo.py correct bare short",
)
""")
code("""
for seed, run in runs("short").items():
    print(f"seed {seed}: reward {run['before']['reward']:.2f} -> {run['after']['reward']:.2f}, "
          f"right {100 * run['before']['pass_at_1']['rate']:.0f} -> {100 * run['after']['pass_at_1']['rate']:.0f} %, "
          f"tokens {run['before']['tokens']:.1f} -> {run['after']['tokens']:.1f}")
""")
md("""
### The sandbox

Put a reward together and press Run. Each run begins at the same start. Try to find the highest price at which the policy still reasons, and a reward that the form alone can win.
""")
code("""
srm.widgets.reward_sandbox(size.model, train, replace(settings, steps=size.other_steps))
""")
md("""
The figures above show recorded runs of such rewards, for readers without a kernel.

## 9. Variants

GRPO has several repairs. Each changes one place of the loss:

| variant | what it changes | why |
|---|---|---|
| with KL | adds a pull back towards the start | the policy should stay near what it was |
| Dr. GRPO ([Liu et al. 2025](https://arxiv.org/abs/2503.20783)) | no division by the deviation; every token counts the same | the division favours groups that are nearly flat, and long wrong chains get off lightly |
| GSPO ([Zheng et al. 2025](https://arxiv.org/abs/2507.18071)) | one ratio for a whole completion | the reward is for the completion, so the correction is, too |

The estimate of the KL from section 3 is never negative, whichever of the two models finds a token likelier:
""")
code("""
# three tokens: equally likely under both, likelier under the reference, less likely under it
kl_estimate(torch.tensor([-1.0, -1.0, -1.0]), torch.tensor([-1.0, -0.5, -2.0]))
""")
md("""
**Predict.** Which of them will be visibly better or worse on this task?
""")
code("""
variants = {"GRPO, no KL": "correct", "with KL": "kl", "Dr. GRPO": "dr_grpo", "GSPO": "gspo"}
srm.figures.seed_curves(
    {label: curves(name) for label, name in variants.items()},
    "Variants, three seeds each", "rollouts that are right, %",
    "Made by: python benchmarks/grpo.py correct kl dr_grpo gspo",
)
""")
md("""
VARIANTS
""")
md("""
## 10. Preferences instead of a policy gradient: DPO

[Rafailov et al. 2023](https://arxiv.org/abs/2305.18290) take another way to the same goal. Draw once, pair a right chain with a wrong one of the same problem, and
make the margin between the two larger than it was. No groups, no clip, no new rollouts after each step.
""")
code("""
from srm_lab.training.grpo_run import dpo
from srm_lab.training.preference import DpoSettings, right_wrong_pairs

preferring = srm.load_model(size.model)
drawn = draw_groups(
    preferring, train[: size.pair_problems], question_of, reward, size.group_size, max_new_tokens=size.longest
)
pairs = right_wrong_pairs(drawn)
result = dpo(preferring, pairs, DpoSettings(learning_rate=DPO_RATE, epochs=2))
print(f"{len(pairs)} pairs, {result.steps} steps, {result.seconds:.0f} s")
print(measure_policy(preferring, test, size.chains, max_new_tokens=size.longest))
""")
code("""
rows = result.metrics
figure = go.Figure()
for place, (key, words) in enumerate({"right_moved": "right chains", "wrong_moved": "wrong chains"}.items()):
    colour, symbol = series_style(place)
    figure.add_scatter(
        x=[row["step"] for row in rows], y=[row[key] for row in rows], name=words, mode="lines+markers",
        line={"color": colour, "width": 2}, marker={"symbol": symbol, "size": 5},
    )
figure.update_xaxes(title="gradient step")
figure.update_yaxes(title="change of log-probability, nats")
styled(figure, "DPO: what became of the two chains of a pair")
""")
md("""
DPO
""")
md("""
## 11. Exercises

Fill the hole (`...`), run the cell, and `srm.check` tells you whether it is right, with a hint if not. Solutions are in `notebooks/solutions`.
""")
EX=[
("**13.1 Advantages.** From the rewards of one group (a list) to its advantages (a list): minus the mean, divided by the deviation of a sample plus 1e-4.",
 "def group_advantages(rewards):\n    return ...\n\n\nsrm.check(\"13.1\", group_advantages)",
 "from statistics import fmean, stdev\n\n\ndef group_advantages(rewards):\n    mean, spread = fmean(rewards), stdev(rewards)\n    return [(reward - mean) / (spread + 1e-4) for reward in rewards]\n\n\nsrm.check(\"13.1\", group_advantages)"),
("**13.2 The clip.** What one token adds to the objective, from its ratio and its advantage.",
 "def clipped_gain(ratio, advantage, clip=0.2):\n    return ...\n\n\nsrm.check(\"13.2\", clipped_gain)",
 "def clipped_gain(ratio, advantage, clip=0.2):\n    limited = max(1 - clip, min(1 + clip, ratio))\n    return min(ratio * advantage, limited * advantage)\n\n\nsrm.check(\"13.2\", clipped_gain)"),
("**13.3 Flat groups.** How likely is it that n rollouts of a problem all earn the same, if each is right with probability p?",
 "def flat_probability(p, n):\n    return ...\n\n\nsrm.check(\"13.3\", flat_probability)",
 "def flat_probability(p, n):\n    return p**n + (1 - p) ** n\n\n\nsrm.check(\"13.3\", flat_probability)"),
("**13.4 A reward that is hard to hack.** Short right chains earn the most, and no wrong chain earns anything by being short. `verdict.correct` is True, False, or None for a chain that never finished; `completion.token_ids` has its tokens.",
 "def careful(problem, completion, verdict):\n    return ...\n\n\nsrm.check(\"13.4\", careful)",
 "def careful(problem, completion, verdict):\n    if verdict.correct is not True:\n        return 0.0\n    return 1 / (1 + 0.01 * len(completion.token_ids))\n\n\nsrm.check(\"13.4\", careful)"),
("**13.5 DPO.** The loss of one pair, from the log-probabilities of its two chains under the policy and under the reference.",
 "import math\n\n\ndef dpo_loss(right, wrong, reference_right, reference_wrong, beta=0.1):\n    return ...\n\n\nsrm.check(\"13.5\", dpo_loss)",
 "import math\n\n\ndef dpo_loss(right, wrong, reference_right, reference_wrong, beta=0.1):\n    margin = beta * ((right - reference_right) - (wrong - reference_wrong))\n    return math.log(1 + math.exp(-margin))\n\n\nsrm.check(\"13.5\", dpo_loss)"),
]
for text, hole, _ in EX:
    md(text); code(hole)
md("""
## 12. What was measured

Each claim has a direction and an interval over three seeds: other problems to train on, other samples. Test problems are 250 of the test split, eight draws each, at temperature 1.
All runs are in `data/results/grpo.json`, with the command that made each.
""")
code("""
def rise(name, of=lambda report: report["pass_at_1"]["rate"]):
    return {seed: of(run["after"]) - of(run["before"]) for seed, run in runs(name).items()}


count = runs("correct")[0]["before"]["pass_at_k"]["n"]
srm.claim(
    "13.grpo_lifts_pass_at_1", "GRPO on right and wrong lifts pass@1 by at least 20 points",
    seeds=rise("correct"), n=count, at_least=0.2,
)
""")
code("""
srm.claim(
    "13.minutes_are_enough", "and takes less than 480 seconds on this CPU",
    seeds={seed: run["training_seconds"] for seed, run in runs("correct").items()}, at_most=480, unit="seconds",
)
""")
code("""
srm.claim(
    "13.pass_at_8_hardly_moves", "while pass@8 rises by less than 10 points: it sharpens",
    seeds=rise("correct", lambda report: report["pass_at_k"]["value"]), n=count, at_most=0.1,
)
""")
code("""
srm.claim(
    "13.under_trained_start_gains_less", "From an under-trained start the same run brings less than 20 points",
    seeds=rise("under_trained"), n=count, at_most=0.2,
)
""")
code("""
cheaper = {
    seed: run["after"]["tokens"] - runs("correct")[seed]["after"]["tokens"] for seed, run in runs("price_1").items()
}
srm.claim(
    "13.price_shortens", "A price of 0.01 a token makes chains shorter than no price does",
    seeds=cheaper, n=count, at_most=0, unit="tokens",
)
""")
code("""
srm.claim(
    "13.price_keeps_most", "and pass@1 still rises by at least 20 points",
    seeds=rise("price_1"), n=count, at_least=0.2,
)
""")
code("""
srm.claim(
    "13.form_reward_is_hacked", "A reward for the form alone lowers pass@1 by at least 10 points",
    seeds=rise("bare"), n=count, at_most=-0.1,
)
""")
code("""
srm.claim(
    "13.short_reward_is_hacked", "A reward for shortness alone lowers pass@1 by at least 10 points",
    seeds=rise("short"), n=count, at_most=-0.1,
)
""")
code("""
srm.claim("13.dpo_lifts_pass_at_1", "DPO on pairs drawn once lifts pass@1", seeds=rise("dpo"), n=count)
""")
md(f"""
## 13. Where to go next

- Change `kl_weight`, `group_size` or `temperature` in section 4 and run it again. At temperature 0 all rollouts are the same: what follows for the groups?
- `from srm_lab.training.grpo_settings import VARIANTS` has DAPO, too, which draws new problems in place of flat groups.
- Notebook 11 shortens chains without training, and 15 lets the model decide when to think.
- `srm_lab.training.trl_adapter` hands the same problems and rewards to TRL, for real models on a GPU (not yet run there).
""")

import re
CODE=dict(LEARNING_RATE="5e-4", DPO_RATE="5e-4")
PROSE={}
try:
    exec(open("/tmp/nb13/texts.py").read())
except FileNotFoundError:
    pass
for c in cells:
    if c.cell_type=="code":
        for k,v in CODE.items(): c.source=c.source.replace(k,v)
    else:
        c.source="\n".join(PROSE[l].strip("\n") if l in PROSE else l for l in c.source.split("\n"))
for i,c in enumerate(cells): c["id"]=f"c{i:02d}"
nb=new_notebook(cells=cells, metadata={"kernelspec":KS,"language_info":LI})
nbformat.write(nb,"/work/wt-nb13/notebooks/13_reinforcement_learning.ipynb")
sol=[new_markdown_cell(f"{BADGE.format('solutions/')}\n\n# 13 Reinforcement learning: solutions\n\nThe exercises of [notebook 13](../13_reinforcement_learning.ipynb), solved.\n\n**Running time:** <!-- srm:running-time --><!-- /srm -->"),
 new_code_cell('import srm_lab as srm\n\nsize = srm.start("13")')]
for text,_,s in EX: sol += [new_markdown_cell(text), new_code_cell(s)]
for i,c in enumerate(sol): c["id"]=f"c{i:02d}"
nbformat.write(new_notebook(cells=sol, metadata={"kernelspec":KS,"language_info":LI}),"/work/wt-nb13/notebooks/solutions/13_reinforcement_learning.ipynb")
