md(BADGE.format(path="solutions/" + NAME) + r"""

# 05 Distilling reasoning: solutions

The exercises of [notebook 05](../05_distilling_reasoning.ipynb), solved.

**Running time:** <!-- srm:running-time --><!-- /srm -->
""")
code(r"""
import srm_lab as srm

size = srm.start("05")
""")
md(r"""
**05.1 Which positions?** A prompt of `prompt` tokens is followed by `completion` tokens and the end token. A model's logits at a position predict the *next* token. List the positions whose logits are in the loss.

The first learned token stands at position `prompt`, so it is predicted one earlier. The end token stands at `prompt + completion`, and nothing is predicted after it.
""")
code(r"""
def learned_positions(prompt, completion):
    return list(range(prompt - 1, prompt + completion))


srm.check("05.1", learned_positions)
""")
md(r"""
**05.2 A fair budget.** You have `chains` chains of `chain` characters each, one token a character. How many whole answers of `answer` characters have as many learned tokens, or just fewer?

Every example also teaches its end token.
""")
code(r"""
def answers_for_the_same_tokens(chains, chain, answer):
    return chains * (chain + 1) // (answer + 1)


srm.check("05.2", answers_for_the_same_tokens)
""")
md(r"""
**05.3 The filter.** From pairs of a text and its verdict (`True`, `False`, or `None` for one that was cut off), keep what a student should learn: right texts, each once, in their order.
""")
code(r"""
def keep_right(chains):
    return list(dict.fromkeys(text for text, verdict in chains if verdict is True))


srm.check("05.3", keep_right)
""")
md(r"""
**05.4 Soft targets.** Write the loss on distributions yourself, without `kl_div`: the teacher's probability times the difference of log-probabilities, summed, times the temperature squared. The arguments are tensors of logits.
""")
code(r"""
import torch


def soft_loss(student, teacher, temperature):
    ours = torch.log_softmax(student / temperature, dim=-1)
    theirs = torch.log_softmax(teacher / temperature, dim=-1)
    return temperature**2 * (theirs.exp() * (theirs - ours)).sum()


srm.check("05.4", soft_loss)
""")
