"""The cells of notebook 06, in order: ("md" | "code" | "hole", text[, solution])."""

CELLS = []


def md(text):
    CELLS.append(("md", text.strip()))


def code(text):
    CELLS.append(("code", text.strip()))


def hole(text, solution):
    CELLS.append(("hole", text.strip(), solution.strip()))


md("""
[▶ Open in Colab](https://colab.research.google.com/github/srm-lab/srm_lab/blob/main/notebooks/06_prompting_and_the_grader.ipynb)

# 06 Chain-of-thought prompting, and the grader

**You will be able to**

- ask one model in many ways: at once, with steps, with examples, and say what each way cost and gave,
- tell a better prompt from a lucky one,
- read the same answers with several graders, and say what each of them gets wrong,
- write a table of results that somebody else can check.

**You should know** what a chain of thought is, and what an interval says (notebook 00).

**Running time:** <!-- srm:running-time --><!-- /srm -->
""")
md("""
## 1. One problem, three prompts

A score is made of four things: a model, a prompt, a way of sampling, and a grader that reads the answer out of the text. Papers print the first. This notebook moves the second and the last, and leaves the model alone.
""")
code("""
import srm_lab as srm

size = srm.start("06")
""")
code("""
from srm_lab import prompts
from srm_lab.methods.few_shot_cot import worked_examples

lm = srm.load_model(size.model)
problem = srm.load_problems("word_problems", n=1, steps=1)[0]
asked = {
    "direct": prompts.direct(problem),
    "zero-shot": prompts.zero_shot_cot(problem),
    "few-shot": prompts.few_shot_cot(problem, worked_examples(problem, 2)),
}
for name, prompt in asked.items():
    print(f"--- {name}\\n{lm.render(prompt)}\\n")
""")
md("""
- The **direct** prompt begins the reply, *The answer is*, so that the next token has to be the answer.
- The **zero-shot** prompt asks for steps and shows none ([Kojima et al. 2022](https://arxiv.org/abs/2205.11916)).
- The **few-shot** prompt shows solved problems and lets the model go on ([Wei et al. 2022](https://arxiv.org/abs/2201.11903)). Each shown problem is a *shot*.

The marks `<|im_start|>` are this model's chat template. They are part of the prompt, too.

**Predict.** Which of the three will this model, of 135 million weights, get right?
""")
code("""
for name, prompt in asked.items():
    stop = prompts.STOP if name == "few-shot" else ()
    reply = lm.sample(prompt, temperature=0, max_new_tokens=size.max_new_tokens, stop=stop)[0]
    print(f"--- {name}\\n{reply.text.strip()}\\n    grader: {srm.verify(reply, problem.answer).reason}\\n")
print("Reference:", problem.answer)
""")
md("""
A whole prompting method is one prompt and one sample. This is the zero-shot one:
""")
code("""
# same code as srm_lab.methods.zero_shot_cot.zero_shot_cot
from srm_lab.methods.chain import solution_of


@srm.method
def zero_shot_cot(problem, lm, *, temperature=0.0, max_new_tokens=256):
    prompt = prompts.own(problem, lm, "chain") or prompts.zero_shot_cot(problem)
    chain = lm.sample(prompt, temperature=temperature, max_new_tokens=max_new_tokens)[0]
    return solution_of(problem, chain)
""")
md("""
`prompts.own` is for models that know one way of being asked. We meet them now.
""")
md("""
## 2. Steps or no steps, with the same weights

A tiny model of 0.6 million weights was trained to solve sums from left to right, step by step. It writes steps, then `####`, then the answer. If *we* write `####` at once, it has to answer without steps.

**Predict.** How many problems does it solve with its steps? And without?
""")
code("""
from dataclasses import replace


@srm.method
def asked_as(problem, lm, *, template, max_new_tokens=64):
    text = prompts.fill(template, question=problem.question)
    return solution_of(problem, lm.sample(text, temperature=0, max_new_tokens=max_new_tokens)[0])


def ask(lm, template, name, **settings):
    run = srm.evaluate(lm, asked_as, sums, template=template, workers=size.workers, progress=False, **settings)
    return replace(run, method=name, settings={})  # called by its name in figures


sums = srm.load_problems("arithmetic", n=size.problems, operations=(1, 2, 3, 4))
stepper, answerer = srm.load_model("tiny/chain-cot"), srm.load_model("tiny/chain-direct")
with_steps, at_once = ask(stepper, "{question}", "steps"), ask(stepper, "{question}####", "at once")
trained_at_once = ask(answerer, "{question}", "at once, trained so")
for run in (with_steps, at_once, trained_at_once):
    print(f"{run.name:20} {run.records[3].problem.question}{run.records[3].solution.text}")
""")
code("""
srm.figures.accuracy([with_steps, at_once, trained_at_once], "Left-to-right sums, tiny models")
""")
md("""
**What we saw.** The same weights solved <!-- srm:measured 06.steps_beat_at_once b --><!-- /srm --> with steps and <!-- srm:measured 06.steps_beat_at_once a --><!-- /srm --> without: <!-- srm:measured 06.steps_beat_at_once interval --><!-- /srm -->.

This is not quite fair, because the model never saw a question answered at once. The third row is: a model of the same size, trained to answer at once. It solved <!-- srm:measured 06.steps_beat_trained_at_once a --><!-- /srm -->. Steps are not a trick of words here. They are where the computing happens: each step is one operation on two numbers, and a question has up to four of them.
""")
md("""
## 3. The real model

SmolLM2 is slow on a processor, so its replies to the same one-step word problems were recorded, with each prompt, by a command of this project:

    python benchmarks/prompts.py

The cell reads the texts and grades them anew. Prompts that a claim rests on were asked on all <!-- srm:quoted -->200<!-- /srm --> problems, the others on the first <!-- srm:quoted -->60<!-- /srm --> of them, and their intervals are as wide as that is few.
""")
code("""
from srm_lab import prompt_trials

trials = prompt_trials.load()
for run in trials.values():
    print(run)
""")
md("""
**Predict.** Few-shot prompts do two things: they show *steps*, and they show what an answer looks like. Which of the two counts? Order these four: direct, zero-shot with steps, few-shot with answers alone, few-shot with steps.
""")
code("""
def recorded(*names):
    return [trials[name] for name in names]


srm.figures.accuracy(
    recorded("direct", "zero-shot, steps", "few-shot, answers alone", "few-shot, steps"), "SmolLM2, one-step problems"
)
""")
md("""
**What we saw.** On all <!-- srm:quoted -->200<!-- /srm --> problems, few-shot steps were right on <!-- srm:measured 06.shown_steps_beat_direct b --><!-- /srm -->, the direct answer on <!-- srm:measured 06.shown_steps_beat_direct a --><!-- /srm -->: <!-- srm:measured 06.shown_steps_beat_direct interval --><!-- /srm -->.SHOTS_SEEN
""")
md("What became of every answer? One that was cut off by the limit of tokens is neither right nor wrong:")
code("""
srm.figures.answer_fates(
    recorded("direct", "zero-shot, steps", "few-shot, answers alone", "few-shot, steps"), "SmolLM2: right, wrong, or neither"
)
""")
md("FATES_SEEN")
md("""
## 4. Which examples?

Fixed examples are the same for every problem. Others take *random* ones for each, or the *nearest*: those most like the question ([Liu et al. 2021](https://arxiv.org/abs/2101.06804)). Here nearness is the cosine of word counts, with every number as one word.
""")
code("""
# same code as srm_lab.methods.example_choice.likeness
from srm_lab.methods.example_choice import vector_length, word_counts


def likeness(a, b):
    first, second = word_counts(a), word_counts(b)
    shared = sum(count * second[word] for word, count in first.items())
    return shared / (vector_length(first) * vector_length(second) or 1)


pool = worked_examples(problem, size.pool)
print(problem.question)
for example in sorted(pool, key=lambda e: likeness(problem.question, e.question))[-2:]:
    print(f"{likeness(problem.question, example.question):.2f}  {example.question}")
""")
md("""
**Predict.** Do nearer examples help? Mind the trap: an example that is *too* near invites copying its numbers, or its operation.

The whole method is again one prompt and one sample. Press **Run**: each column is one way to ask, and **Run the next 10 problems** fills the tally below.
""")
code("""
from srm_lab.methods.example_choice import choose_examples


@srm.method
def nearest_examples(problem, lm, *, shots=4, temperature=0.0, max_new_tokens=64):
    nearest = choose_examples(problem, worked_examples(problem, size.pool), shots, "nearest", 0)
    prompt = prompts.few_shot_cot(problem, nearest)
    return solution_of(problem, lm.sample(prompt, temperature=temperature, max_new_tokens=max_new_tokens, stop=prompts.STOP)[0])


ways = ("direct", "zero_shot_cot", "few_shot_cot", nearest_examples)
live = srm.load_problems("word_problems", n=size.pool, steps=1, seed=1)
srm.widgets.live_comparison(models=(lm,), methods=ways, problems=live, temperature=0.0)
""")
md("Without a running kernel the panel stays still. Three ways to choose were recorded: the same four examples for every problem, four random ones for each, and the four nearest.")
code("""
chosen = recorded("few-shot, steps", "few-shot, random", "few-shot, nearest")
srm.figures.accuracy(chosen, "SmolLM2: three ways to choose four examples")
""")
code("""
few = min(len(run.records) for run in trials.values())  # problems that every recorded prompt was tried on


def first(run):
    return replace(run, records=run.records[:few])


def rest(run):
    return replace(run, records=run.records[few:])


usual, at_random, nearest = chosen
for one, other in ((at_random, nearest), (usual, nearest), (at_random, usual)):
    print("all problems:         ", srm.compare(one, other))
    print("without the first ones:", srm.compare(rest(one), rest(other)))
""")
md("CHOICE_SEEN")
md("""
## 5. The wording moves the score

**Predict.** The tiny model was trained on questions like `7+12-5*2?`. What does one space in front do? Two solved sums in front, in its own way of writing?
""")
code("""
from srm_lab.tasks.worked import worked

shots = srm.load_problems("arithmetic", n=2, split="train", operations=2)
in_front = "\\n".join(shot.question + worked(shot) for shot in shots)
templates = {
    "as trained": "{question}",
    "a space in front": " {question}",
    "a new line in front": "\\n{question}",
    "a word in front": "what is {question}",
    "two solved sums in front": in_front + "\\n{question}",
}
wordings = {name: ask(stepper, template, name) for name, template in templates.items()}
for name, run in wordings.items():
    print(f"{name:26} {run.records[3].problem.question} {run.records[3].solution.text!r}")
srm.figures.accuracy(list(wordings.values()), "One tiny model, five ways to put the same question")
""")
md("""
**What we saw.** One space in front changed accuracy by <!-- srm:measured 06.a_space_hurts interval --><!-- /srm -->, and two solved examples by <!-- srm:measured 06.examples_hurt_the_tiny_model interval --><!-- /srm -->. Read the texts: with a space it still writes steps, and begins to slip; with a word in front it writes nothing of use.

A model answers well where its training was. This one has seen one way of asking, so every other is outside. A large model has seen very many, but not all equally often. Is the difference then only one of size? Here are wordings of the same instruction for SmolLM2.
""")
code("""
groups = {
    "answer at once": ("direct", "direct: bare question", "direct: number first", "direct: only the number", "direct: no explanation"),
    "think in steps": ("zero-shot, steps", "steps: show your work", "steps: the paper's words", "steps: told first"),
    "layout of examples": ("few-shot, steps", "layout: Q and A", "layout: Problem and Solution", "layout: one line"),
}
groups = {title: [first(run) for run in recorded(*names)] for title, names in groups.items()}
srm.figures.accuracy([run for runs in groups.values() for run in runs], "SmolLM2: three meanings, several wordings of each")
""")
md("""
Some differences are wide. But the best of five equal wordings always looks good: it is the luckiest. How far apart would *equal* wordings lie? Deal each problem's verdicts anew among the wordings, many times, and look:
""")
code("""
# same code as srm_lab.scoring.wordings.spread
import numpy as np
from srm_lab.scoring.wordings import Spread, same_problems


def spread(right, draws=2000, seed=0):
    scores = np.asarray(same_problems(right), dtype=float)
    rates = scores.mean(axis=1)
    value = rates.max() - rates.min()
    rng = np.random.default_rng(seed)
    dealt = [rng.permuted(scores, axis=0).mean(axis=1) for _ in range(draws)]
    by_luck = np.array([each.max() - each.min() for each in dealt])
    at_least = (1 + (by_luck >= value - 1e-9).sum()) / (1 + draws)
    return Spread(float(value), float(np.quantile(by_luck, 0.95)), float(at_least))
""")
code("""
from srm_lab.evaluate import paired
from srm_lab.scoring.wordings import chosen_elsewhere


def verdicts(runs):
    return [[record.verdict.correct is True for record in run.records] for run in runs]


for title, runs in groups.items():
    if len(runs) > 1:
        print(f"{title} ({len(runs)} wordings)\\n  {spread(verdicts(runs))}")
        worst, best = chosen_elsewhere(verdicts(runs))
        print("  chosen on one half, measured on the other:", paired("worst", "best", worst, best))
""")
md("WORDING_SEEN")
code("""
from srm_lab.scoring.statistics import wilson

for run in groups["think in steps"]:
    print(f"{run.name:26} cut off: {wilson(run.unfinished, len(run.records))}")
srm.figures.answer_fates(groups["think in steps"], "Four wordings of one instruction, and how many replies ended")
""")
md("LENGTH_SEEN")
code("""
short = trials["layout: Q and A"]
print("all problems:         ", srm.compare(usual, short))
print("without the first ones:", srm.compare(rest(usual), rest(short)))
""")
md("LAYOUT_SEEN")
md("""
## 6. Six more ways to ask

Each is one file of `srm_lab/methods`, and most are one prompt.

| method | what it asks for | source |
|---|---|---|
| `plan_and_solve` | a plan, then its execution | [Wang et al. 2023](https://arxiv.org/abs/2305.04091) |
| `least_to_most` | simpler questions first, each answered in turn | [Zhou et al. 2022](https://arxiv.org/abs/2205.10625) |
| `step_back` | a more general question first | [Zheng et al. 2023](https://arxiv.org/abs/2310.06117) |
| `re_reading` | the question twice | [Xu et al. 2023](https://arxiv.org/abs/2309.06275) |
| `self_ask` | follow-up questions to itself, after one example | [Press et al. 2022](https://arxiv.org/abs/2210.03350) |
| `structured_output` | JSON with steps and answer | [Tam et al. 2024](https://arxiv.org/abs/2408.02442) |

They were written for models a hundred to a thousand times larger. **Predict** what a small one makes of them, then read what it wrote to one problem. Mind the columns of cost: some of these methods ask several times.
""")
code("""
import pandas as pd
from concurrent.futures import ThreadPoolExecutor


def solve(name):
    return srm.methods.get(name)(problem, lm, max_new_tokens=size.max_new_tokens)


with ThreadPoolExecutor() as threads:  # side by side: the model computes them as one batch
    solved = dict(zip(size.ways, threads.map(solve, size.ways)))
print(problem.question, "Reference:", problem.answer)
pd.DataFrame(
    {
        "answer read": {name: solution.answer for name, solution in solved.items()},
        "calls": {name: solution.usage.calls for name, solution in solved.items()},
        "tokens": {name: solution.usage.generated_tokens for name, solution in solved.items()},
        "its last reply ends": {name: s.completions[-1].text.strip()[-90:] for name, s in solved.items()},
    }
)
""")
code("""
more = ("re-reading", "plan-and-solve", "self-ask", "structured output", "step-back", "least-to-most")
compared = [first(run) for run in recorded("direct", "few-shot, steps", "zero-shot, steps", *more)]
for run in compared[3:]:
    print(srm.compare(compared[2], run))
display(srm.figures.frontier(compared, f"Ways to ask, and what they cost: the first {few} problems"))
display(srm.figures.answer_fates(compared, "What became of every answer"))
""")
md("One of them fails in a way that no score tells. What did it write most often?")
code("""
from collections import Counter

wrote = Counter(record.solution.completions[0].text.strip() for record in trials["structured output"].records)
text, times = wrote.most_common(1)[0]
print(f"{times} of {wrote.total()} replies: {text}")
""")
md("MORE_SEEN")
md("""
## 7. The grader moves the score, too

Until now one grader read every answer. Here is another one, as many scripts have it: take the last number of the text.
""")
code("""
import re


def last_number(text, reference, kind):
    found = re.findall(r"-?[0-9]+(?:[.][0-9]+)?", text)
    return bool(found) and float(found[-1]) == float(reference)


print(with_steps.records[3].solution.text)
print(srm.rescore(with_steps, rule=last_number).accuracy)
""")
md("""
`srm.rescore` judges a finished run again: same texts, new verdicts. The kit has the rules of five other graders:

- **lm-eval strict**: the number right after `#### `, with its space; **lm-eval flexible**: the last thing that looks like a number,
- **reasoning-gym**: the `<answer>` tag, and without one the *first* number,
- **math-verify**: any mathematics in the text, compared as mathematics,
- **contains**: the reference is somewhere in the text.

**Predict.** The tiny model's chains look like `8+8=16;16+15=31####31`. Between which scores will these rules put it?
""")
code("""
srm.figures.scores_by_rule([with_steps, at_once], rules=size.rules)
""")
md("""
**What we saw.** The same texts score from nothing to everything. The strict rule gives <!-- srm:measured 06.strict_reads_nothing b --><!-- /srm --> where ours gives <!-- srm:measured 06.strict_reads_nothing a --><!-- /srm -->, because the model writes no space after `####`. The first number is the question's first step, so that rule sees almost nothing. The rule `contains` is always generous: the reference may stand anywhere.

None of them is broken. Each fits the texts it was written for, and a new model does not write such texts. So look at the answers before you believe a score of zero, or a very good one.
""")
code("""
pair = recorded("few-shot, steps", "direct")
three = recorded("few-shot, steps", "zero-shot, steps", "direct")
srm.figures.scores_by_rule(three, rules=size.rules)
""")
md("SMOL_GRADERS")
code("""
srm.figures.disagreements(three[1], rules=size.rules)
""")
md("""
Each column is a way of disagreeing; its number says how many answers were judged so. Point at one to read it.

**Try it live.** Write an answer, or pick a difficult one, and see what each grader reads. The other tabs look into the recorded runs: where graders disagree, and what that does to the order of two prompts.
""")
code("""
lab = srm.widgets.grader_lab(three)
lab.wait()
lab
""")
code("""
srm.figures.readings("The answer is 18 because 9 eggs are sold for $2 each.", "18")
""")
md("""
## 8. Unparseable is not wrong, and unfinished is not right

A grader has more than two things to say. A text may hold *no answer* that can be read. And a chain that hit the limit of tokens is *unfinished*: it has numbers in it, but they are not its answer.

**Predict.** We let the tiny model write only a few tokens. What does a rule say that takes the last number of a chain cut in the middle?
""")
code("""
capped = {cap: ask(stepper, "{question}", f"{cap} tokens", max_new_tokens=cap) for cap in size.caps}
flexible = {cap: srm.rescore(run, rule="lm-eval flexible") for cap, run in capped.items()}
display(srm.figures.answer_fates(list(capped.values()), "Read by this kit: what was cut off says nothing"))
display(srm.figures.answer_fates(list(flexible.values()), "The same texts by the last number", [f"{cap} tokens" for cap in capped]))
""")
code("""
middle = size.caps[len(size.caps) // 2]
cut_gain = srm.compare(replace(capped[middle], method="kit"), replace(flexible[middle], method="last number", settings={}))


def at_its_result(record):  # had it written all of its steps?
    return record.solution.text.startswith(worked(record.problem).split("####")[0])


for cap, run in capped.items():
    pairs = zip(run.records, flexible[cap].records)
    wrongly = [r for r, s in pairs if r.verdict.correct is None and s.verdict.correct]
    by_chance = [r for r in wrongly if not at_its_result(r)]
    print(f"{cap} tokens: {run.unfinished} cut off, {len(wrongly)} of them read as right, {len(by_chance)} by chance")
    for record in (wrongly[:1] + by_chance[:1]) if cap == middle else ():
        print(f"    {record.problem.question:18} {record.solution.text:24} reference {record.problem.answer}")
cut_gain
""")
md("""
**What we saw.** At a limit of <!-- srm:quoted -->20 tokens<!-- /srm --> the last number gives <!-- srm:measured 06.cut_chains_pass interval --><!-- /srm --> more than were finished. Nearly all of those chains had written their last step and were cut before they said that it was the last; a few stood, by chance, at an earlier number that equals the answer. Nothing in the text tells the two apart, and a chain that goes on may go wrong. The rest of the cut chains become *wrong* answers, though nobody knows what they would have said.

So a table that says only *right* mixes three things up: a model that errs, a model that does not say its answer in the form asked for, and a limit that is too low. They have different remedies.
""")
md("""
## 9. False positives, false negatives

A grader errs in two ways. It refuses a right answer (*false negative*), or accepts a wrong one (*false positive*). The project has labelled answers to measure both: the texts of small models as they are, with traps.
""")
code("""
from srm_lab.scoring.labelled import labelled_cases, mistakes

cases = labelled_cases("number")
made = {rule: mistakes(rule, cases) for rule in size.rules}
series = {
    "right answers refused": [(rule, each.refused) for rule, each in made.items()],
    "wrong or unfinished answers accepted": [(rule, each.accepted) for rule, each in made.items()],
}
srm.figures.rates(series, x="grader", y="of these answers, %", joined=False, title="Two kinds of mistakes",
                  caption=f"{len(cases)} labelled answers, many of them traps; bars are Wilson 95 % intervals.")
""")
code("""
found = made["lm-eval flexible"].cases
shown = [case for case in found if len(case[0].text) < 60][:: max(1, len(found) // 10)]
pd.DataFrame(
    [{"text": c.text, "reference": c.reference, "label": c.correct, "it read": v.extracted, "trap": c.trap} for c, v in shown]
)
""")
md("""
**How to read it.** These answers were *made* to be difficult, so the shares are no rates that you will meet; they say which mistakes a rule makes. And this kit's own rule agrees with the labels by construction: the labels follow its documentation, and it was corrected until it did. The last number accepts <!-- srm:measured 06.last_number_accepts_traps interval --><!-- /srm --> of the wrong and unfinished ones.

What do such mistakes do to a score? If a model is right on a share $a$, and the grader refuses a share $m$ of right answers and accepts a share $f$ of wrong ones, you measure $a(1-m) + (1-a)f$. Weak models suffer most: with $a$ near nothing the score *is* the false positives. The other way round gives the true share from the measured one ([Rogan & Gladen 1978](https://doi.org/10.1093/oxfordjournals.aje.a112510)); exercise 06.4 does it.
""")
code("""
graders = {"accepts 1 wrong in 10": (0.0, 0.1), "refuses 1 right in 10": (0.1, 0.0), "both": (0.1, 0.1)}
measured = {
    name: [f"{100 * (truth * (1 - m) + (1 - truth) * f):.1f} %" for truth in (0.05, 0.3, 0.9)]
    for name, (m, f) in graders.items()
}
pd.DataFrame(measured, index=["5 % right", "30 % right", "90 % right"])
""")
md("""
## 10. What a table must say

The order of two methods can turn with the prompt, with the grader, or with the draw of problems. So each row of a table names them: the model, the prompt and its shots, the temperature, the limit of tokens, the grader, how many problems, how many were right with the interval, how many unfinished, what it cost, the seed, the versions.
""")
code("""
def row(run):
    settings, accuracy = dict(run.settings), run.accuracy
    return {
        "prompt": run.name,
        "shots": settings.get("shots", 0),
        "temperature": settings.get("temperature", 0.0),
        "grader": settings.get("judged_by", "srm-lab"),
        "right": f"{accuracy.k}/{accuracy.n}",
        "95 % interval": f"{100 * accuracy.low:.1f} to {100 * accuracy.high:.1f}",
        "unfinished": run.unfinished,
        "tokens": round(run.tokens_per_problem),
        "seed": run.seed,
    }


table = pd.DataFrame([row(srm.rescore(run, rule=rule)) for run in pair for rule in size.rules])
print(f"{pair[0].model}, float32, one-step word problems of the test split; {pair[0].versions}")
table
""")
md("""
## 11. Exercises

Fill the hole (`...`), run the cell, and `srm.check` tells you whether it is right, with a hint if not. Solutions are in `notebooks/solutions`.
""")
md("""
**06.1 A few-shot prompt.** Write `Question: ...` and `Answer: ...` on two lines for each solved example, a blank line between examples, then the open question. Where exactly should the prompt end, so that the model goes on with the word it saw after the colon?
""")
hole(
    """
def few_shot(examples, question):  # examples: list of (question, solution)
    ...


srm.check("06.1", few_shot)
""",
    """
def few_shot(examples, question):  # examples: list of (question, solution)
    shown = [f"Question: {asked}\\nAnswer: {solution}" for asked, solution in examples]
    return "\\n\\n".join([*shown, f"Question: {question}\\nAnswer:"])


srm.check("06.1", few_shot)
""",
)
md("""
**06.2 A grader of three words.** Read the integer after the *last* `####` (spaces allowed). Return `True` or `False`, and `None` where there is nothing to read.
""")
hole(
    """
def strict(text, reference): ...


srm.check("06.2", strict)
""",
    """
def strict(text, reference):
    found = re.findall(r"####\\s*(-?\\d+)", text)
    return int(found[-1]) == int(reference) if found else None


srm.check("06.2", strict)
""",
)
md("""
**06.3 Two rates.** From pairs of a grader's verdict and the label, give `(false positive rate, false negative rate)`: wrong answers that were accepted among all wrong ones, right answers not accepted among all right ones. A verdict of `None` accepts nothing.
""")
hole(
    """
def error_rates(pairs): ...


srm.check("06.3", error_rates)
""",
    """
def error_rates(pairs):
    of_wrong = [verdict is True for verdict, label in pairs if not label]
    of_right = [verdict is not True for verdict, label in pairs if label]
    return sum(of_wrong) / len(of_wrong), sum(of_right) / len(of_right)


srm.check("06.3", error_rates)
""",
)
md("""
**06.4 Behind the grader.** You measured a share of right answers with a grader whose two rates you know. What is the true share? (Solve $measured = a(1-m) + (1-a)f$ for $a$, and keep it between 0 and 1.)
""")
hole(
    """
def true_accuracy(measured, false_positives, false_negatives): ...


srm.check("06.4", true_accuracy)
""",
    """
def true_accuracy(measured, false_positives, false_negatives):
    share = (measured - false_positives) / (1 - false_positives - false_negatives)
    return min(1.0, max(0.0, share))


srm.check("06.4", true_accuracy)
""",
)
md("""
## 12. What was measured

Each line is a claim with its interval. A claim that did not reproduce says so.
""")
code("""
srm.claim(
    "06.steps_beat_at_once",
    "A tiny model trained on steps solves more with its steps than when it must answer at once",
    srm.compare(at_once, with_steps),
)
""")
code("""
srm.claim(
    "06.steps_beat_trained_at_once",
    "Steps solve more than a model of the same size that was trained to answer at once",
    srm.compare(trained_at_once, with_steps),
)
""")
code("""
srm.claim(
    "06.shown_steps_beat_direct",
    "SmolLM2 solves more one-step problems after four examples with steps than when it answers at once",
    srm.compare(trials["direct"], trials["few-shot, steps"]),
)
""")
code("""
srm.claim(
    "06.asked_steps_beat_direct",
    "SmolLM2 solves more one-step problems when it is asked for steps in words alone than when it answers at once",
    srm.compare(trials["direct"], trials["zero-shot, steps"]),
)
""")
code("""
srm.claim(
    "06.steps_and_not_examples",
    "The same four examples give more with their steps than with their answers alone",
    srm.compare(trials["few-shot, answers alone"], trials["few-shot, steps"]),
)
""")
code("""
srm.claim(
    "06.nearest_beat_random",
    "The nearest four examples give SmolLM2 more than four random ones",
    srm.compare(trials["few-shot, random"], trials["few-shot, nearest"]),
)
""")
code("""
srm.claim(
    "06.nearest_beat_fixed",
    "The nearest four examples give SmolLM2 more than the same four for every problem",
    srm.compare(trials["few-shot, steps"], trials["few-shot, nearest"]),
)
""")
code("""
srm.claim(
    "06.a_layout_moves_smollm2",
    "Examples written as Q: and A: give SmolLM2 more than the same ones written as Question: and Answer:",
    srm.compare(trials["few-shot, steps"], trials["layout: Q and A"]),
)
""")
code("""
srm.claim(
    "06.a_space_hurts",
    "One space in front of the question lowers the tiny model's accuracy",
    srm.compare(wordings["as trained"], wordings["a space in front"]),
    at_least=None,
    at_most=0.0,
)
""")
code("""
srm.claim(
    "06.examples_hurt_the_tiny_model",
    "Two solved examples in front lower the accuracy of a model that was trained on bare questions",
    srm.compare(wordings["as trained"], wordings["two solved sums in front"]),
    at_least=None,
    at_most=0.0,
)
""")
code("""
srm.claim(
    "06.strict_reads_nothing",
    "Read by a rule that wants a space after ####, the same chains score at least 50 points lower",
    srm.compare(with_steps, srm.rescore(with_steps, rule="lm-eval strict")),
    at_least=None,
    at_most=-0.5,
)
""")
code("""
srm.claim(
    "06.anywhere_is_generous",
    "SmolLM2's direct answers score higher when the reference may stand anywhere in the text",
    srm.compare(trials["direct"], srm.rescore(trials["direct"], rule="contains")),
)
""")
code("""
few_shot_run, zero_shot_run, _ = (srm.rescore(run, rule="contains") for run in three)
srm.claim(
    "06.contains_turns_the_order",
    "Read by a rule that accepts the reference anywhere, zero-shot replies score higher than few-shot ones",
    srm.compare(few_shot_run, zero_shot_run),
)
""")
code("""
srm.claim(
    "06.last_number_moves_smollm2",
    "The last number gives SmolLM2's few-shot chains another score than this kit's grader, a higher one",
    srm.compare(trials["few-shot, steps"], srm.rescore(trials["few-shot, steps"], rule="lm-eval flexible")),
)
""")
code("""
srm.claim(
    "06.cut_chains_pass", "The last number counts chains as right that were cut off before their answer", cut_gain
)
""")
code("""
srm.claim(
    "06.last_number_accepts_traps",
    "Of wrong and unfinished answers written as traps, the last number accepts more than a quarter",
    made["lm-eval flexible"].accepted,
    at_least=0.25,
)
""")
md("""
## 13. Where to go next

A single chain, however it was asked for, has the last word here. Notebook 07 draws several and lets them vote; notebook 08 lets a verifier choose.

To try a prompt of your own on SmolLM2, add an arm to `benchmarks/prompts.py`, or use `prompt_trials.worded` with `srm.evaluate`. To try a grader of your own, pass a function `(text, reference, kind)` to `srm.rescore`. And before you report: `srm.figures.disagreements(run)`.
""")
