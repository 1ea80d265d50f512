"""Builds notebook 10 and its solutions from the cells below: python drafts/build_nb10.py (then srm-lab course 10)."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

NAME = "10_refine_debate_and_tools"
cells = []


def md(text):
    cells.append(new_markdown_cell(text.strip("\n")))


def code(text):
    cells.append(new_code_cell(text.strip("\n")))


md(f"""
[▶ Open in Colab](https://colab.research.google.com/github/srm-lab/srm_lab/blob/main/notebooks/{NAME}.ipynb)

# 10 Refine, debate and tools: who checks the answer?

**You will be able to**

- say what self-refine, reflexion, chain of verification, debate and mixture of agents ask a model, and read their traces,
- measure a revision fairly: answers mended against answers broken, and a plain vote at the same tokens,
- spot the trap that makes self-correction look good in many reports,
- put a calculator into the middle of a chain, and run a model's programs without trusting them,
- build a cascade: a cheap model first, a dear one only where the cheap one is not sure.

**You should know** chains and votes (notebooks 00 and 07), and what a verifier is (notebook 08).

**Running time:** <!-- srm:running-time --><!-- /srm -->
""")
code("""
import srm_lab as srm

size = srm.start("10")
""")
md("""
## 1. Ask the model to check itself

A person reads a draft again and finds mistakes. *Self-refine* ([Madaan et al. 2023](https://arxiv.org/abs/2303.17651)) asks a model to do the same: write a draft, criticise it, write it anew.
There are no new weights and no new facts. All of it is prompts:
""")
code("""
from srm_lab import prompts

for name in ("ZERO_SHOT_COT", "FEEDBACK", "REVISE"):
    print(f"--- {name}\\n{getattr(prompts, name)}\\n")
""")
md("""
The loop around them is short. `critic` and `reviser` are models; in self-refine both are the model that wrote the draft. When they differ, the method is called *critic and reviser*.
""")
code("""
# same code as srm_lab.methods.revising.revise
from srm_lab.methods.chain import chosen, said
from srm_lab.methods.revising import finds_nothing


def revise(problem, draft, *, critic, reviser, rounds, settings):
    trace = [{"step": "draft", "text": draft.text}]
    current = draft
    for _ in range(rounds):
        if critic.left <= 0:
            break
        values = {"question": problem.question, "solution": said(current)}
        feedback = critic.judge.sample(prompts.message(prompts.FEEDBACK, **values), **settings)[0]
        stop = not feedback.finished or not said(feedback) or finds_nothing(said(feedback))
        trace.append({"step": "feedback", "text": feedback.text, "finished": feedback.finished, "stop": stop})
        if stop or reviser.left <= 0:
            break
        prompt = prompts.message(prompts.REVISE, **values, feedback=said(feedback))
        version = reviser.sample(prompt, **settings)[0]
        trace.append({"step": "revision", "text": version.text, "finished": version.finished})
        current = version if version.finished else current
    return chosen(problem, current, trace)
""")
md("""
**Look closely.** The draft stands where the critic finds nothing, where its reply was cut off, and where the new version was cut off. Otherwise the new version replaces the draft, better or not. Nobody compares the two.

The other methods of this family differ in what they ask:

| method | asks the model | source |
|---|---|---|
| self-refine | draft; what is wrong with it?; write it anew | [Madaan et al. 2023](https://arxiv.org/abs/2303.17651) |
| critic and reviser | the same of two models | [Paul et al. 2023](https://arxiv.org/abs/2304.01904) |
| reflexion | try; was it right? if not: what to do differently next time?; try again with that lesson | [Shinn et al. 2023](https://arxiv.org/abs/2303.11366) |
| chain of verification | draft; questions that check it; an answer to each, *without* seeing the draft; a final version | [Dhuliawala et al. 2023](https://arxiv.org/abs/2309.11495) |
| debate | several drafts; each author reads the others and answers again; a vote | [Du et al. 2023](https://arxiv.org/abs/2305.14325) |
| mixture of agents | several drafts; one more reply that is written after reading them | [Wang et al. 2024](https://arxiv.org/abs/2406.04692) |

All of them need a model that follows instructions. Ours is SmolLM2 with 135 million weights, which is slow here. So a command asked it, and this notebook reads what was recorded:

    python benchmarks/revision.py
""")
code("""
import pandas as pd

from srm_lab import claims, revision_trials

recorded = claims.load("revision")
asked = {
    "self_refine": "zero-shot draft, feedback, new version",
    "few_shot_refine": "the same after a few-shot draft",
    "reflexion": "try again where it doubts its first try",
    "reflexion, oracle": "try again where the first try is wrong",
    "chain_of_verification": "draft, 2 questions, answers, new version",
    "debate": "3 agents, 2 rounds, a vote",
    "mixture_of_agents": "3 drafts, a reply that has read them",
    "program_aided": "a program (section 6)",
    "vote": "3 zero-shot chains, no revision",
    "vote of 6": "6 zero-shot chains, no revision",
    "few_shot_vote": "3 few-shot chains, no revision",
}
rows = {}
for name, what in asked.items():
    one = recorded.get(name)
    known = [len(one["problems"]), round(revision_trials.tokens(one))] if one else ["not recorded", ""]
    rows[name] = [what, *known]
pd.DataFrame.from_dict(rows, orient="index", columns=["what was asked for", "problems", "tokens a problem"])
""")
md("""
A row that says *not recorded* has no number anywhere in this notebook. `python benchmarks/revision.py debate` (or another name) records it, and the tables and figures below take it up when they run again.
*Critic and reviser* is not in the table: it needs a second model that follows instructions, and only one comes with this kit.

## 2. One trace, step by step

The drafts of `few_shot_refine` are the few-shot chains of notebook 00, which is the best this model does: here a revision has something to lose. (`self_refine` begins with the zero-shot prompt of its paper, and with that this model is seldom right.)

**Predict.** Below is a draft that was right. Read the feedback. Does it name a mistake that is there?
""")
code("""
import textwrap


def show(row):
    "A recorded trace, a step a paragraph."
    print(f"QUESTION  {row['question']}\\nREFERENCE {row['answer']}\\n")
    for step in row["trace"]:
        parts = [step[key] for key in ("text", "question", "answer", "source", "output", "error") if step.get(key)]
        for text in step.get("texts") or parts:
            lines = "\\n".join(textwrap.fill(line, 100) for line in str(text).splitlines())
            print(f"[{step['step']}]", textwrap.indent(lines, "    "), "", sep="\\n")
    print(f"draft right: {row['drafted']}, final answer right: {row['right']}")


refined = recorded["few_shot_refine"]["problems"]
broken = [row for row in refined if row["drafted"] and not row["right"]]
show(broken[0])
""")
md("""
The grader read the draft and the final version with the same rules. Where the draft was right and the final answer is not, we say that the revision *broke* the answer; the other way round it *mended* it.

**What we saw.** The feedback finds no mistake. It solves the problem once more, starting from the draft's result, and the new version copies what it says.

Here is one that was mended. Is it the feedback that mended it?
""")
code("""
everyone = [row for name in ("few_shot_refine", "self_refine") for row in recorded[name]["problems"]]
mended = [row for row in everyone if row["right"] and not row["drafted"]]
show(mended[0])
""")
md("""
## 3. Count both: mended and broken

A report that shows only mended examples proves nothing. All four cases belong into the table.
""")
code("""
four = revision_trials.four(refined)
pd.DataFrame(
    [[four[before, after] for after in (True, False)] for before in (True, False)],
    index=["draft right", "draft wrong"],
    columns=["final right", "final wrong"],
)
""")
code("""
unrevised = ("vote", "vote of 6", "few_shot_vote", "program_aided")
revising = [name for name in asked if name in recorded and name not in unrevised]
changes = {name: revision_trials.change(recorded[name]) for name in revising}
srm.figures.mended_and_broken(changes, "SmolLM2-135M on one-step word problems")
""")
md("""
**How to read it.** Bars to the left are right answers that became wrong, bars to the right wrong ones that became right. Under each name stands the change of the accuracy with its interval, problem by problem.
The draft is the method's own first reply; in a debate or a mixture it is the vote over the first replies. *reflexion, oracle* is told by the reference answer whether its try was right; keep it in mind for section 4.

**What we saw.** The few-shot drafts were right on <!-- srm:measured 10.refining_breaks_more_than_it_mends a --><!-- /srm --> of 200 problems, and after feedback and revision <!-- srm:measured 10.refining_breaks_more_than_it_mends b --><!-- /srm --> were: a change of <!-- srm:measured 10.refining_breaks_more_than_it_mends interval --><!-- /srm -->.
So there are broken answers, and the mended ones are <!-- srm:measured 10.refining_mends_next_to_nothing interval --><!-- /srm --> of all. Whether it breaks *more* than it mends stays open: the interval touches 0, and section 10 says so.
[Huang et al. 2023](https://arxiv.org/abs/2310.01798) saw accuracy *fall* when large models corrected themselves without feedback from outside.

The rows with 40 problems show what happens and carry no claim: an interval that reaches 0 says "we do not know".

**Why?** Can this model tell a right draft from a wrong one? If not, its criticism is noise. The recording knows what the critic made of each draft:
""")
code("""
rows = []
for name in ("few_shot_refine", "self_refine", "reflexion"):
    for drafted in (True, False) if name in recorded else ():
        found = recorded[name]["problems"]
        shares = [revision_trials.criticised(found, drafted, word) for word in ("passed", "objected", "cut off")]
        rows.append([name, "right" if drafted else "wrong", *map(str, shares)])
pd.DataFrame(rows, columns=["method", "draft", "passed", "objected", "cut off"])
""")
md("""
*Cut off* means that the feedback did not come to an end; the draft stood. A good critic objects to wrong drafts and passes right ones. A critic with the same shares in both rows knows nothing about the draft, however fluent its feedback is.

**What we saw.** The critic of `few_shot_refine` objects to right drafts about as often as to wrong ones, and passes right ones *less* often. About the right ones it mostly repeats itself until its tokens are used up. Little is broken all the same, since the new version mostly keeps the draft's answer.

**Is a revision worth its tokens?** The same model could have spent them on a plain vote over the same prompt. Each method below stands against a vote that asks the model about as often:
""")
code("""
rivals = {"few_shot_refine": "few_shot_vote", "self_refine": "vote", "reflexion": "vote", "mixture_of_agents": "vote"}
rivals |= {"chain_of_verification": "vote of 6", "debate": "vote of 6"}
against = {}
for name, vote in rivals.items():
    if name in recorded and vote in recorded:
        against[name] = revision_trials.against(recorded[vote], recorded[name], (vote, name))
rows = []
for name, versus in against.items():
    both = [recorded[each] for each in (name, rivals[name])]
    firsts = [f"{sum(row['drafted'] for row in one['problems'])}/{len(one['problems'])}" for one in both]
    used = [f"{revision_trials.tokens(one):.0f}" for one in both]
    gained, _ = str(versus).split(": ")[1].split(" on ")
    pairs = [" : ".join(pair) for pair in (firsts, (f"{versus.k_b}/{versus.n}", f"{versus.k_a}/{versus.n}"), used)]
    rows.append([f"{name} : {rivals[name]}", *pairs, gained])
pd.DataFrame(rows, columns=["method : vote", "first reply right", "right", "tokens a problem", "method minus vote"])
""")
md("""
**What we saw.** We expected the vote to win. A vote of three few-shot chains, which asks as often as `few_shot_refine` and writes fewer tokens, did <!-- srm:measured 10.few_shot_vote_beats_refining interval --><!-- /srm --> against it.
The column *first reply right* says why: a vote needs chains that differ, so they are drawn at a temperature, and with this model a drawn chain is right far less often than the greedy one that the revision began with. Three of them win back a part of that.
The greedy draft, left alone, was right more often than either, and it is the cheapest of the three.
""")
md("""
## 4. The trap: an oracle in the loop

Many reports let the loop end *as soon as the answer is right*. Then right answers are never touched, and wrong ones get more tries. Who tells the loop that the answer is right? The reference answer does: an *oracle*.

We take the words away and look at the loop alone. It runs on a tiny model, so that we can afford hundreds of problems. `tiny/chain-voter` computes chains such as `7+12-5*2` from left to right, and slips often.
A *critic* says whether a try is right; where it says no, the model tries again.
""")
code("""
from srm_lab.methods.few_shot_cot import few_shot_prompt
from srm_lab.methods.verifiers import score


@srm.method
def try_again(problem, lm, *, critic, tries=4, temperature=0.8, max_new_tokens=64):
    prompt, settings = few_shot_prompt(problem, lm, shots=0), {"temperature": temperature, "stop": prompts.STOP}
    for number in range(tries):
        chain = lm.sample(prompt, indices=[number], max_new_tokens=max_new_tokens, **settings)[0]
        if score(critic, problem, chain) > 0.5:
            break
    return chosen(problem, chain, ())
""")
md("""
**First, a control.** Nobody criticises anything: every first try is thrown away, and a second one is taken in its place. How many answers will be mended, how many broken?
""")
code("""
from srm_lab.methods import noisy_verifier, oracle

voter = srm.load_model("tiny/chain-voter")
problems = srm.load_problems("arithmetic", n=size.problems, seed=1, operations=(1, 2, 3, 4, 5))
same = {"workers": size.workers, "max_new_tokens": size.max_new_tokens}


def never_content(problem, chain):
    return 0.0


one = srm.evaluate(voter, "self_consistency", problems, n=1, temperature=0.8, **same)
blind = srm.evaluate(voter, try_again, problems, critic=never_content, tries=2, **same)
srm.compare(one, blind)
""")
code("""
table = [[0, 0], [0, 0]]
for before, after in zip(one.records, blind.records):
    table[before.verdict.correct is not True][after.verdict.correct is not True] += 1
pd.DataFrame(table, index=["first right", "first wrong"], columns=["second right", "second wrong"])
""")
md("""
**What we saw.** Throwing answers away broke <!-- srm:measured 10.second_try_breaks interval --><!-- /srm --> of all answers, and mended about as many. So mended answers alone prove nothing about a critic: a blind second try has them, too.

**Predict.** One try alone is right on about a third of these problems. How many are right after several tries with an oracle as critic? And with a critic that tosses a coin?
""")
code("""
retried = {}
for wrong in size.critics:
    critic = noisy_verifier(oracle, wrong)
    retried[wrong] = srm.evaluate(voter, try_again, problems, critic=critic, tries=size.tries, **same)
print(one, retried[0.0], retried[0.5], sep="\\n")
""")
md("""
The same picture as in section 3, now of the loop:
""")
code("""
moved = {"blindly": srm.compare(one, blind), "a coin": srm.compare(one, retried[0.5])}
moved["an oracle"] = srm.compare(one, retried[0.0])
srm.figures.mended_and_broken(moved, "The first try against the last: who was content?")
""")
md("""
**The fingerprint.** The oracle's row has no bar to the left. A report of self-correction in which nothing is ever broken has an oracle in it, whatever it is called there.

With the oracle the loop looks like a good student. But the model got no better: the problem counts as solved where *any* of the tries is right. This is pass@k, the score of a perfect choice, and nobody can choose like that without knowing the answer.
(`noisy_verifier(oracle, wrong)` turns a share of the oracle's verdicts round. The same text always gets the same verdict.)

How good must a critic be? And what would a plain vote do?
""")
code("""
votes = {n: srm.evaluate(voter, "self_consistency", problems, n=n, temperature=0.8, **same) for n in (2, size.tries)}
lines = {"try again": [(wrong, run.accuracy) for wrong, run in retried.items()]}
for n, run in votes.items():
    lines[f"vote of {n}"] = [(wrong, run.accuracy) for wrong in retried]
lines["one chain"] = [(wrong, one.accuracy) for wrong in retried]
srm.figures.rates(lines, x="share of the critic's verdicts that are wrong", title="Trying again is as good as its critic")
""")
code("""
pd.DataFrame(
    {
        name: {"right": str(run.accuracy), "tokens a problem": round(run.tokens_per_problem, 1)}
        for name, run in {
            "one chain": one,
            **{f"vote of {n}": run for n, run in votes.items()},
            **{f"try again, {wrong:.0%} of verdicts wrong": run for wrong, run in retried.items()},
        }.items()
    }
).T
""")
md("""
**What we saw.** With the oracle, trying again changed accuracy by <!-- srm:measured 10.oracle_seems_to_help interval --><!-- /srm --> against one chain. With a coin it changed by <!-- srm:measured 10.coin_does_not_help interval --><!-- /srm -->.
The plain vote over as many chains as the loop may use, which needs no critic at all, did <!-- srm:measured 10.vote_beats_coin interval --><!-- /srm --> against the loop with the coin.

So three questions belong to every report of self-correction: who says when to stop? How often is that critic wrong, on right drafts and on wrong ones? What does a vote do with the same tokens?

**A fair table.** `srm.compare_methods` puts methods on the same problems, with their costs. Its column *oracle* is what a perfect choice among the method's own chains would reach.
The loop gets a critic that is wrong in three of ten verdicts, and the vote about as many chains as the loop drew.
""")
code("""
spent = retried[size.critics[-1]].tokens_per_problem / one.tokens_per_problem
fair = [
    ("self_consistency", {"n": max(1, round(spent)), "temperature": 0.8}),
    (try_again, {"critic": noisy_verifier(oracle, 0.3), "tries": size.tries}),
    (try_again, {"critic": oracle, "tries": size.tries}),
]
compared = srm.compare_methods(voter, problems, fair, progress=False, **same)
columns = ["settings", "accuracy", "low", "high", "difference", "difference low", "difference high", "oracle"]
compared.table()[[*columns, "generated tokens"]].round(3)
""")
md("""
## 5. A calculator in the middle of a chain

A critic judges a finished answer. A *tool* helps while the chain is written. [Cobbe et al. 2021](https://arxiv.org/abs/2110.14168) let a calculator write every result: the model writes `19-5=`, stops, and finds `14` in its text as if it had written it.
The piece that matters finds the arithmetic that a text ends with:
""")
code("""
# same code as srm_lab.methods.calculator.worked_out
from srm_lab.methods.calculator import _EXPRESSION
import re

from srm_lab.scoring.arithmetic import NotArithmetic, work_out


def worked_out(text):
    found = _EXPRESSION.search(text)
    if not found or not re.search(r"[+\\-*/]", found.group()):
        return "", None
    try:
        value = work_out(found.group().strip())[0]
    except (NotArithmetic, ZeroDivisionError):
        return found.group(), None
    return found.group().strip(), str(value.numerator) if value.denominator == 1 else None


for text in ("7+12", "7+12=19;19-5", "so he pays 3 * (2 + 4)", "7/2", "no arithmetic"):
    print(f"{text!r:28} -> {worked_out(text)}")
""")
md("""
`work_out` is a small parser of whole numbers, brackets and four signs. A model's text is never given to Python's `eval`: it might hold anything.

**Predict.** `tiny/chain-voter` slips in its arithmetic and sometimes copies a wrong number from the question. What will the calculator mend, and what not?
""")
code("""
plain = srm.evaluate(voter, "few_shot_cot", problems, **same)
helped = srm.evaluate(voter, "calculator", problems, **same)
print(plain, helped, srm.compare(plain, helped), sep="\\n")
""")
code("""
from srm_lab.scoring.statistics import wilson


def by_operations(run):
    "number of operations -> [accuracy]"
    found = {}
    for record in run.records:
        found.setdefault(record.problem.metadata["difficulty"], []).append(record.verdict.correct is True)
    return {level: [wilson(sum(right), len(right))] for level, right in sorted(found.items())}


runs = {"alone": plain, "with a calculator": helped, f"vote of {size.tries}": votes[size.tries]}
levels = {name: by_operations(run) for name, run in runs.items()}
srm.figures.by_difficulty(levels, "operations", "A calculator against slips")
""")
code("""
srm.figures.frontier([one, plain, helped, *votes.values()], "What the calculator costs")
""")
md("""
**What we saw.** The calculator changed accuracy by <!-- srm:measured 10.calculator_repairs interval --><!-- /srm -->, and against the vote, which writes several times as many tokens, by <!-- srm:measured 10.calculator_beats_vote interval --><!-- /srm -->.
Tokens that the calculator writes are not the model's, so the chain is even cheaper than before.

What is left? Look at chains that are still wrong, and at their first wrong step:
""")
code("""
from srm_lab.tasks.arithmetic import check_steps

for record in [r for r in helped.records if r.verdict.correct is not True][:4]:
    labels = check_steps(record.problem, record.solution.text)
    first = next((label for label in labels if not label.correct), None)
    said_why = f"{first.text!r}: {first.reason}" if first else record.verdict.reason
    print(f"{record.problem.question:18} {record.solution.text}\\n    {said_why}")
""")
md("""
**Why.** The calculator answers the question it is given. Where the model writes the wrong operation or copies the wrong number, the result is right arithmetic of the wrong thing. Tools mend *slips*, not *plans*.

**Try it.** One model, three ways. Press **Run**; the chain with the calculator grows in pieces, and results appear at once.
""")
code("""
srm.widgets.live_comparison(
    models=(voter,), methods=("few_shot_cot", "calculator", "self_consistency"), problems=problems[:40], temperature=0.8
)
""")
md("""
Without a kernel the panel stays still. The three ways, measured:
""")
code("""
srm.figures.accuracy([plain, helped, votes[size.tries]], "One model, three ways")
""")
md("""
## 6. Programs, and a place where they can do no harm

*Program-aided reasoning* ([Gao et al. 2022](https://arxiv.org/abs/2211.10435)) lets the model write a program; the program computes. Then somebody has to *run a text that a model wrote*. That text may be nonsense, may never end, and may have been steered by whoever wrote the question.

So it runs in a *sandbox*: an interpreter of a small part of Python that knows numbers, texts, lists, loops and functions, and nothing else. It runs in a process of its own, with limits on time, memory, steps and sizes.
""")
code("""
from srm_lab.sandbox.process import run_program

boxes = "boxes = 4 * 6\\nfor day in range(3):\\n    boxes -= 5\\nprint(boxes)"
run_program(boxes)
""")
md("""
**Predict.** Which of these will stop at once, which run into a limit? What will each have printed?
""")
code("""
hostile = {
    "reads a file": "print(open('/etc/passwd').read())",
    "imports": "import os\\nprint(os.environ)",
    "calls the network": "import socket\\nsocket.socket()",
    "climbs to all classes": "print(().__class__.__bases__[0].__subclasses__())",
    "evaluates a text": "eval('1 + 1')",
    "never ends": "while True:\\n    pass",
    "a number without end": "print(9 ** 9 ** 9)",
    "fills the memory": "x = 'a'\\nwhile True:\\n    x = x + x",
    "prints without end": "while True:\\n    print(123456789)",
    "calls itself": "def f(n):\\n    return f(n + 1)\\nprint(f(0))",
}
pd.DataFrame({name: {"ended by": run_program(text).error} for name, text in hostile.items()}).T
""")
md("""
None of them was stopped because it looked dangerous: what a program may use is listed, and all else does not exist. A list of forbidden words would be the other way round, and somebody always finds a word that is missing.
Two walls stand one behind the other. The interpreter refuses; should it ever be kept busy, the process around it has an empty environment, no right to write a file, a limit on memory, and is ended after some seconds. The project's tests run 200 hostile programs against it.

Does SmolLM2 gain from programs? It follows the instruction rarely. What was recorded:
""")
code("""
if "program_aided" in recorded:
    rows = recorded["program_aided"]["problems"]
    print(f"right: {wilson(sum(row['right'] for row in rows), len(rows))}")
    show(next((row for row in rows if row["trace"]), rows[0]))
else:
    print("Not recorded yet: python benchmarks/revision.py program_aided")
""")
md("""
## 7. Cheap first: cascades and routers

A last kind of help is a *better model*, for those problems that need it. A *cascade* ([Chen et al. 2023](https://arxiv.org/abs/2305.05176)) asks a cheap model first and passes on what the cheap one is not sure of. Here the cheap model has a sixth of the weights of the dear one, so a token of it costs about a sixth.

How sure is a chain? A chain breaks at its weakest step, so we take the probability of its least likely token.
""")
code("""
from math import exp

cheap, dear = srm.load_model("tiny/chain-student-0.1M"), srm.load_model("tiny/chain-cot")


def weakest(problem, solution):
    return exp(min(solution.completions[-1].logprobs)) if solution.answer is not None else 0.0


known = srm.load_problems("arithmetic", n=size.problems, seed=2, operations=size.operations)
tuning = [srm.evaluate(lm, "few_shot_cot", known, **same) for lm in (cheap, dear)]
print(*tuning, sep="\\n")
""")
md("""
**Predict.** The cheap model is wrong on a few of a hundred problems. Which share must be passed on, until the cascade is as good as the dear model?

Which probability is enough is chosen on these problems, and the cascade is judged on *others*.
""")
code("""
weights = [lm.num_parameters / dear.num_parameters for lm in (cheap, dear)]
pairs = list(zip(*(run.records for run in tuning)))
points = []
for sure in size.sure:
    kept = [weakest(first.problem, first.solution) >= sure for first, _ in pairs]
    right = [(a if keep else b).verdict.correct is True for keep, (a, b) in zip(kept, pairs)]
    costs = [weights[0] * a.solution.usage.generated_tokens for a, _ in pairs]
    costs += [weights[1] * b.solution.usage.generated_tokens for keep, (_, b) in zip(kept, pairs) if not keep]
    share = sum(costs) / sum(b.solution.usage.generated_tokens for _, b in pairs)
    points.append((sure, wilson(sum(right), len(right)), share))
best = max(points, key=lambda point: (point[1].rate, -point[2]))
print(f"chosen: keep a chain whose weakest token has {best[0]:g}; it costs {best[2]:.0%} of the dear model")
srm.figures.rates(
    {"cascade": [(f"{sure:g}<br>{share:.0%}", rate) for sure, rate, share in points]},
    x="the weakest token's least probability, and the cost against the dear model alone",
    title="A cascade: how sure is sure enough?",
)
""")
code("""
from srm_lab.methods import Stage

limit = {"max_new_tokens": size.max_new_tokens}
stages = [Stage("few_shot_cot", limit, cheap), Stage("few_shot_cot", limit, dear)]
unseen = srm.load_problems("arithmetic", n=size.problems, seed=3, operations=size.operations)
alone = [srm.evaluate(lm, "few_shot_cot", unseen, **same) for lm in (cheap, dear)]
first = srm.evaluate(
    dear, "cascade", unseen, stages=stages, accept=best[0], confidence=weakest, workers=size.workers
)
passed_on = wilson(sum(len(r.solution.completions) > 1 for r in first.records), len(first.records))
print(*alone, first, f"passed on: {passed_on}", srm.compare(alone[1], first), sep="\\n")
""")
md("""
**What we saw.** Against the dear model alone the cascade's accuracy changed by <!-- srm:measured 10.cascade_keeps_accuracy interval --><!-- /srm -->, and it asked the dear model on <!-- srm:measured 10.cascade_spares_the_dear_model interval --><!-- /srm --> of the problems.

A *router* ([Ong et al. 2024](https://arxiv.org/abs/2406.18665)) decides *before* anything is written, by looking at the question alone. It pays for one model only, and cannot know how the cheap one would have fared. Here it counts the operations:
""")
code("""
def by_length(problem):
    return "cheap" if len(re.findall(r"[-+*]", problem.question)) <= min(size.operations) else "dear"


routes = dict(zip(("cheap", "dear"), stages))
routed = srm.evaluate(dear, "router", unseen, choose=by_length, routes=routes, workers=size.workers)


def weighed(run, of):
    "Mean cost of a problem, in tokens of the dear model. of: which model wrote a record's chains."
    costs = [weights[m] * c.usage.generated_tokens for r in run.records for m, c in zip(of(r), r.solution.completions)]
    return sum(costs) / len(run.records)


ways = {
    "cheap alone": (alone[0], lambda r: (0,)),
    "dear alone": (alone[1], lambda r: (1,)),
    "cascade": (first, lambda r: (0, 1)),
    "router": (routed, lambda r: (0 if by_length(r.problem) == "cheap" else 1,)),
}
rows = {name: {"right": run.accuracy, "tokens of the dear model": weighed(run, of)} for name, (run, of) in ways.items()}
pd.DataFrame(rows).T.style.format({"right": str, "tokens of the dear model": "{:.1f}"})
""")
md("""
A cascade pays twice for hard problems and a router never does; a router is wrong about problems that look easy. Which is better depends on how well one can see from outside what is hard.

## 8. Debate, live, with the real model

Choose a method and a problem, then press **Run**. The model is loaded at the first Run, which takes some seconds; a debate writes many chains, so have patience, or press **Stop**.
""")
code("""
stories = srm.load_problems("word_problems", n=size.problems, steps=1, seed=0)[:40]
srm.widgets.live_comparison(models=(size.model,), methods=("zero_shot_cot", "self_refine", "debate"), problems=stories)
""")
md("""
Without a kernel: one recorded debate, or the first recorded trace of another method.
""")
code("""
talk = next(name for name in ("debate", "mixture_of_agents", "few_shot_refine") if name in recorded)
print(talk, end="\\n\\n")
show(next(row for row in recorded[talk]["problems"] if row["trace"]))
""")
md("""
Things to try:

- Feedback on a draft that is right: does the model stay with its answer, or does it please the critic?
- In a debate: who gives in, the agent that is right or the one that is wrong?
- A question of your own whose answer you know. At which step does the method lose it?

## 9. Exercises

Fill the hole (`...`), run the cell, and `srm.check` tells you whether it is right, with a hint if not. Solutions are in `notebooks/solutions`.
""")
md("""
**10.1 After a revision.** Drafts are right with probability `accuracy`. A revision breaks a right draft with probability `broken`, and mends a wrong one with probability `mended`. What is the accuracy afterwards?
""")
HOLES = []


def exercise(key, name, hole, solution):
    HOLES.append((len(cells), f'{solution}\n\n\nsrm.check("{key}", {name})'))
    code(f'{hole}\n\n\nsrm.check("{key}", {name})')


exercise(
    "10.1",
    "after_revision",
    "def after_revision(accuracy, broken, mended): ...",
    "def after_revision(accuracy, broken, mended):\n    return accuracy * (1 - broken) + (1 - accuracy) * mended",
)
md("""
**10.2 The turning point.** With the same two probabilities: above which accuracy of the drafts does revising them lose? (This is why one revision helps a weak model and hurts a strong one.)
""")
exercise(
    "10.2",
    "turning_point",
    "def turning_point(broken, mended): ...",
    "def turning_point(broken, mended):\n    return mended / (broken + mended)",
)
md("""
**10.3 Unmask the oracle.** A list holds the verdicts of several tries at one problem, in order. Return two truth values: whether a loop that stops at the first *right* try solves the problem, and whether the first try alone does.
""")
exercise(
    "10.3",
    "with_and_without",
    "def with_and_without(verdicts): ...",
    "def with_and_without(verdicts):\n    return any(verdicts), verdicts[0]",
)
md("""
**10.4 The calculator's hand.** The model has written `text` and now wants to write an equals sign. Return the text with the sign and, where `worked_out` finds one, the result. Where it finds none, the model goes on by itself.
""")
exercise(
    "10.4",
    "with_result",
    "def with_result(text): ...",
    'def with_result(text):\n    result = worked_out(text)[1]\n    return text + "=" + (result or "")',
)
md("""
**10.5 What a cascade costs.** A problem costs `cheap` with the cheap model and `dear` with the dear one. The cheap model keeps the share `kept` of the problems. What does a problem cost on average?
""")
exercise(
    "10.5",
    "cascade_cost",
    "def cascade_cost(cheap, dear, kept): ...",
    "def cascade_cost(cheap, dear, kept):\n    return cheap + (1 - kept) * dear",
)
md("""
## 10. What was measured

Each line is a claim with its interval. A claim that did not reproduce says so.
""")
code("""
srm.claim(
    "10.refining_breaks_more_than_it_mends",
    "Feedback and revision by SmolLM2 itself lower the accuracy of its few-shot answers",
    changes["few_shot_refine"],
    at_least=None,
    at_most=0.0,
)
""")
code("""
srm.claim(
    "10.refining_mends_next_to_nothing",
    "Feedback and revision mend fewer than one in twenty of SmolLM2's few-shot answers",
    wilson(changes["few_shot_refine"].only_b, changes["few_shot_refine"].n),
    at_least=None,
    at_most=0.05,
)
""")
code("""
srm.claim(
    "10.few_shot_vote_beats_refining",
    "A vote of three few-shot chains is right more often than one few-shot draft that was revised",
    revision_trials.against(*(recorded[name] for name in ("few_shot_refine", "few_shot_vote")), ("refine", "vote")),
)
""")
code("""
srm.claim(
    "10.second_try_breaks",
    "A blind second try turns at least one in twenty answers from right to wrong",
    wilson(srm.compare(one, blind).only_a, len(problems)),
    at_least=0.05,
)
""")
code("""
srm.claim(
    "10.oracle_seems_to_help",
    "Trying again until an oracle is content solves at least 10 points more than one chain",
    srm.compare(one, retried[0.0]),
    at_least=0.1,
)
""")
code("""
srm.claim(
    "10.coin_does_not_help",
    "With a critic that tosses a coin, trying again gains less than 5 points on one chain",
    srm.compare(one, retried[0.5]),
    at_least=None,
    at_most=0.05,
)
""")
code("""
srm.claim(
    "10.vote_beats_coin",
    "A plain vote over as many chains as the loop may draw beats trying again with a coin as critic",
    srm.compare(retried[0.5], votes[size.tries]),
)
""")
code("""
srm.claim(
    "10.calculator_repairs",
    "A calculator in the chain solves at least 10 points more than the chain alone",
    srm.compare(plain, helped),
    at_least=0.1,
)
""")
code("""
srm.claim(
    "10.calculator_beats_vote",
    "One chain with a calculator solves more than a vote over several chains without",
    srm.compare(votes[size.tries], helped),
)
""")
code("""
srm.claim(
    "10.cascade_keeps_accuracy",
    "The cascade is at most 3 points below the dear model alone",
    srm.compare(alone[1], first),
    at_least=-0.03,
)
""")
code("""
srm.claim(
    "10.cascade_spares_the_dear_model",
    "The cascade asks the dear model on less than half of the problems",
    passed_on,
    at_least=None,
    at_most=0.5,
)
""")
md("""
## 11. Where to go next

A critic from outside is worth more than a fluent one inside: a verifier that was trained for it (notebook 08), a tool that computes, a test that runs. Notebook 13 turns such a signal into training, and notebook 15 into a decision when to think at all.

Every method here takes any model: `srm.methods.critic_and_reviser(problem, lm, critic=other)` lets a second model judge, and a cascade's `Stage` may hold a quantized, a distilled or a remote one.
""")

META = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}


def write(path, chosen):
    for number, cell in enumerate(chosen):
        cell["id"] = f"cell-{number:02d}"
    nbformat.write(new_notebook(cells=chosen, metadata=META), path)


def solutions():
    head = f"""[▶ Open in Colab](https://colab.research.google.com/github/srm-lab/srm_lab/blob/main/notebooks/solutions/{NAME}.ipynb)

# 10 Refine, debate and tools: solutions

The exercises of [notebook 10](../{NAME}.ipynb), solved.

**Running time:** <!-- srm:running-time --><!-- /srm -->"""
    made = [new_markdown_cell(head), new_code_cell('import srm_lab as srm\n\nsize = srm.start("10")')]
    made.append(new_code_cell("from srm_lab.methods.calculator import worked_out"))
    for at, filled in HOLES:
        made.append(new_markdown_cell(cells[at - 1].source.split("\n\n## 9")[0]))
        made.append(new_code_cell(filled))
    return made


write(f"notebooks/{NAME}.ipynb", cells)
write(f"notebooks/solutions/{NAME}.ipynb", solutions())
