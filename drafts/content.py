EXERCISES = [
'''
**03.1 The first wrong step.** Steps are strings such as `"7+12=19"`. Return the index of the first wrong one, or `None`. A step is wrong where its result is wrong,
and also where it does not continue from the step before it: then something was copied wrongly.
''',
f'''
**03.2 Risks multiply.** Suppose that each step fails with the same probability, whatever came before. Which risk a step leaves half of the chains of five steps right?
''',
'''
**03.3 Memory of a vote.** Write `kilobytes(weights, bits, group, votes, tokens, cache_bytes)`. Each group of weights also stores a scale of 16 bits and a zero of 8 bits.
Every vote keeps `cache_bytes` of keys and values for each of its `tokens`. One kilobyte is 1000 bytes.
''',
'''
**03.4 Votes needed.** `curve[0]` is the share of right answers with one vote, `curve[1]` with two, and so on. Return the fewest votes that reach the target, or `None`.
''']
md('''
[▶ Open in Colab](https://colab.research.google.com/github/srm-lab/srm_lab/blob/main/notebooks/03_what_quantization_does_to_reasoning.ipynb)

# 03 What quantization does to reasoning

**You will be able to**

- say how many bits a reasoning model needs, and find the cliff below which it stops reasoning,
- read a chain step by step, and say where it went wrong first, and at what,
- tell whether cleverer rounding (GPTQ, AWQ) helps, with an interval,
- trade bits for votes: how many chains of a small-bit model are worth one chain of the whole model.

**You should know** what quantization is (notebook 02): weights become small integers, and a group of them shares a scale.

**Running time:** <!-- srm:running-time --><!-- /srm -->
''')
md('''
## @. Models whose every step can be checked

To see how reasoning breaks, we need to know what each step should have been. So this notebook uses tiny models that were trained here, in 32-bit numbers, on one task:
arithmetic worked strictly from left to right. A character is a token.
''')
code('''
import srm_lab as srm

size = srm.start("03")
''')
code('''
lm = srm.load_model(size.model)
problem = srm.load_problems("arithmetic", n=4, operations=5)[3]
print(problem.question, srm.methods.zero_shot_cot(problem, lm).text)
''')
md('''
The step before the semicolon feeds the next one, and the answer stands behind `####`. The models have the same size, 0.6 million weights:

MODELTEXT

All that follows rests on chains that were drawn beforehand, up to eight for each problem and each way of storing a model, at temperature 0.7:

    python benchmarks/quantized_reasoning.py

Every model answers the same problems with the same random numbers. That makes small differences visible.
''')
code('''
recorded = srm.compress.load_recorded()
MODELS = MODELSTUPLE
print(f"{len(recorded.problems)} problems, {len(recorded.cells)} models and ways to store them")
for model in MODELS:
    print(f"{model:13} in 16 bits: {recorded.right(recorded.cell(model))}")
''')
md('''
The intervals count problems, not chains: eight chains of one problem rise and fall together.
''')
md('''
## @. How many bits does reasoning need?

**Predict.** We round every weight to 8 bits, then to fewer and fewer, down to 2 (*round to nearest*, groups of 64 weights share a scale). Where does accuracy start to fall?
Does it fall step by step, or all at once?
''')
code('''
BITS = BITSTUPLE


def rounded(model, bits, group=64):
    return recorded.cell(model) if bits == 16 else recorded.cell(model, "rtn", bits, group)


srm.figures.rates(
    {model: [(bits, recorded.right(rounded(model, bits))) for bits in BITS] for model in MODELS},
    x="bits a weight (16: not quantized)",
    title="The cliff",
    caption="Round to nearest, groups of 64. 500 problems, 8 chains each; bars are 95 % intervals over problems.",
)
''')
CLIFF()
md('''
### One button away

The figure came from a file. This cell draws a part of it again, with the model in memory: three bits, the first problems of the same list.
''')
code('''
small = srm.quantize(lm, bits=3, group_size=64, storage="simulated")
again = srm.compress.draw_judged(small, recorded.problems[: size.problems], size.chains)
before = rounded("chain-cot", 3).chains
same = [new.text == old.text for ours, theirs in zip(again, before) for new, old in zip(ours, theirs)]
print(f"{sum(chain.right for chains in again for chain in chains)} of {len(same)} chains are right now")
print(f"{sum(same)} of {len(same)} are letter for letter the recorded ones")
''')
md('''
## @. Try it

Choose a model, how it was stored, how hard the problems are and how many chains vote. **Another example** shows a chain with its first wrong step marked.
''')
code('''
srm.widgets.quantization_lab(recorded)
''')
md('''
Without a running kernel the panel stays still. Here is one row of it, the reasoning model by the number of operations in the problem:
''')
code('''
LEVELS = (1, 2, 3, 4, 5)
srm.figures.rates(
    {
        f"{bits} bits": [(level, recorded.right(rounded("chain-cot", bits), level)) for level in LEVELS]
        for bits in (16, 8, 4, 3, 2)
    },
    x="operations in the problem",
    title="Which problems break first: chain-cot",
    caption="Round to nearest, groups of 64. 100 problems of each kind, 8 chains each.",
)
''')
DIFFICULTY()
md('''
## @. Which step breaks first?

Once a step is wrong, the steps after it go on from a wrong number. So only the *first* wrong step says what the model could not do. The code that finds it:
''')
code('''
from srm_lab.compress.judged import MARKER, SIGNS, check_steps, compact, first_wrong


# same code as srm_lab.compress.judged.first_error
def first_error(problem, text):
    labels, facts = check_steps(problem, text), problem.metadata
    at = first_wrong(labels)
    if at is None:
        return None, ""
    step, signs = compact(labels[at].text), facts["operations"]
    if step.startswith(MARKER):
        return at, "stopping early" if 0 < at < len(signs) else "answer"
    if at >= len(signs):
        return at, "extra step"
    left, equals, result = step.rpartition("=")
    if not result.removeprefix("-").isdigit():
        return at, "unreadable"
    before = compact(labels[at - 1].text).rpartition("=")[2] if at else facts["operands"][0]
    due = f"{int(before)}{signs[at]}{facts['operands'][at + 1]}"
    return at, "copying" if equals and left != due else SIGNS[signs[at]]
''')
code('''
chain = next(chains[0] for chains in rounded("chain-cot", BROKEN).chains if chains[0].wrong_at == 1)
question = next(p for p, chains in zip(recorded.problems, rounded("chain-cot", BROKEN).chains) if chains[0] is chain)
print(question.question, chain.text)
print("first wrong step:", first_error(question, chain.text))
'''.replace("BROKEN", str(BROKEN)))
md('''
`check_steps` judges each step by the steps before it *as they are written*. A step can go wrong in two ways: a number or a sign was *copied* wrongly, or it was copied rightly and *worked out* wrongly.

**Predict.** Does the risk grow from step to step? Is it copying or multiplying that breaks first?
''')
code('''
from srm_lab.compress.recorded import step_risks

FEW = (4, 3, 2)
by_place = {
    f"{bits} bits": [(at + 1, risk) for at, risk in
                     step_risks(recorded.problems, rounded("chain-cot", bits), lambda at, sign: at).items()]
    for bits in FEW
}
srm.figures.rates(
    by_place,
    x="step",
    y="goes wrong, %",
    title="The risk of a step, where all steps before it are right",
    caption="chain-cot, round to nearest, groups of 64. Intervals count problems; few chains reach step 5 at 2 bits.",
)
''')
code('''
KINDS = {"copying": "+-*", "adding": "+", "subtracting": "-", "multiplying": "*"}


def risk_of(kind, cell):
    return step_risks(recorded.problems, cell, lambda at, sign: "all" if sign in KINDS[kind] else None, [kind])["all"]


srm.figures.rates(
    {kind: [(bits, risk_of(kind, rounded("chain-cot", bits))) for bits in BITS] for kind in KINDS},
    x="bits a weight",
    y="of the steps that ask for it go wrong, %",
    title="Which skill breaks first",
    caption="chain-cot. Copying is asked for by every step, adding by steps with a plus, and so on.",
)
''')
STEPS()
if LAYERS_OK:
    exec('md(\'\'\'\n## @. Which layers break first?\n\nA layer of a transformer has two parts. *Attention* (`q_proj`, `k_proj`, `v_proj`, `o_proj`) fetches what was written before, and the *feed-forward* part (`gate_proj`, `up_proj`, `down_proj`) works on it.\nWe round one kind of layers to 2 bits and leave all others at 8.\n\n**Predict.** Which kind hurts the most? There is a cheap guess: round one layer, let the model read a few chains, and see how far its predictions move (the Kullback-Leibler divergence).\nDoes the cheap guess find the layers that matter for whole chains?\n\'\'\')\ncode(\'\'\'\nPARTS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "layer 0", "layer 1", "layer 2")\nalone = {part: recorded.right(recorded.cell("chain-cot", "rtn", 2, 64, layers=part)) for part in PARTS}\nsrm.figures.rates(\n    {"2 bits here, 8 bits elsewhere": list(alone.items())},\n    x="the part of the model that has 2 bits",\n    title="Which part cannot live with 2 bits",\n    caption="chain-cot, round to nearest, groups of 64; 500 problems, 2 chains each.",\n)\n\'\'\')\ncode(\'\'\'\nimport pandas as pd\nfrom srm_lab.tasks.worked import worked\n\ntexts = [p.question + worked(p) for p in srm.load_problems("arithmetic", n=size.problems, split="train", operations=5)]\ndivergence = srm.compress.layer_sensitivity(lm, texts[:40], bits=(2,))\nmoved = {\n    part: sum(found[2] for name, found in divergence.items() if part in name.replace("layers.", "layer "))\n    for part in PARTS\n}\npd.DataFrame(\n    {"right answers, %": {part: 100 * alone[part].rate for part in PARTS}, "divergence, nats a token": moved}\n).round(3)\n\'\'\')\nLAYERS()\n')
