md(BADGE.format(path=NAME) + r"""

# 05 Distilling reasoning: a small student learns from a teacher's chains

**You will be able to**

- turn a teacher's chains of thought into examples, keep the right ones, and train a student on them,
- say which tokens of an example are learned, and write the two losses of distillation,
- compare two data sets fairly: at equal examples and at equal tokens,
- judge what a weak teacher, several chains a question, and longer or shorter chains do to a small student.

**You should know** what a language model's loss is (the negative log-probability of the next token) and a little PyTorch.
Notebook 00 introduces problems, methods and runs.

**Running time:** <!-- srm:running-time --><!-- /srm -->
""")
md(r"""
## 1. A teacher, and what it knows

*Distillation* trains a small model, the *student*, on what a larger one, the *teacher*, writes. For reasoning, what it writes are chains of thought.
This is how most small reasoning models are made: DeepSeek-R1 wrote 800,000 chains, and models of 1.5 to 70 billion weights learned from them
([DeepSeek-AI 2025](https://arxiv.org/abs/2501.12948)).

Here everything is small, so that you can watch it. The problems are sums read strictly from left to right: `7+12-5*2?` is 28.
The teacher is a model of 0.6 million weights, the student has 0.1 million. A token is one character.
""")
code(r"""
import srm_lab as srm

size = srm.start("05")
""")
code(r"""
teacher = srm.load_model("tiny/chain-cot")
test = srm.load_problems("arithmetic", n=size.problems, seed=1, operations=3)
print(test[0].question, "->", srm.methods.zero_shot_cot(test[0], teacher).text)
teacher_run = srm.evaluate(teacher, "zero_shot_cot", test, workers=size.workers, progress=False)
print(teacher_run)
""")
md(r"""
A chain is one step after the other, then `####` and the answer. No single step is hard. To write the answer *without* the steps,
a model has to do all of them at once, inside one pass through its few layers.
""")
md(r"""
## 2. A student that knows its sums

Nobody distils into a model that knows nothing. So our student first learns facts: every step of many problems, as a single sum (`19-5=` is followed by `14`).
It sees no chain, no `####`, and no question.

**Predict.** Afterwards it knows the sums. How many of the test problems will it solve?

The figure below follows the training. It moves while the cell runs; to stop, interrupt the kernel: the step that is going on is finished first.
""")
code(r"""
from itertools import islice

from srm_lab.models import tiny
from srm_lab.models.local import LocalModel
from srm_lab.tasks.arithmetic import stream
from srm_lab.tasks.worked import ALPHABET
from srm_lab.training.material import single_sums
from srm_lab.training.sft import SftSettings, sft

RATE = 4e-3  # the learning rate of all training below
beginner = LocalModel("beginner", *tiny.make("0.1M", ALPHABET, seed=0))
sums = single_sums(islice(stream(500, "train", operations=3), size.sums))
print(f"{len(sums):,} sums, for example {sums[0].prompt}{sums[0].completion}; {beginner}")
""")
code(r"""
sums_curve = srm.widgets.training_curve(["single sums"])
display(sums_curve)
with sums_curve.follow("single sums") as on_step:
    result = sft(beginner, sums, SftSettings(steps=size.beginner_steps, learning_rate=RATE), on_step=on_step)
""")
code(r"""
srm.figures.learning_curves({"single sums": result.metrics}, "The beginner learns single sums")
""")
code(r"""
def solve(student):
    return srm.evaluate(student, "zero_shot_cot", test, max_new_tokens=size.max_new_tokens, progress=False, store=False)


runs = {"nothing": solve(beginner)}
print(runs["nothing"])
print(test[0].question, "->", repr(runs["nothing"].records[0].solution.text[:60]))
""")
md(r"""
The beginner has the facts and no idea what to do with a question. What it lacks is a *procedure*: copy the first number, do the next operation, write the result down, go on.
That is what chains can show it.
""")
md(r"""
## 3. From chains to examples

The teacher answers questions of the training split, at a temperature. We keep only chains whose answer is right: the verifier is the filter.
From the same questions we make a second data set with the answers alone.
""")
code(r"""
from srm_lab.training.distill import counted_tokens, teacher_examples

questions = srm.load_problems("arithmetic", n=size.questions, seed=10, split="train", operations=3)
traces = teacher_examples(teacher, questions, n=1, temperature=0.7, max_new_tokens=size.max_new_tokens)
print(f"right chains: {traces.accuracy}")
for example in (traces.chains[0], traces.answers[0]):
    print(example.prompt + example.completion + "■")
    print(" " * len(example.prompt) + "^" * (len(example.completion) + 1))
""")
md(r"""
`■` is the end token. The hats mark what is learned: the completion and its end. The prompt is read, not learned: the student should answer questions, not invent them.

**Two fair comparisons.** A chain has several times as many learned tokens as an answer. So "the same data" can mean two things:

- *equal examples*: the same questions, once with chains and once with answers,
- *equal tokens*: as many more questions with answers alone as it takes until both sets have the same number of learned tokens.

The first favours chains, since each says more. The second gives answers several times as many questions, and several times as many steps of training.
""")
code(r"""
tokenizer = beginner.tokenizer
lessons = {"traces": list(traces.chains), "answers": list(traces.answers)}
tokens = {name: sum(counted_tokens(examples, tokenizer)) for name, examples in lessons.items()}
for name, examples in lessons.items():
    print(f"{name:8} {len(examples):6,} examples {tokens[name]:8,} learned tokens")
ratio = tokens["traces"] / tokens["answers"]
several = round(ratio * len(traces.answers))
print(f"At equal tokens: {several:,} questions answered, {ratio:.1f} times the steps of training.")
""")
md(r"""
## 4. The two losses

**Texts.** The student is trained to find each learned token likely: cross-entropy, at the completion's tokens and nowhere else.

**Distributions.** A teacher that runs on the same machine can give more: at each place not the one token that it wrote, but its probability for *every* token
([Hinton et al. 2015](https://arxiv.org/abs/1503.02531)). The loss is the divergence from the student's distribution to the teacher's. A temperature above 1 flattens both,
so that small probabilities count more; the factor in front keeps the gradients at their size.
""")
code(r"""
# same code as srm_lab.training.sft.likelihood
from torch.nn import functional

from srm_lab.training.forward import completion_logits


def likelihood(model, batch, examples):
    return functional.cross_entropy(completion_logits(model, batch), batch.targets, reduction="sum")


# same code as srm_lab.training.distill.soft_divergence
def soft_divergence(logits, wanted, temperature):
    ours, theirs = (functional.log_softmax(x / temperature, dim=-1) for x in (logits, wanted))
    return temperature**2 * functional.kl_div(ours, theirs, reduction="sum", log_target=True)
""")
md(r"""
`completion_logits` runs the model and keeps the logits at the places whose *next* token is learned; `batch.targets` are those tokens.
`fit` is the training loop around a loss: batches, AdamW, a learning rate that rises and falls. Our `likelihood` goes straight into it.
""")
md(r"""
## 5. Two students

**Predict.** Two copies of the beginner learn, from chains and from the answers alone to the same questions. How many of the test problems will each solve? Which of the two losses below will end lower?
""")
code(r"""
import copy

from srm_lab.training.batches import tokenize
from srm_lab.training.sft import fit

curve = srm.widgets.training_curve(list(lessons))
display(curve)


def teach(name, examples):
    student = LocalModel(name, copy.deepcopy(beginner.model), tokenizer)
    table = tokenize(examples, tokenizer, student.context_length)
    with curve.follow(name) as on_step:
        settings = SftSettings(steps=size.lesson_steps, learning_rate=RATE)
        fit(student, table, settings, likelihood, examples=examples, on_step=on_step)
    return student


taught = {name: teach(name, examples) for name, examples in lessons.items()}
""")
code(r"""
srm.figures.learning_curves(curve.rows, "Two students learn")
""")
code(r"""
from srm_lab import students

for name, student in taught.items():
    runs[name] = solve(student)
live = [{"arm": name, "size": "0.1M", "seed": 0, **students.verdicts(run)} for name, run in runs.items()]
srm.figures.students(live, "The beginner and its two students")
""")
code(r"""
live_gain = srm.compare(runs["answers"], runs["traces"])
live_gain
""")
md(r"""
**How to read the curves.** Do not compare their heights. Most tokens of a chain are copies and easy to predict; an answer's digits are the hard part, and they are most of what answers alone consist of.
A low loss says that texts of this kind are predictable, not that problems are solved.
""")
$SEEDS$
md(r"""
## 7. Whole distributions

**Predict.** The teacher is almost always sure of its next character. How much can its other probabilities add?

To see them, look at one place of a chain: the first digit of a result.
""")
code(r"""
import torch

example = traces.chains[0]
text = example.prompt + example.completion[: example.completion.index("=") + 1]
ids = torch.tensor([tokenizer(text).input_ids])
for name, lm in (("teacher", teacher), ("beginner", beginner)):
    with torch.no_grad():
        best = lm.model(ids).logits[0, -1].softmax(-1).topk(4)
    print(f"{name:9} after {text}", {tokenizer.decode([i]): round(p, 4) for p, i in zip(*map(torch.Tensor.tolist, best))})
""")
code(r"""
from srm_lab.training.batches import make_batch

batch = make_batch(tokenize(traces.chains[: size.drawn], tokenizer), range(size.drawn))
with torch.no_grad():
    wanted = completion_logits(teacher.model, batch)
    for name, lm in {"beginner": beginner, **taught}.items():
        away = soft_divergence(completion_logits(lm.model, batch), wanted, 2.0) / len(batch.targets)
        print(f"{name:22} is {away:.3f} away from the teacher, a token")
""")
md(r"""
The student taught with texts is close to the teacher already, though it never saw a probability: many texts together *are* a distribution.
`distill_logits(student, teacher, examples, settings)` trains on this divergence instead.
""")
$LOGITS$
md(r"""
## 8. A teacher that is often wrong

Real teachers make mistakes. `tiny/chain-voter` was trained too briefly on purpose. What does a student learn from it, and what does the filter save?
""")
code(r"""
import pandas as pd

from srm_lab.tasks.arithmetic import check_steps
from srm_lab.training.chains import different, draw_chains

some, table = questions[: size.drawn], []
for name in ("chain-cot", "chain-voter"):
    lm = srm.load_model(f"tiny/{name}")
    drawn = draw_chains(lm, some, n=size.chains, temperature=0.7, max_new_tokens=size.max_new_tokens)
    everything = [chain for group in drawn for chain in group]
    right = [chain for chain in everything if chain.right]
    slips = sum(not all(step.correct for step in check_steps(c.problem, c.text)) for c in right)
    table.append({
        "teacher": name,
        "chains": len(everything),
        "right": f"{len(right) / len(everything):.1%}",
        "questions with a right first chain": f"{sum(g[0].right for g in drawn) / len(some):.1%}",
        f"with a right one among {size.chains}": f"{sum(any(c.right for c in g) for g in drawn) / len(some):.1%}",
        "different right chains a solved question": round(len(different(right)) / max(1, len({c.problem.id for c in right})), 2),
        "right answer, wrong step": slips,
    })
pd.DataFrame(table).set_index("teacher").T
""")
md(r"""
The verifier looks at the answer only. A chain can slip twice and still end right; the last row counts those.

**Predict.** Three students learn from the weak teacher: from its first chain of every question, right or wrong; from the right ones among those; from all different right ones of four chains a question.
The second sees far fewer examples than the first. All train as many steps.
""")
$WEAK$
md(r"""
## 9. Several chains a question

[Li et al. 2023](https://arxiv.org/abs/2306.14050) found the number of chains a question to be what mattered most when models of 125 million weights and more learned from a large one.
The table above shows what more chains buy here. A sure teacher repeats itself: on these problems there is hardly more than one right chain to write, so a second one adds little.
A weak teacher is different: more tries solve more *questions*, above all the harder ones.
""")
$SEVERAL$
md(r"""
## 10. Long chains, short chains

How long should the teacher's chains be? Three styles of one solution:
""")
code(r"""
from srm_lab.tasks.worked import worked
from srm_lab.training.material import with_checks

for name, text in (("drafts", worked(questions[0], "draft")), ("traces", worked(questions[0])), ("checked", with_checks(questions[0]))):
    print(f"{name:8} {questions[0].question}{text}")
""")
md(r"""
A *draft* writes results alone, and leaves it to the student to find the next operation in the question. A *checked* chain tests every step with the inverse operation, as careful teachers do.
The problems' generator writes both, as a perfect teacher would.

[Li et al. 2025](https://arxiv.org/abs/2502.12143) report a *learnability gap*: long chains of a strong teacher made students of 0.5 to 3 billion weights worse than short ones did, and larger students better.
Mixing one long chain with four short ones helped the small ones.

**Predict.** Order the three styles for a student of two layers. And for a larger one of three wider layers?
""")
$GAP$
md(r"""
## 11. See them think

The student taught with traces and the one taught with answers, on the same problem. Press **Run**; **Run the next 10 problems** fills the tally below. Both were taught in this notebook, a minute ago.
""")
code(r"""
from srm_lab.methods import on_model

pair = [
    on_model("zero_shot_cot", taught["traces"], "student_from_traces"),
    on_model("zero_shot_cot", taught["answers"], "student_from_answers"),
]
srm.widgets.live_comparison(models=(beginner,), methods=pair, problems=test, temperature=0.0)
""")
md(r"""
Without a running kernel the panel stays still. This is what the two students wrote to the first problems, and how often each was right:
""")
code(r"""
columns = {"question": [p.question for p in test[:8]], "reference": [p.answer for p in test[:8]]}
for name in ("traces", "answers"):
    columns[f"student from {name}"] = [record.solution.text for record in runs[name].records[:8]]
pd.DataFrame(columns)
""")
code(r"""
srm.figures.students([row for row in live if row["arm"] in ("traces", "answers")], "The two students of the panel")
""")
md(r"""
Things to try:

- A question with two operations, or with five: neither student has seen one. Which of them comes closer?
- `5+5+5+5?`, written by you: where does the chain go wrong, if it does?
""")
md(r"""
## 12. The same with a real model

SmolLM2-135M learns one- and two-step word problems by LoRA: small trained matrices beside frozen weights. One student sees worked steps, the other answers alone; same problems, same number of steps. It takes minutes for each, so it is done by a command:

    python benchmarks/lora.py traces answers
""")
code(r"""
from srm_lab import claims

lora = list(claims.load("lora").values())
if lora:
    display(srm.figures.students(lora, "SmolLM2-135M on word problems", {"traces": "worked steps", "answers": "answers alone"}))
else:
    print("Not recorded yet: run the command above, then this cell again.")
""")
md(r"""
## 13. Exercises

Fill the hole (`...`), run the cell, and `srm.check` tells you whether it is right, with a hint if not. Solutions are in `notebooks/solutions`.
""")
md(r"""
**05.1 Which positions?** A prompt of `prompt` tokens is followed by `completion` tokens and the end token. A model's logits at a position predict the *next* token. List the positions whose logits are in the loss.
""")
code(r"""
def learned_positions(prompt, completion): ...


srm.check("05.1", learned_positions)
""")
md(r"""
**05.2 A fair budget.** You have `chains` chains of `chain` characters each, one token a character. How many whole answers of `answer` characters have as many learned tokens, or just fewer?
""")
code(r"""
def answers_for_the_same_tokens(chains, chain, answer): ...


srm.check("05.2", answers_for_the_same_tokens)
""")
md(r"""
**05.3 The filter.** From pairs of a text and its verdict (`True`, `False`, or `None` for one that was cut off), keep what a student should learn: right texts, each once, in their order.
""")
code(r"""
def keep_right(chains): ...


srm.check("05.3", keep_right)
""")
md(r"""
**05.4 Soft targets.** Write the loss on distributions yourself, without `kl_div`: the teacher's probability times the difference of log-probabilities, summed, times the temperature squared. The arguments are tensors of logits.
""")
code(r"""
def soft_loss(student, teacher, temperature): ...


srm.check("05.4", soft_loss)
""")
md(r"""
## 14. What was measured

Each line is a claim with its interval, over the seeds or problems that the script measured. A claim that did not reproduce says so.
""")
$CLAIMS$
md(r"""
## 15. Where to go next

Distillation needs a teacher that can already do it. Notebook 12 lets a model learn from its *own* right chains, and notebook 13 from rewards alone. Notebook 11 asks how short a chain can be.

To distil a model of your own: `teacher_examples(teacher, problems)` takes any model that `srm.load_model` or `srm.connect` gives, and `sft(with_lora(student), ...)` trains any local one.
""")
