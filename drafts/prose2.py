def CLIFF():
    md(f'''
**What we saw.** Rounding to 8 bits changes chain-cot by {m("eight_bits_within_a_point")}. At 3 bits it still reasons, with {m("three_bits_cost")}.
One bit further is the cliff: from 3 bits to 2 accuracy changes by {m("cliff")}.

**Why so suddenly?** Each bit less doubles the steps of the grid, so the errors double too. As long as they are small against the distance between the best next character and the second best, no character changes.
Once they are not, every character is at risk, and a chain has dozens of them. The weaker model, whose best and second best characters are closer together, slips a little earlier.
''')
def DIFFICULTY():
    md(f'''
**What we saw.** At 3 bits problems of one operation are as good as untouched, and problems of five lose the most.

**Why?** Risks multiply. A chain of five steps is right only if all five are, so a risk too small to see in one step shows in a long chain. This is why a short test can call a quantized model unharmed,
and why long chains of reasoning are where quantization shows first.
''')
def STEPS():
    code('''
import pandas as pd

risks = step_risks(recorded.problems, rounded("chain-cot", 3), lambda at, sign: at)
kept, rows = 1.0, {}
for level in LEVELS:
    kept *= 1 - risks[level - 1].rate
    rows[level] = {"if risks multiply, %": 100 * kept, "measured, %": 100 * recorded.right(rounded("chain-cot", 3), level).rate}
pd.DataFrame(rows).T.round(1).rename_axis("operations")
''')
    md(f'''
**What we saw.** The table multiplies the measured risks of single steps, and comes close to the measured accuracy: that is most of the story. Not all of it, since problems of five operations do worse than the product says.
The first figure shows the rest: at 3 bits the last step is riskier than the first. A longer question holds more numbers to pick the wrong one from. (That is our guess, and a good thing to test.)

In the second figure each skill has its own curve. At 3 bits it is adding and subtracting that fail, although the numbers were copied rightly. At 2 bits multiplying fails most often where it is asked for.
Copying is asked for by every step, and so it becomes the most common first mistake: it comes first more often than multiplying, by {m("copying_breaks_at_two_bits")} of the chains.
So few bits first blur what a model knows, its tables of sums, and then how it works: looking back at the right character.
''')
def LAYERS():
    md('''
**What we saw.** Among the kinds it is attention, above all the values (`v_proj`), that cannot live with 2 bits; the feed-forward part, with most of the weights, hardly notices. By depth it is the first layer: everything after it reads what it wrote.
Compare the two columns of the table before you trust the cheap guess: divergence on texts that are right is not the same as accuracy of whole chains.
''')
def LENGTH():
    md(f'''
**What we saw.** Nothing gets longer. The mean length at 3 bits differs from that at 16 by {m("three_bits_do_not_lengthen")}. Even at 2 bits, where most chains are wrong, hardly any fails to end. It is wrong, brief and sure of itself.
So these models side with the report of equal lengths. But mind what they are: they know one task with a fixed number of steps. A large model that checks itself and tries again has a reason to write more when it errs; these have none.
''')
def METHODS():
    awq = f'''AWQ against rounding to nearest: {m("awq_beats_rtn_at_3")}, which {{"" if AWQ_HOLDS else "does not settle it: the interval reaches 0. The search for its scales sees only the error of single layers, and in models this narrow few channels are louder than the rest"}}.'''
    md(f'''
**What we saw.** At 3 bits GPTQ against rounding to nearest, on chain-voter: {m("gptq_beats_rtn_at_3_voter")}; on chain-cot: {m("gptq_beats_rtn_at_3")}.
AWQ against rounding to nearest, on chain-voter: {m("awq_beats_rtn_at_3_voter")}; on chain-cot: {m("awq_beats_rtn_at_3")}. Section "What was measured" says which of these hold.
Where it matters most, at 2 bits, GPTQ moves the cliff: on chain-cot it wins {m("gptq_at_two_bits")}.

**Why?** GPTQ hides the error of one column behind correlated ones, and a narrow model has many correlated inputs. AWQ can only stretch channels that are much louder than others, and needs such channels.
At 4 bits chain-cot leaves nothing to win, and on chain-voter GPTQ again does best. NF4, whose levels follow a bell curve, does not beat the plain grid here: with 64 weights in a group, a grid that fits the smallest and the largest weight of each is hard to beat.
''')
def CALIBRATION():
    md(f'''
**What we saw.** GPTQ calibrated on chains against GPTQ calibrated on plain text: {m("chains_calibrate_better")}. The method reads from the texts which inputs occur together; texts that the model never works on teach it the wrong ones.
''')
def KV():
    md(f'''
**What we saw.** Eight bits for keys and values change chain-cot by {m("eight_bit_cache_within_a_point")}. Fewer bits have a cliff of their own: at 2 bits the change is {m("two_bit_cache")}. Keys decide *where* the model looks, so a coarse cache breaks copying.
''')
def SMOLLM2():
    pass