md('''
## @. Do broken chains get longer?

Published reports disagree whether quantized reasoning models write longer chains
([Liu et al. 2025](https://arxiv.org/abs/2504.04823) saw none of it; later ones did). So we measure it: length, chains that never end (*truncated*: cut off after 64 tokens), and chains that write a step twice.
''')
code('''
def written(model, bits):
    cell = rounded(model, bits)
    cut, twice = (recorded.share(cell, has) for has in (lambda one: not one.finished, lambda one: one.repeats))
    return {"tokens": recorded.tokens(cell), "cut off, %": 100 * cut.rate, "write a step twice, %": 100 * twice.rate}


pd.DataFrame({(model, f"{bits} bits"): written(model, bits) for model in MODELS for bits in BITS}).T.round(2)
''')
LENGTH()
md('''
## @. Can cleverer rounding climb the cliff?

*Round to nearest* looks at one weight at a time. *GPTQ* ([Frantar et al. 2022](https://arxiv.org/abs/2210.17323)) lets later columns of a matrix make up for the errors of earlier ones.
*AWQ* ([Lin et al. 2023](https://arxiv.org/abs/2306.00978)) makes the important channels larger before it rounds. Both read a few *calibration* texts first, here 64 chains that the whole model wrote.

**Predict.** At 3 bits: how many points does each win over rounding to nearest?
''')
METHODCODE()
METHODS()
if CALIB:
    exec('md(\'\'\'\n## @. What should calibration read?\n\nGPTQ and AWQ protect what the calibration texts use. **Predict.** Does it matter whether they read chains of reasoning, the bare questions, or plain English text of the same length?\n\'\'\')\ncode(\'\'\'\nTEXTS = ("chains", "questions", "plain text")\nread = {\n    name: [(text, recorded.right(recorded.cell("chain-cot", method, 3, 64, calibration=text))) for text in TEXTS]\n    for name, method in CLEVER.items() if method != "rtn"\n}\nread["round to nearest (reads nothing)"] = [(text, recorded.right(rounded("chain-cot", 3))) for text in TEXTS]\nsrm.figures.rates(read, x="what calibration read", title="Calibration: three bits, groups of 64",\n                  caption="chain-cot; about as many tokens of each text. 500 problems, 2 to 8 chains each.")\n\'\'\')\nCALIBRATION()\n')
