md("""
[▶ Open in Colab](https://colab.research.google.com/github/srm-lab/srm_lab/blob/main/notebooks/08_verifiers_and_best_of_n.ipynb)

# 08 Verifiers and best-of-N: choosing instead of counting

**You will be able to**

- train an outcome verifier and a process verifier, and say what each of them learns from,
- measure a verifier: are its scores honest, and does it rank chains *of one problem*,
- let it choose among N chains, or weigh a vote, and tell with an interval whether that beats counting,
- say what goes wrong at large N, how good a verifier must be, and what judging costs.

**You should know** what a vote over chains is (notebook 07) and what a training loop is.

**Running time:** <!-- srm:running-time --><!-- /srm -->
""")
md("""
## 1. Choosing, by hand

A vote returns the answer that most chains reach. It is lost where a mistake is more frequent than the truth, even where the truth is there. A *verifier* reads each chain and gives it a score, and **best-of-N** takes the chain with the highest one ([Cobbe et al. 2021](https://arxiv.org/abs/2110.14168)). One right chain is enough, if the verifier knows it.

The model is **chain-voter** again: 0.6 million weights, taught arithmetic worked strictly from left to right, and stopped early on purpose.
""")
code("""
import srm_lab as srm

size = srm.start("08")
""")
code("""
MODEL, T, K, LEVELS = "chain-voter", 1.0, 16, (1, 2, 3, 4, 5)
lm = srm.load_model(f"tiny/{MODEL}")
problem = srm.load_problems("arithmetic", n=4, operations=2)[2]
chains = lm.sample(problem.question, n=size.chains, temperature=T, max_new_tokens=size.max_new_tokens)
print(problem.question, "reference:", problem.answer)
for chain in chains:
    print("   ", chain.text)
""")
md("""
A verifier is a function of a problem and a chain. It gives one number, or one number a step. Here is all there is to best-of-N.
""")
code("""
from srm_lab.methods.chain import chosen
from srm_lab.methods.verifiers import noisy_verifier, oracle, score
""")
code("""
# same code as srm_lab.methods.best_of_n.best_of
def best_of(problem, chains, verifier, aggregate="last"):
    scores = [score(verifier, problem, chain, aggregate) if chain.finished else None for chain in chains]
    best = max(range(len(chains)), key=lambda i: -float("inf") if scores[i] is None else scores[i])
    return chosen(problem, chains[best], [{"step": "best of n", "scores": scores, "chosen": best}])
""")
md("""
The `oracle` looks up the reference answer. It is no method, since it knows what we want to find out. It shows what choosing could gain at most.
""")
code("""
best = best_of(problem, chains, oracle)
print(best.trace[0]["scores"], "->", best.answer, "  and their vote:", srm.vote(chains).answer)
""")
md("""
## 2. Two ways to teach a verifier

We need chains and labels. The chains come from the model itself, for problems of the *train* split. For labels there are two ways:

- **Outcome**: does the whole chain end with the right answer? One label a chain, and only the reference is needed.
- **Process** ([Lightman et al. 2023](https://arxiv.org/abs/2305.20050)): is this step right? One label a step. People wrote them there. Our task can check each step itself.

**Predict.** Below is a wrong chain with the labels of its steps. What does an outcome verifier learn about the steps in front of the mistake?
""")
code("""
from srm_lab.tasks.arithmetic import check_steps
from srm_lab.training.chains import draw_chains

problems = srm.load_problems("arithmetic", size.learned, 1, "train", operations=LEVELS)
limits = {"n": 4, "temperature": T, "max_new_tokens": size.max_new_tokens, "seed": 1}
drawn = draw_chains(lm, problems, **limits)
labelled = [(chain, check_steps(chain.problem, chain.text)) for group in drawn for chain in group]
example, steps = next(pair for pair in labelled if len(pair[1]) > 3 and pair[1][0].correct and not pair[0].right)
print(f"{example.problem.question}  reference: {example.problem.answer}\\n{example.text}\\n")
for step in steps:
    print(f"{step.text:12} {'right' if step.correct else 'wrong':6} {step.reason}")
""")
md("""
A step is judged by what stands before it: after a mistake, steps that follow from it are right again.

The outcome verifier gets the label "wrong" at *every* token of this chain, at the right steps too. It has to find out by itself what was wrong, from many chains. The process verifier is told.

Both are a copy of chain-voter with one more layer: a *head* that turns the last hidden state into one number, the logit of "right". The loss is binary cross-entropy. A short training, live:
""")
code("""
from IPython.display import display

from srm_lab.training.sft import SftSettings
from srm_lab.training.verifier import judged_chains, train_verifier

settings = SftSettings(steps=size.steps, batch_size=32, learning_rate=1e-3)
curves = srm.widgets.live_curves("Two verifiers learn")
display(curves)
live = {}
for kind in ("outcome", "process"):
    judged = judged_chains(drawn, kind)
    live[kind] = train_verifier(lm, judged, settings, kind=kind, on_step=curves.follow(kind))
    card = live[kind].card
    print(f"{kind}: {card['chains']} chains, {card['labels']} labels, {card['right']:.0%} of them right")
curves.paint()
""")
code("""
srm.figures.learning_curves(curves.runs, "Two verifiers learn", x="step")
""")
md("""
The two losses cannot be compared: one is about chains, the other about steps, which are right far more often. The outcome verifier has a label at every token, but the labels of a chain are all the same.

What do they say about our chains?
""")
code("""
shown = list(dict.fromkeys(chain.text for chain in chains if chain.finished))
said = live["outcome"].score(problem, shown), live["process"].step_scores(problem, shown)
for text, whole, by_step in zip(shown, *said):
    print(f"{text:42} outcome {whole:.2f}   process", " ".join(f"{value:.2f}" for value in by_step))
""")
md("""
Three ways to make one score of a process verifier's steps: the **min** (a chain is as good as its worst step), the **product** (the chance that all are right, if steps were independent), the **last** (what stands at the answer). Which one is best, we measure.
""")
md("""
## 3. Verifiers that learned longer

For measuring we take verifiers that had more to learn from, trained beforehand and asked about 16 000 recorded chains: 500 problems of the test split, 32 chains each. The command is

    python benchmarks/verifiers.py
""")
code("""
import pandas as pd

from srm_lab.verifier_trials import best_shares, load_verifiers

recorded = load_verifiers()
columns = ["kind", "problems", "chains", "labels", "right", "steps"]
trained = pd.DataFrame.from_dict(recorded.facts["verifiers"], orient="index")[columns]
trained.rename(columns={"steps": "training steps", "right": "right, share of labels"}).round(3)
""")
md("""
The *weak* one is an outcome verifier that saw a few problems only, for a short time. The two *long* ones learned from about four times as many chains, for several times as many steps.
""")
code("""
WAYS = {
    "weak outcome": ("weak outcome", "last"),
    "outcome": ("outcome", "last"),
    "long outcome": ("long outcome", "last"),
    "process, min": ("process", "min"),
    "long process, min": ("long process", "min"),
    "long process, product": ("long process", "product"),
    "long process, last": ("long process", "last"),
}
scores = {name: recorded.scores(*way) for name, way in WAYS.items()}
""")
md("""
## 4. Are the scores honest?

A score of 0.7 should mean that seven of ten such chains are right. Then a verifier is *calibrated*.

**Predict.** Which of them say too much, and which too little? What does the product do to ten steps of 0.9?
""")
code("""
import numpy as np

from srm_lab.figures.verifiers import reliability_bins

done = recorded.finished
owners, right = np.nonzero(done)[0], recorded.right[done]
bins = {name: reliability_bins(values[done], right, owners) for name, values in scores.items()}
srm.figures.reliability(
    {name: bins[name] for name in ("outcome", "long outcome", "long process, min", "long process, last")},
    title="What a score is worth",
    caption="500 problems, 32 chains each; bars are 95 % intervals over problems, larger dots are more chains.",
)
""")
code("""
def gap(bins):
    total = sum(count for _, _, count in bins)
    return sum(count * abs(score - share.rate) for score, share, count in bins) / total


pd.DataFrame(
    {
        "mean score, %": {name: 100 * values[done].mean() for name, values in scores.items()},
        "chains that are right, %": {name: 100 * right.mean() for name in scores},
        "calibration gap, %": {name: 100 * gap(found) for name, found in bins.items()},
    }
).round(1)
""")
md("""
CALIBRATION_SAW
""")
md("""
## 5. Can it rank?

Honest scores are of little use for choosing. Best-of-N compares chains **of one problem**. A verifier that only knows which *problems* are hard gives all chains of a problem the same score, and chooses at random.

The usual number, the *AUC*, takes a right and a wrong chain at random and asks how often the right one has the higher score (half for a tie). Taken over all chains together, it rewards knowing the problem. So we also take both chains from the same problem. <!-- srm:quoted -->50 %<!-- /srm --> is guessing.

The first row needs no verifier: the *likelihood* of a chain, the mean probability that the model gave its own tokens. It comes with the chain (notebook 07).

**Predict.** How far do the two columns lie apart, for the outcome and for the process verifier?
""")
code("""
from srm_lab.scoring.ranking import auc, auc_within

ranked = {"likelihood": recorded.scores("likelihood"), **scores}


def percent(found):
    return f"{100 * found.value:.1f} [{100 * found.low:.1f}, {100 * found.high:.1f}]"


pd.DataFrame(
    {
        "over all chains, %": {name: percent(auc(v[done], right, owners, size.draws)) for name, v in ranked.items()},
        "within one problem, %": {
            name: percent(auc_within(v[done], right, owners, size.draws)) for name, v in ranked.items()
        },
    }
)
""")
md("""
RANK_SAW
""")
md("""
## 6. Best of 16, and a weighted vote

Now the choice itself. A verifier can be used in two ways: take its favourite, or let the chains vote and *weigh* each vote by its score ([Li et al. 2022](https://arxiv.org/abs/2206.02336)).

**Predict.** Which verifiers beat the plain vote as best-of-16? Which as a weight?
""")
code("""
everyone = np.where(done, 0.5, -np.inf)  # all chains alike
oracle_scores = recorded.scores("oracle")
asked = {**ranked, "oracle": oracle_scores}
labels = {name: name.replace(", ", ",<br>") for name in asked}  # in two lines
plain, single = recorded.votes_by(everyone, [K])[0], recorded.best_of(everyone, [1])[0]
srm.figures.rates(
    {
        f"best of {K}": [(labels[name], recorded.best_of(values, [K])[0]) for name, values in asked.items()],
        f"vote of {K} weighted by it": [
            (labels[name], recorded.votes_by(values, [K])[0]) for name, values in asked.items()
        ],
        f"plain vote of {K}": [(label, plain) for label in labels.values()],
        "one chain": [(label, single) for label in labels.values()],
    },
    x="verifier",
    title="Choose, weigh or count",
    caption=f"{MODEL} at temperature {T:g}, {len(done)} problems, averaged over choices of {K} of 32 recorded chains.",
    joined=False,
)
""")
md("""
The intervals above are those of single numbers. Whether one way beats another is decided on the *same* problems, in pairs:
""")
code("""
from srm_lab.evaluate import paired

vote = recorded.voted(None, K)
against = {}
for name, values in asked.items():
    for way, said in ((f"best of {K}", recorded.picks(values, K)), ("weighted vote", recorded.voted(values, K))):
        found = paired("plain vote", way, vote, said)
        interval = f"{100 * found.difference:+.1f} [{100 * found.low:.1f}, {100 * found.high:.1f}]"
        against.setdefault(name, {})[f"{way} against the plain vote, points"] = interval
pd.DataFrame(against).T
""")
md("""
BEST_SAW
""")
md("""
## 7. What goes wrong at large N

More chains: more right ones among them. So best-of-N should only get better with N.

**Predict.** Is that so for every verifier? Think of the highest of 32 scores: what else is there more of, among 32 chains?
""")
code("""
KS = (1, 2, 4, 8, 16, 32)
some = ("weak outcome", "outcome", "long outcome", "long process, min", "likelihood")
srm.figures.rates(
    {
        **{name: list(zip(KS, recorded.best_of(ranked[name], KS))) for name in some},
        "plain vote": list(zip(KS, recorded.votes_by(everyone, KS))),
    },
    x="N chains",
    title="Best of N as N grows",
    top=45,
    caption=f"{MODEL}, {len(done)} problems; for every N averaged over all choices of N of 32 recorded chains.",
)
""")
md("""
And what does the verifier itself believe? For each N we compare the score of the chain that it chose with how often such a chain is right.
""")
code("""
def believed(values):
    kept = np.where(done, values, 0.0)
    return best_shares(kept, kept, KS).mean(axis=0)


pd.DataFrame(
    {
        (name, what): 100 * share
        for name in some[:-1]  # a likelihood does not say how often a chain is right
        for what, share in (
            ("score of the chosen", believed(scores[name])),
            ("really right", best_shares(scores[name], recorded.right, KS).mean(axis=0)),
        )
    },
    index=pd.Index(KS, name="N"),
).round(1)
""")
md("""
LARGE_SAW
""")
code("""
def favourites(name, i, count=4):
    texts = {chain.text: value for chain, value in zip(recorded.rows[i], scores[name][i]) if chain.finished}
    return [f"{text!r} {texts[text]:.3f}" for text in sorted(texts, key=texts.get, reverse=True)[:count]]


for name in ("outcome", "long process, min"):
    print(f"{name}:")
    for i in recorded.votes.where(1)[1:8]:
        print(f"   {recorded.problems[i].question:7}", "   ".join(favourites(name, i)))
""")
code("""
from collections import Counter


def drawn_once(chains):
    counts = Counter(chain.text for chain in chains)
    return [counts[chain.text] == 1 for chain in chains]


rare = np.array([drawn_once(chains) for chains in recorded.rows])
pd.DataFrame(
    {f"chosen by {name}": 100 * best_shares(ranked[name], rare, KS).mean(axis=0) for name in some},
    index=pd.Index(KS, name="N"),
).round(1)
""")
code("""
def spread(values):
    groups = [row[kept] for row, kept in zip(values, done)]
    return {
        "within a problem": np.mean([group.std() for group in groups]),
        "between problems": np.std([group.mean() for group in groups]),
    }


odd, common = recorded.right[rare].mean(), recorded.right[~rare].mean()
print(f"right among the oddities: {odd:.1%}, among the others: {common:.1%}")
pd.DataFrame({name: spread(values) for name, values in ranked.items()}).T.round(3)
""")
md("""
WHY_SAW
""")
md("""
## 8. How good must a verifier be?

We make a verifier of any quality out of the oracle. `noisy_verifier` turns its verdict round with a given probability, always in the same way for the same chain, so that asking again does not help.
""")
code("""
half_wrong = noisy_verifier(oracle, wrong=0.5)
for chain in chains[:5]:
    print(f"{chain.text:42} oracle {oracle(problem, chain):.0f}   noisy {half_wrong(problem, chain):.0f}")
""")
md("""
**Predict.** An oracle that is wrong once in ten times: does its best-of-16 beat the plain vote? What if it weighs the votes instead?
""")
code("""
WRONG = (0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4)
noisy = {wrong: recorded.scores("oracle", wrong=wrong) for wrong in WRONG}
srm.figures.rates(
    {
        f"best of {K}": [(f"{wrong:.0%}", recorded.best_of(noisy[wrong], [K])[0]) for wrong in WRONG],
        f"vote of {K} weighted by it": [(f"{wrong:.0%}", recorded.votes_by(noisy[wrong], [K])[0]) for wrong in WRONG],
        f"plain vote of {K}": [(f"{wrong:.0%}", plain) for wrong in WRONG],
    },
    x="verdicts turned round",
    title="An oracle with noise",
    caption=f"{MODEL}, {len(done)} problems.",
)
""")
md("""
To compare this with our trained verifiers we need the same measure for both: how well do they rank within one problem?
""")
code("""
pd.DataFrame(
    {
        "ranks within one problem, %": [percent(auc_within(noisy[w][done], right, owners)) for w in WRONG],
        f"best of {K} against the plain vote, points": [
            100 * (recorded.best_of(noisy[w], [K])[0].value - plain.value) for w in WRONG
        ],
        f"vote of {K} weighted by it, points": [
            100 * (recorded.votes_by(noisy[w], [K])[0].value - plain.value) for w in WRONG
        ],
    },
    index=pd.Index([f"{w:.0%}" for w in WRONG], name="turned round"),
).round(1)
""")
code("""
srm.figures.rates(
    {
        **{f"{wrong:.0%} wrong": list(zip(KS, recorded.best_of(noisy[wrong], KS))) for wrong in (0, 0.02, 0.1, 0.3)},
        "plain vote": list(zip(KS, recorded.votes_by(everyone, KS))),
    },
    x="N chains",
    title="Best of N by a noisy oracle",
    caption=f"{MODEL}, {len(done)} problems.",
)
""")
md("""
NOISE_SAW
""")
md("""
## 9. Try it

Choose a verifier, turn part of its scores round, and move N. Below the curves stand the chains of one problem in the verifier's order, the first wrong step of each marked.
""")
code("""
srm.widgets.verifier_lab(recorded)
""")
md("""
Without a running kernel the panel stays still. This is its figure for the long process verifier:
""")
code("""
values = scores["long process, min"]
srm.figures.best_of_curves(
    [
        recorded.best_of(oracle_scores, KS),
        recorded.best_of(values, KS),
        recorded.votes_by(values, KS),
        recorded.votes_by(everyone, KS),
        recorded.best_of(everyone, [1]) * len(KS),
    ],
    title="The long process verifier (min) among N chains",
    caption=f"{MODEL} at temperature {T:g}, {len(done)} problems.",
    chosen=K,
)
""")
md("""
Things to try: at which noise does the oracle fall under the plain vote, for one operation and for five? Does a process verifier forgive a wrong step more with **last** than with **min**?
""")
md("""
## 10. No verifier at hand: the model as judge

Real problems have no step checker. One can ask a language model, even the one that wrote the chains. Asked to grade in words, a small one seldom answers with a bare number. So we read the *probabilities* of the words Yes and No instead ([Kadavath et al. 2022](https://arxiv.org/abs/2207.05221)): their ratio is always there.
""")
code("""
small = srm.load_model(size.model)
story = srm.load_problems("word_problems", n=4, steps=1)[1]
limits = {"n": size.replies, "max_new_tokens": size.reply_tokens}
judged = srm.methods.judged_best_of_n(story, small, **limits)
print(story.question, "Reference:", story.answer)
print(f"{judged.answer} chosen; scores", judged.trace[0]["scores"])
""")
md("""
A **tournament** asks which of two solutions is better, and the winner goes on. Both orders are asked, because judges prefer a place ([Zheng et al. 2023](https://arxiv.org/abs/2306.05685)).
""")
code("""
final = srm.methods.tournament(story, small, **limits)
pd.DataFrame([step for step in final.trace if step["step"] == "match"])
""")
md("""
One story proves nothing. Does the judge rank? This command gives it pairs of chains of the same problem, one right and one wrong, with the rule of the task in words, and goes on where an earlier call ended:

    python benchmarks/verifiers.py judge --seconds 600
""")
code("""
from srm_lab.scoring.statistics import wilson

pairs = recorded.judged
said = {
    "P(Yes) is higher for the right one": [right > wrong for _, right, wrong, _ in pairs],
    "the right one is preferred": [preferred > 0.5 for *_, preferred in pairs],
    "P(Yes) is above one half for the wrong one": [wrong > 0.5 for _, _, wrong, _ in pairs],
}
for what, found in said.items():
    print(f"{what:45} {wilson(sum(found), len(found)) if found else 'not recorded yet'}")
every = [score for _, *scored, _ in pairs for score in scored]
print(f"{'P(Yes), lowest and highest':45} {f'{min(every):.2f} and {max(every):.2f}' if every else 'not recorded yet'}")
""")
md("""
JUDGE_SAW
""")
md("""
## 11. What judging costs

A judge reads, and reading is not free. For one problem of typical length, and 16 chains:
""")
code("""
from srm_lab import prompts

middle = recorded.problems[recorded.votes.where(3)[0]]
text = recorded.rows[recorded.votes.where(3)[0]][0].text
once = len(small.encode(small.render(prompts.message(prompts.JUDGE, question=middle.question, solution=text))))
both = {"question": middle.question, "first": text, "second": text}
match = len(small.encode(small.render(prompts.message(prompts.COMPARE, **both))))
weights = {"tiny": lm.num_parameters, "real": small.num_parameters}
cost = {
    "drawing 16 chains": (K * len(text), "tiny", "written"),
    "trained verifier": (K * len(middle.question + text), "tiny", "read"),
    "judge: Yes or No": (K * 2 * once, "real", "read"),
    "tournament: A or B, both orders": ((K - 1) * 4 * match, "real", "read"),
}
pd.DataFrame(
    {
        name: {"tokens": tokens, "how": how, "million multiplications": round(tokens * weights[who] / 1e6)}
        for name, (tokens, who, how) in cost.items()
    }
).T
""")
md("""
COST_SAW
""")
md("""
## 12. Exercises

Fill the hole (`...`), run the cell, and `srm.check` tells you whether it is right, with a hint if not. Solutions are in `notebooks/solutions`.
""")
md("""
**08.1 The best of k.** `ranked` says of n chains whether each is right, the best scored one first. Someone takes k of them at random and keeps the best scored. How often is it right?
""")
code("""
def best_of_k(ranked, k): ...


srm.check("08.1", best_of_k)
""")
md("""
**08.2 Pairs within a problem.** `groups` holds for each problem its chains as `(score, right)`. Of all pairs of a right and a wrong chain of the same problem, in which share has the right one the higher score? A tie counts half. This one has a perfect order over *problems*, and is bad at choosing:

`[[(0.9, True), (0.9, True), (0.95, False)], [(0.1, False), (0.2, False), (0.15, True)]]`
""")
code("""
def pairs_in_order(groups): ...


srm.check("08.2", pairs_in_order)
""")
md("""
**08.3 Whom to trust.** Chains are right with probability `p`. A verifier's verdict is turned round with probability `wrong`. How likely is a chain that it accepts right? For which `p` is a verifier with `wrong = 0.1` no better than a coin?
""")
code("""
def trusted(p, wrong): ...


srm.check("08.3", trusted)
""")
md("""
**08.4 The calibration gap.** Sort chains by score into ten bins of equal width. In each, compare the mean score with the share of right chains; the gap is the mean of the distances, each bin counting by its chains.
""")
code("""
def calibration_gap(scores, right): ...


srm.check("08.4", calibration_gap)
""")
md("""
## 13. What was measured

All claims compare on the same problems, with the first 16 (or 4, or 32) of the recorded chains. What did not reproduce says so. With this many claims, expect one or another to hold by luck; those with an interval far from its bound are safe from that.
""")
code("""
mixed = [i for i, chains in enumerate(recorded.right) if 0 < chains[done[i]].sum() < done[i].sum()]


def in_order(values):
    first = [[np.flatnonzero(done[i] & (recorded.right[i] == side))[0] for side in (True, False)] for i in mixed]
    return [bool(values[i, a] > values[i, b]) for i, (a, b) in zip(mixed, first)]


above = "gives the first right chain of a problem a higher score than the first wrong one"
ordered = {name: in_order(values) for name, values in ranked.items()}
in_pairs = {name: wilson(sum(found), len(mixed)) for name, found in ordered.items()}
srm.claim("08.outcome_ranks", f"The long outcome verifier {above}", in_pairs["long outcome"], at_least=0.5)
srm.claim("08.process_ranks", f"The long process verifier (min) {above}", in_pairs["long process, min"], at_least=0.5)
srm.claim("08.likelihood_ranks", f"The likelihood {above}", in_pairs["likelihood"], at_least=0.5)
srm.claim(
    "08.process_ranks_better",
    "The long process verifier (min) orders more of these pairs than the long outcome verifier",
    paired("outcome", "process", ordered["long outcome"], ordered["long process, min"]),
)
srm.claim(
    "08.likelihood_ranks_better",
    "The likelihood orders more of these pairs than the long process verifier (min)",
    paired("process", "likelihood", ordered["long process, min"], ordered["likelihood"]),
)
""")
code("""
def against_vote(said, name):
    return paired(f"plain vote of {K}", name, vote, said)


weighed = {name: against_vote(recorded.voted(values, K), f"weighted by {name}") for name, values in ranked.items()}
chose = {name: against_vote(recorded.picks(values, K), f"best by {name}") for name, values in ranked.items()}
process = "the long process verifier (min)"
by_process = f"A vote of 16 weighted by {process} beats the plain vote"
srm.claim("08.process_vote_beats_vote", by_process, weighed["long process, min"])
by_outcome = "A vote of 16 weighted by the long outcome verifier beats the plain vote"
srm.claim("08.outcome_vote_beats_vote", by_outcome, weighed["long outcome"])
srm.claim("08.process_best_beats_vote", f"Best-of-16 by {process} beats the plain vote", chose["long process, min"])
by_outcome = "Best-of-16 by the long outcome verifier beats the plain vote"
srm.claim("08.outcome_best_beats_vote", by_outcome, chose["long outcome"])
srm.claim("08.likelihood_best_beats_vote", "Best-of-16 by the likelihood beats the plain vote", chose["likelihood"])
""")
code("""
def by(aggregate):
    return recorded.picks(scores[f"long process, {aggregate}"], K)


srm.claim(
    "08.min_beats_product",
    "Best-of-16 by the long process verifier: the min of a chain's steps beats their product",
    paired("product", "min", by("product"), by("min")),
)
srm.claim(
    "08.min_beats_last",
    "Best-of-16 by the long process verifier: the min of a chain's steps beats the last of them",
    paired("last", "min", by("last"), by("min")),
)
twice = recorded.voted(None, 2 * K)
srm.claim(
    "08.process_beats_a_vote_of_32",
    f"At about equal cost: a vote of 16 weighted by {process} beats a plain vote of 32",
    paired("plain vote of 32", "weighted vote of 16", twice, recorded.voted(scores["long process, min"], K)),
)
""")
code("""
def more(name, few=4, many=32):
    said = [recorded.picks(ranked[name], n) for n in (few, many)]
    return paired(f"best of {few} by {name}", f"best of {many} by {name}", *said)


fewer = "best-of-32 is right less often than best-of-4"
below = {"at_most": 0, "at_least": None}
srm.claim("08.weak_falls_at_large_n", f"By the weak verifier, {fewer}", more("weak outcome"), **below)
srm.claim("08.outcome_falls_at_large_n", f"By the outcome verifier, {fewer}", more("outcome"), **below)
srm.claim("08.long_outcome_falls_at_large_n", f"By the long outcome verifier, {fewer}", more("long outcome"), **below)
gains = f"By {process}, best-of-32 beats best-of-4"
srm.claim("08.process_gains_at_large_n", gains, more("long process, min"))
srm.claim("08.likelihood_gains_at_large_n", "By the likelihood, best-of-32 beats best-of-4", more("likelihood"))
""")
code("""
def noisy_best(wrong):
    return against_vote(recorded.picks(noisy[wrong], K), f"oracle, {wrong:.0%} wrong")


srm.claim("08.oracle_beats_vote", "Best-of-16 by the oracle beats the plain vote", noisy_best(0))
srm.claim("08.oracle_wrong_10", "It still does where one verdict in 10 is turned round", noisy_best(0.1))
srm.claim("08.oracle_wrong_30", "It still does where three verdicts in 10 are turned round", noisy_best(0.3))
srm.claim(
    "08.weighing_forgives",
    "With one verdict in 10 turned round, a weighted vote of 16 beats best-of-16",
    paired("best of 16", "weighted vote", recorded.picks(noisy[0.1], K), recorded.voted(noisy[0.1], K)),
)
""")
md("""
## 14. Where to go next

- Notebook 09 asks the process verifier *while* a chain is written, and drops bad beginnings.
- Notebook 12 uses verdicts to train the model itself instead of choosing among its chains; notebook 13 makes them a reward, where over-optimisation has another name: reward hacking.
- `srm.methods.best_of_n(problem, lm, verifier=...)` and `srm.methods.weighted_self_consistency(..., weigh=verifier)` take any function; `srm_lab.training.verifier` trains one on any local model, and `srm_lab.training.verifier_files` saves it and measures it on problems it has not seen.

Our verifier has an easy life: arithmetic has steps that a program can label. Where people or models must label them, the labels are noisy themselves. What carries over is the order of questions: does it rank within a problem, at which N, and against which vote?
""")
