def m(key, form="interval"):
    return f"<!-- srm:measured 08.{key} {form} --><!-- /srm -->"


SAW["CALIBRATION_SAW"] = """
**What we saw.** The outcome verifiers and the **min** are honest on the whole: their mean score lies near the share of right chains. More training helped the outcome verifier, the long one has the smallest gap of all. High scores promise too much all the same: above one half, most dots lie under the diagonal. The **product** is too low on the average: steps of a chain are not independent, and many factors below one make a small number.

The **last** score of a process verifier is no probability of a right chain at all: nearly every chain has a high one.

**Why?** It answers another question: does *this* step follow from what stands before it? The answer line only copies the last result, and the copy is right in most wrong chains, too. A mistake further up is forgotten by then. That is a matter of how we labelled: a label "everything so far is right" would make **last** useful.
"""
SAW["RANK_SAW"] = f"""
**What we saw.** Over all chains every verifier looks good. Within one problem the outcome verifiers are hardly above guessing, and learning from four times as many chains moved them little; the weak one is not above it at all. The long process verifier does rank, if its steps are joined by **min** or **product**; the one that learned for a short time hardly does. And the likelihood, which costs nothing, ranks as well as the best of them or better.

Of pairs of one right and one wrong chain (the first of each problem), the long outcome verifier orders {m("outcome_ranks")}, the long process verifier {m("process_ranks")}, the likelihood {m("likelihood_ranks")}. The long process verifier against the long outcome verifier: {m("process_ranks_better")}. Both learned from the same chains, for the same number of steps. The likelihood against the long process verifier: {m("likelihood_ranks_better")}, so these two cannot be told apart here.

**Why?** Look at what the outcome verifier can learn easily: `6*2` is solved often and `19-13+4*3` seldom. That alone lowers its loss a lot, and the label of a whole chain does not say *where* it went wrong. To rank chains of `6*2`, it would have to know that 6*2 is 12. The labels of steps ask for just that: the same problem has right and wrong steps, and each is told apart.
"""
SAW["BEST_SAW"] = f"""
**What we saw.** Against the plain vote of 16:

| | best of 16 | as a weight |
|---|---|---|
| long outcome verifier | {m("outcome_best_beats_vote")} | {m("outcome_vote_beats_vote")} |
| long process verifier, min | {m("process_best_beats_vote")} | {m("process_vote_beats_vote")} |
| oracle | {m("oracle_beats_vote")} | |

The vote *weighted* by the long process verifier beats the plain vote. As a choice the same verifier does not. The outcome verifier helps in neither way: what it knows is the problem, and that is the same for all votes.

Choosing is the risky way to use a verifier, and weighing the careful one. A weight that knows little changes a vote little. A choice by a verifier that knows little throws away what the other 15 chains say.

Best-of-16 by the likelihood beats the plain vote, too: {m("likelihood_best_beats_vote")}. We tried that only after the table of section 5, on the same problems, so read it with care.

**Which way to join the steps?** For the long process verifier's best-of-16, **min** against **product**: {m("min_beats_product")}, no difference to be seen. **Min** against **last**: {m("min_beats_last")}.
"""
SAW["LARGE_SAW"] = f"""
**What we saw.** At two chains no verifier does harm worth speaking of, and most help a little. Then the curves turn *down*, one after the other. By the outcome verifier, best-of-32 is right less often than best-of-4: {m("outcome_falls_at_large_n")}; by the long one: {m("long_outcome_falls_at_large_n")}; by the weak one: {m("weak_falls_at_large_n")}. In the end all three are worse than a single chain. Among 32 chains there are more right ones than among 4, and the verifier finds them less often.

We had expected the long process verifier to gain from many chains. It does not reproduce: from 4 to 32 it changes by {m("process_gains_at_large_n")}. It climbs longer than the others, to about 8 chains, and then turns, too. The better the verifier, the later it turns.

At the same time the score of the chosen chain rises with N, as the highest of more numbers must. The more we ask, the surer the verifier is, and the more it errs. This is *over-optimisation*: a measure that we maximise stops being a good measure ([Gao et al. 2023](https://arxiv.org/abs/2210.10760)). Only the likelihood shows no fall: {m("likelihood_gains_at_large_n")} from 4 to 32.

What do they like so much? Here are favourites among the 32 chains of a few short problems, with their scores, and then how often the chosen chain is an oddity: one that was drawn only once among the 32.
"""
SAW["WHY_SAW"] = """
**Why?** For an outcome verifier the scores of a problem's chains lie close together: it has an opinion about the problem, and hardly one about the chain. What decides between chains are the remains, and they are largest for *odd* chains, garbled ones among them. The long process verifier tells chains apart, and has its own weakness: it likes a true statement that nobody asked for, as `6*3=18` where the question was `6*16`.

Odd chains are seldom right, and each of them was rare in training, so that nobody told the verifier what they are worth. Between two chains they hardly play a role. Among 32 there is nearly always one that the verifier overrates. The likelihood is safe from this: an odd chain is one that the model itself finds unlikely.

A vote is safe, too: odd chains are odd in different ways, and each has one voice. Best-of-N *searches* for them. It is a search for the mistakes of the verifier.
"""
SAW["NOISE_SAW"] = f"""
**What we saw.** An oracle that is wrong once in ten times still beats the vote, by {m("oracle_wrong_10")}. With three wrong verdicts in ten, best-of-16 cannot be told from the vote: {m("oracle_wrong_30")}. Its curve is flat from 8 chains on: more chains bring more right ones, and as many more that are accepted by mistake.
As weights, the same verdicts do better: at one in ten a weighted vote is ahead of best-of-16 by {m("weighing_forgives")}. In a choice, one chain that is accepted by mistake can win. In a vote it is one voice.

**How good must a verifier be?** The first column of the table answers it in the measure of section 5. To draw level with this vote, best-of-16 needs a verifier that puts about 70 of 100 pairs *of one problem* into the right order, and as a weight one with 70 is already ahead of it. The long process verifier has about 70. So what it did in section 6 is what this table foretells: level as a choice, ahead as a weight.

At 32 chains the two part: the noisy oracle keeps its level, and the trained verifier falls. Our noise is a kind one, it falls on right and wrong chains alike. The mistakes of a trained verifier are not spread evenly, they sit where training was thin, and there best-of-N finds them. So read 70 as the least that is needed.
"""
SAW["JUDGE_SAW"] = """
**How to read this.** An interval that holds one half says: not to be told from a coin. Each pair takes seconds on a CPU, so that few are recorded; the command adds more, and this cell shows them.

The last two lines say how such a judge grades. One that calls nearly everything wrong, or everything right, with scores that lie close together, cannot grade a single chain. It can be of use only if right chains still get *more* of its Yes than wrong ones, and that is what the first line asks. Look for the same in the tournament above: how far is a preference from one half?
"""
SAW["COST_SAW"] = f"""
A trained verifier reads each chain once, and reading is cheap: many tokens go through the model in one pass, where writing needs a pass for each. In multiplications it costs about as much as drawing the chains did. So an honest comparison at *equal cost* gives the plain vote twice as many chains. The vote of 16 weighted by the long process verifier passes that test as well: it beats a plain vote of 32 by {m("process_beats_a_vote_of_32")}. (Its training is not in this sum.)

A judge costs more for two reasons. Its prompt repeats question, chain and instruction for every chain, and it is the larger model: for the price of one tournament, the tiny model could draw tens of thousands of chains. (Here each word's probability is asked for with a prompt of its own. A server that keeps prefixes reads it once.)
"""
