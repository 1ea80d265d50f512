def m(key, form="interval"):
    return f"<!-- srm:measured 08.{key} {form} --><!-- /srm -->"


SAW["CALIBRATION_SAW"] = """
**What we saw.** The outcome verifier is honest on the whole: its mean score lies near the share of right chains. LONGCAL
The **last** score of a process verifier is no probability of a right chain at all: nearly every chain has a high one.

**Why?** It answers another question: does *this* step follow from what stands before it? The answer line only copies the last result, and the copy is right in most wrong chains, too. A mistake further up is forgotten by then. That is a matter of how we labelled: a label "everything so far is right" would make **last** useful.
"""
SAW["RANK_SAW"] = f"""
**What we saw.** Over all chains the verifiers look good. Within one problem they are hardly above guessing; the weak one is not above it at all, and the chain's own likelihood, which costs nothing, ranks as well as they do or better. RANKLONG

Of pairs of one right and one wrong chain (the first of each problem), the outcome verifier orders {m("outcome_ranks")}, the long process verifier {m("process_ranks")}; the difference is {m("process_ranks_better")}.

**Why?** Look at what the outcome verifier can learn easily: `6*2` is solved often and `19-13+4*3` seldom. That alone lowers its loss a lot, and the labels of a whole chain say no more about *where* it went wrong. To rank chains of `6*2`, it would have to know that 6*2 is 12. It began as a copy of a model that does not know that well.
"""
SAW["BEST_SAW"] = f"""
**What we saw.** Against the plain vote of 16:

- best by the outcome verifier: {m("outcome_best_beats_vote")}; as a weight: {m("outcome_vote_beats_vote")},
- best by the long process verifier (min): {m("process_best_beats_vote")}; as a weight: {m("process_vote_beats_vote")},
- best by the oracle: {m("oracle_beats_vote")}.

We had expected that a vote weighted by a verifier beats the plain vote. BESTLONG

Choosing is the risky way to use a verifier, and weighing the careful one. A weight that knows little changes a vote little. A choice by a verifier that knows little throws away what the other 15 chains say.
"""
SAW["LARGE_SAW"] = f"""
**What we saw.** From one chain to two, every verifier helps a little or does no harm. Then the curves turn *down*. By the outcome verifier best-of-32 is right less often than best-of-4: {m("outcome_falls_at_large_n")}. By the weak one: {m("weak_falls_at_large_n")}. In the end both are worse than a single chain. Among 32 chains there are more right ones than among 4, and the verifier finds them less often.

At the same time the score of the chosen chain rises with N, as the highest of more numbers must. The more we ask, the surer the verifier is, and the more it errs. This is *over-optimisation*: a measure that we maximise stops being a good measure ([Gao et al. 2023](https://arxiv.org/abs/2210.10760)). LARGELONG

What does it like so much? Here are its favourites among the 32 chains of a few short problems, with their scores, and then how often the chosen chain is an oddity: one that was drawn only once among the 32.
"""
SAW["WHY_SAW"] = """
**Why?** The scores of a problem's chains lie close together: the verifier has an opinion about the problem, and hardly one about the chain. What decides between chains are the remains, and they are largest for *odd* chains, garbled ones among them. Such chains are rare. So they were rare in training, too, and nobody told the verifier what they are worth. Between two chains they hardly play a role. Among 32 there is nearly always one.

A vote is safe from this: odd chains are odd in different ways, and each has one voice. Best-of-N *searches* for them. It is a search for the mistakes of the verifier.
"""
SAW["NOISE_SAW"] = f"""
**What we saw.** An oracle that is wrong once in ten times still beats the vote, by {m("oracle_wrong_10")}. With three wrong verdicts in ten, best-of-16 is where the vote is: {m("oracle_wrong_30")}. Its curve is then flat: more chains bring more right ones, and as many more that are accepted by mistake.
As weights, the same verdicts do better: at one in ten a weighted vote is ahead of best-of-16 by {m("weighing_forgives")}. In a choice, one chain that is accepted by mistake can win. In a vote it is one voice.

**How good must a verifier be?** The first column of the table answers it in the measure of section 5. To draw level with this vote, best-of-16 needs a verifier that puts about 70 of 100 pairs *of one problem* into the right order; as a weight, one with 60 already helps. Compare that with what ours can do.

This noise is a kind one: it falls on right and wrong chains alike. The mistakes of a trained verifier are not spread evenly, they sit where training was thin, and there best-of-N finds them. So read 70 as the least that is needed.
"""
SAW["JUDGE_SAW"] = """
**What is not known here.** To tell such a judge from guessing takes hundreds of pairs, and on a CPU each pair takes seconds. What is recorded so far is too little to say anything; read the intervals, not the values. What can be seen at once is how narrow its scores are: a small model says nearly the same of every solution, as our outcome verifier did.
"""
SAW["COST_SAW"] = """
A trained verifier reads each chain once, and reading is cheap: many tokens go through the model in one pass, where writing needs a pass for each. Here it costs about as much as drawing the chains did. So honest comparisons at *equal cost* give the vote about twice as many chains.

A judge costs more for two reasons. Its prompt repeats question, chain and instruction for every chain, and it is the larger model: for the price of one tournament, the tiny model could draw thousands of chains. (Here each word's probability is asked for with a prompt of its own. A server that keeps prefixes reads it once.)
"""