def VOTES():
    md(f'''
**What we saw.** Each dot from left to right is one vote more, averaged over which of the recorded chains vote. On average three votes do it down to 5 bits, in about half of the memory, and six at 4 bits. At 3 bits no number of votes that we tried is enough.

An average over all chains is not a proof, so the claims below ask for more: one draw of eight votes against one draw of one whole chain, on the same 500 problems. At 5 bits: {m("votes_buy_back_five_bits")}. At 4 bits: {m("votes_buy_back_four_bits")}.
At 3 bits: {m("votes_buy_back_three_bits")}. That votes *beat* the whole chain did not reproduce at any of them, though at 5 bits it is close. Rounding well is worth as much as many votes: with GPTQ, eight votes at 3 bits come within {m("votes_and_gptq")}.

**Why do votes not repair rounding?** A vote removes mistakes that differ from chain to chain. Rounding makes the *same* mistake in every chain: the weights are off by the same amount each time. Where the wrong sum has become the most likely one, more chains only agree on it.

The two panels also disagree about what is cheap. In **memory** the vote of a few-bit model is far below the whole model, even with the keys and values of all its chains. In **tokens** it never wins: each vote is a whole chain more.
So votes buy back a few bits where memory is short and time is not. With time short as well, round well and take one chain.
''')
def CLAIMS():
    code('''
def first(model, method="float16", bits=16, group=0, votes=1, **more):
    return recorded.run(recorded.cell(model, method, bits, group, **more), votes)


cot, three = first("chain-cot"), first("chain-cot", "rtn", 3, 64)
srm.claim(
    "03.eight_bits_within_a_point", "Eight bits change the accuracy of chain-cot by less than a point",
    srm.compare(cot, first("chain-cot", "rtn", 8, 64)), at_least=-0.01, at_most=0.01,
)
srm.claim("03.three_bits_cost", "Three bits cost chain-cot accuracy", srm.compare(cot, three), at_most=0)
srm.claim(
    "03.cliff", "From three bits to two chain-cot loses more than 50 points",
    srm.compare(three, first("chain-cot", "rtn", 2, 64)), at_most=-0.50,
)
''')
    code('''
from srm_lab.scoring.statistics import mcnemar, paired_bootstrap

broken = [chains[0].wrong for chains in rounded("chain-cot", 2).chains]
times, copying = ([kind == asked for kind in broken] for asked in ("multiplying", "copying"))
only = sum(times), sum(copying)  # a chain has one first mistake
srm.claim(
    "03.copying_breaks_at_two_bits", "At two bits chain-cot's first mistake is more often at copying than at multiplying",
    srm.Comparison("multiplying", "copying", *paired_bootstrap(times, copying), len(broken), *only, *only, mcnemar(*only)),
)
before, after = (rounded("chain-cot", bits).chains for bits in (16, 3))
longer = {
    i: sum(new[i].tokens - old[i].tokens for new, old in zip(after, before)) / len(before) for i in range(len(before[0]))
}
srm.claim(
    "03.three_bits_do_not_lengthen", "Three bits lengthen the chains of chain-cot by less than one token (eight draws)",
    seeds=longer, unit="tokens", n=len(before), at_most=1,
)
''')
    blocks = []
    for model, tail in (("chain-cot", ""), ("chain-voter", "_voter")):
        for method in ("gptq", "awq"):
            if have_rtn3(method, 3, model):
                name = method.upper()
                blocks.append(f'''srm.claim(
    "03.{method}_beats_rtn_at_3{tail}", "At three bits {name} beats rounding to nearest on {model}",
    srm.compare(first("{model}", "rtn", 3, 64), first("{model}", "{method}", 3, 64, calibration="chains")),
)''')
    if have_rtn3("gptq", 2, "chain-cot"):
        blocks.append('''srm.claim(
    "03.gptq_at_two_bits", "At two bits GPTQ beats rounding to nearest on chain-cot",
    srm.compare(first("chain-cot", "rtn", 2, 64), first("chain-cot", "gptq", 2, 64, calibration="chains")),
)''')
    code("\n".join(blocks))
    if CALIB:
        code('''
srm.claim(
    "03.chains_calibrate_better", "At three bits GPTQ calibrated on chains beats GPTQ calibrated on plain text",
    srm.compare(
        first("chain-cot", "gptq", 3, 64, calibration="plain text"),
        first("chain-cot", "gptq", 3, 64, calibration="chains"),
    ),
)
''')
    if KV_MODELS:
        code('''
srm.claim(
    "03.eight_bit_cache_within_a_point", "Eight bits for keys and values change chain-cot by less than a point",
    srm.compare(cot, first("chain-cot", "kv", 8)), at_least=-0.01, at_most=0.01,
)
srm.claim("03.two_bit_cache", "Two bits for keys and values cost chain-cot more than 10 points",
          srm.compare(cot, first("chain-cot", "kv", 2)), at_most=-0.10)
''')
    code('''
one = first("chain-voter")
srm.claim(
    "03.votes_buy_back_five_bits", "Eight votes at five bits beat one chain of the whole chain-voter",
    srm.compare(one, first("chain-voter", "rtn", 5, 64, votes=8)),
)
srm.claim(
    "03.votes_buy_back_four_bits", "Eight votes at four bits beat one chain of the whole chain-voter",
    srm.compare(one, first("chain-voter", "rtn", 4, 64, votes=8)),
)
srm.claim(
    "03.votes_buy_back_three_bits", "Eight votes at three bits beat one chain of the whole chain-voter",
    srm.compare(one, first("chain-voter", "rtn", 3, 64, votes=8)),
)
srm.claim(
    "03.votes_and_gptq", "Eight votes at three bits with GPTQ beat one chain of the whole chain-voter",
    srm.compare(one, first("chain-voter", "gptq", 3, 64, votes=8)),
)
''')