if KV_MODELS:
    exec('md(\'\'\'\n## @. Fewer bits for what was written: the KV cache\n\nWhile it writes, the model keeps *keys and values* of every token, the **KV cache**. For long chains and many votes this takes more memory than the weights.\nHere the weights keep 16 bits, and keys and values are rounded, one scale for each token and head.\n\'\'\')\ncode(\'\'\'\ndef cached(model, bits):\n    return recorded.cell(model) if bits == 16 else recorded.cell(model, "kv", bits)\n\n\nsrm.figures.rates(\n    {\n        model: [(bits, recorded.right(cached(model, bits))) for bits in (16, 8, 4, 3, 2)]\n        for model in ("chain-cot", "chain-voter")\n    },\n    x="bits of keys and values",\n    title="The KV cache in fewer bits",\n    caption="500 problems, 8 chains each. The cache is rounded in simulation; scales come on top of the bits.",\n)\n\'\'\')\nKV()\n')
SMOLLM2()
md('''
## @. Votes that buy back bits

A vote of several chains (*self-consistency*) makes a weak model better, and costs tokens. Fewer bits make a model weaker, and save memory.
So here is the question of this whole part of the course: **how many votes of a model in few bits are worth one chain of the whole model?**
''')
code('''
# same code as srm_lab.compress.recorded.votes_needed
def votes_needed(curve, target):
    return next((estimate.k for estimate in curve if estimate.value >= target), None)
''')
code('''
whole = recorded.cell("chain-voter")
target = recorded.votes(whole)[0].value
ways = {f"{bits} bits": rounded("chain-voter", bits) for bits in BITS}
ways |= {f"{bits} bits, GPTQ": recorded.cell("chain-voter", "gptq", bits, 64) for bits in (4, 3)}
rows = {}
for name, cell in ways.items():
    votes = votes_needed(recorded.votes(cell), target)
    price = votes or len(cell.chains[0])
    rows[name] = {
        "one chain, %": 100 * recorded.right(cell).rate,
        "votes needed": votes or "more than 8",
        "memory, share of 16 bits": recorded.memory(cell, price) / recorded.memory(whole),
        "tokens, times one chain": price * recorded.tokens(cell) / recorded.tokens(whole),
    }
pd.DataFrame(rows).T.infer_objects().round(2)
''')
code('''
shown = ("16 bits", "8 bits", "5 bits", "4 bits", "3 bits", "3 bits, GPTQ")
srm.figures.votes_for_bits(recorded, whole, [ways[name] for name in shown])
''')
VOTES()
md('''
## @. Exercises

Fill the hole (`...`), run the cell, and `srm.check` tells you whether it is right, with a hint if not. Solutions are in `notebooks/solutions`.
''')
md(EXERCISES[0])
code('''
def first_wrong_step(numbers, signs, steps):
    ...


srm.check("03.1", first_wrong_step)
''')
md(EXERCISES[1])
code('''
risk = ...
srm.check("03.2", risk)
''')
md(EXERCISES[2])
code('''
def kilobytes(weights, bits, group, votes, tokens, cache_bytes):
    ...


srm.check("03.3", kilobytes)
''')
md(EXERCISES[3])
code('''
def votes_needed(curve, target):
    ...


srm.check("03.4", votes_needed)
''')
md('''
## @. What was measured

Each claim compares the first chain (or the first votes) of every recorded problem, 500 pairs. What did not reproduce says so.
''')
CLAIMS()
md('''
## @. Where to go next

- Notebook 04 cuts parts out of a model instead of rounding them, and notebook 05 teaches a smaller one.
- Notebook 07 is about votes themselves.
- `srm.quantize` works on any model that `srm.load_model` loads, and `srm.compress.layer_sensitivity` with `allocate_bits` spends more bits where they matter.

Tiny models are not large ones: their widths are 128 and 384, so that one scale serves a large share of a row, and they know one task only. What carries over is the way of looking: first wrong steps,
pairs on the same problems, intervals. The same measurement on a model of your own needs `srm.quantize`, `srm.evaluate` and `srm.compare`.
''')
