"""The exercises of notebook 05: which tokens are learned, a fair budget, a filter for chains, and soft targets."""

from __future__ import annotations

from ..exercises import calls, exercise


@exercise(
    "05.1",
    hints=(
        "The logits at a position predict the token after it.",
        "The first learned token is predicted at the prompt's last position, and nothing follows the end token.",
    ),
    target="a prompt of 3 tokens with 2 tokens to learn and an end token: positions 2, 3 and 4",
    placebo=lambda prompt, completion: list(range(prompt, prompt + completion + 1)),
    solution=lambda prompt, completion: list(range(prompt - 1, prompt + completion)),
)
def learned_positions(answer):
    """Write learned_positions(prompt, completion): the positions whose logits are in the loss, counted from 0."""
    return calls(answer, [((3, 2), [2, 3, 4]), ((1, 1), [0, 1]), ((10, 3), [9, 10, 11, 12])])


@exercise(
    "05.2",
    hints=(
        "Which token does every example teach that its text does not show?",
        "A chain of c characters teaches c + 1 tokens, an answer of a characters a + 1.",
    ),
    target="100 chains of 30 characters have as many learned tokens as 442 answers of 6 characters",
    placebo=lambda chains, chain, answer: chains * chain // answer,
    solution=lambda chains, chain, answer: chains * (chain + 1) // (answer + 1),
)
def answers_for_the_same_tokens(answer):
    """Write answers_for_the_same_tokens(chains, chain, answer): how many whole answers fit into the chains' tokens."""
    return calls(answer, [((100, 30, 6), 442), ((1, 9, 4), 2), ((7, 5, 5), 7)])


RIGHT, WRONG, CUT = True, False, None


def _keep(chains):
    return list(dict.fromkeys(text for text, verdict in chains if verdict is True))


@exercise(
    "05.3",
    hints=(
        "A verdict has three values: right (True), wrong (False), and cut off before an answer (None).",
        "Keep a text where its verdict is True, the first time it comes; dict.fromkeys keeps an order.",
    ),
    target="of a right chain, the same once more, a wrong one and one that was cut off, one is kept",
    placebo=lambda chains: list(dict.fromkeys(text for text, verdict in chains if verdict is not False)),
    solution=_keep,
)
def keep_right(answer):
    """Write keep_right(chains): from (text, verdict) pairs the texts that are right, each once, in their order."""
    mixed = [("1+1=2####2", RIGHT), ("1+1=2####2", RIGHT), ("1+1=3####3", WRONG), ("1+1=2;2+", CUT)]
    cases = [(mixed, ["1+1=2####2"]), ([("b", RIGHT), ("a", RIGHT)], ["b", "a"]), ([("a", WRONG)], [])]
    return calls(answer, [((chains,), expected) for chains, expected in cases])


def _soft_loss(student, teacher, temperature):
    import torch

    ours, theirs = (torch.log_softmax(x / temperature, dim=-1) for x in (student, teacher))
    return temperature**2 * (theirs.exp() * (theirs - ours)).sum()


def _without_square(student, teacher, temperature):
    return _soft_loss(student, teacher, temperature) / temperature**2


@exercise(
    "05.4",
    hints=(
        "Divide both by the temperature, take log_softmax, then sum p * (log p - log q) with the teacher's p.",
        "Without the factor temperature**2, gradients shrink as the temperature grows.",
    ),
    target="logits (0, 0) against the teacher's (2, 0): 0.328 nats at temperature 1, 0.444 at temperature 2",
    placebo=_without_square,
    solution=_soft_loss,
)
def soft_loss(answer):
    """Write soft_loss(student, teacher, temperature): the divergence from the teacher, times T squared."""
    import torch

    even, sure = torch.tensor([[0.0, 0.0]]), torch.tensor([[2.0, 0.0]])
    cases = [(even, sure, 1.0), (even, sure, 2.0), (sure, even, 1.0), (sure, sure, 3.0)]

    def number(*arguments):
        got = answer(*arguments)
        return float(got) if hasattr(got, "item") else got

    return calls(number, [(case, float(_soft_loss(*case))) for case in cases], tolerance=1e-4)
