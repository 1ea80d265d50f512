"""A tree of chains that grow step by step: what every search over steps works on.

A step ends where its separator stands: ";" for a tiny model, a line for others, whose worked examples are shown with
a step on each line. A chain ends at its end token, or with the step that states the answer. Each call continues the
text so far, and its keys and values are kept (`keep`), so that a step computes only its own tokens. Equal steps drawn
from one node are one child; the tokens of both are counted on it. All that is done is also written to a log.

Left out: steps inside a thinking block, which announce answers long before the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from .. import prompts
from ..records import Completion, Problem, Solution
from ..tasks.worked import SEPARATOR
from .chain import chosen
from .few_shot_cot import worked_examples
from .search_log import Event

ANSWER_SIGNS = ("The answer is", "####", "\\boxed")  # a step that holds one of them is a chain's last


@dataclass(eq=False)
class Node:
    """A chain up to one of its steps. text: the step. chain: all text from the first step to this one.

    done: no step follows. finished: done, and not because tokens ran out. value: what the search thinks of it, None
    before it was looked at. visits: how often the search went on from here. tokens: generated for this step, in all
    samples that wrote it. drawn: samples taken from here, so that the next ones are others.
    """

    id: int
    parent: Node | None
    text: str
    chain: str
    done: bool = False
    finished: bool = False
    value: float | None = None
    visits: int = 0
    tokens: int = 0
    drawn: int = 0
    children: list[Node] = field(default_factory=list)

    @property
    def path(self) -> list[Node]:
        """The nodes from the root to this one."""
        return [*(self.parent.path if self.parent else []), self]

    @property
    def depth(self) -> int:
        """Steps from the root."""
        return len(self.path) - 1

    @property
    def completion(self) -> Completion:
        """The chain so far as verifiers are given it; of one that goes on, the finish reason is "stop_string"."""
        reason = "stop" if self.finished else "length" if self.done else "stop_string"
        return Completion(self.chain, None, self.chain, (), (), reason)


class StepTree:
    """All chains of one problem that a search has begun.

    temperature: of every step. step_tokens: at most so many a step. shots, examples: as of few_shot_cot.
    """

    def __init__(
        self,
        problem: Problem,
        lm,
        *,
        temperature: float,
        step_tokens: int,
        shots: int = 8,
        examples: Sequence[Problem] | None = None,
    ):
        own = prompts.own(problem, lm, "chain")
        self.problem, self.lm, self.temperature, self.step_tokens = problem, lm, temperature, step_tokens
        self.separator = SEPARATOR if own else "\n"
        self.ends = () if own else prompts.STOP
        self.prompt = own or prompts.few_shot_steps(problem, (examples or worked_examples(problem, shots))[:shots])
        self.root = Node(0, None, "", "")
        self.nodes = [self.root]
        self.log: list[Event] = []
        self._standing: Event | None = None

    def expand(self, node: Node, width: int) -> list[Node]:
        """Draw `width` next steps of a chain. Returns the new children; none of one that is done or out of budget."""
        if not self._open(node) or self.lm.left <= 0:
            return []
        before = len(node.children)
        for step in self._draw(node, width, (self.separator,), self.step_tokens):
            self._add(node, step)
        return node.children[before:]

    def roll_out(self, node: Node, steps: int) -> Completion | None:
        """A chain from a node to its end, of at most so many steps' tokens; None out of budget.

        A node that is done is its own roll-out.
        """
        if not self._open(node):
            return node.completion
        if self.lm.left <= 0:
            return None
        rest = self._draw(node, 1, self.ends, steps * self.step_tokens)[0]
        text = node.chain + rest.text
        self.log.append(Event("roll-out", node.id, _tokens(rest), text=rest.text, finished=rest.finished))
        return Completion(text, None, text, (), (), rest.finish_reason)

    def _open(self, node: Node) -> bool:
        """Whether a step may follow. A chain that fills the model's context is done, and not finished."""
        limit = getattr(self.lm, "context_length", None)
        if node.parent is not None and not node.done and limit is not None:
            node.done = len(self.lm.encode(self.prompt + node.chain)) >= limit
        return not node.done

    def _draw(self, node: Node, n: int, stop: Sequence[str], most: int) -> list[Completion]:
        numbers = range(node.drawn, node.drawn + n)
        node.drawn += n
        return self.lm.sample(
            self.prompt + node.chain, n, indices=numbers, temperature=self.temperature, max_new_tokens=most,
            stop=tuple(stop), keep=True,
        )  # fmt: skip

    def _add(self, node: Node, step: Completion) -> None:
        """A drawn step as a child, or as one more sample of the child that it equals."""
        done = step.finish_reason != "stop_string" or not step.text.strip() or states_answer(step.text)
        finished = done and step.finish_reason in ("stop", "stop_string")
        key = (step.text, done, finished)
        child = next((c for c in node.children if (c.text, c.done, c.finished) == key), None)
        if child is None:
            chain = node.chain + step.text + ("" if done else self.separator)
            child = Node(len(self.nodes), node, step.text, chain, done, finished)
            node.children.append(child)
            self.nodes.append(child)
        child.tokens += _tokens(step)
        self.log.append(Event("draw", child.id, _tokens(step)))

    def visit(self, node: Node) -> None:
        """The search goes on from a node."""
        node.visits += 1
        self.log.append(Event("visit", node.id))

    def set_value(self, node: Node, value: float) -> None:
        """What a verifier thinks of a node."""
        node.value = value
        self.log.append(Event("value", node.id, value=value))

    def back_up(self, node: Node, reward: float) -> None:
        """Write down that a reward was added to a node and all above it."""
        self.log.append(Event("back up", node.id, value=reward))

    def stands(self, node: Node | None, chain: Completion | None = None, value: float | None = None) -> None:
        """Write down what the search would answer if it ended here: a node's chain, or a roll-out and its reward.

        None is no answer yet. An answer that stands already is not written again.
        """
        if node is None:
            return
        text, value = (chain or node.completion).text, node.value if value is None else value
        event = Event("stands", node.id, value=value, text=text, finished=True)
        if event != self._standing:
            self._standing = event
            self.log.append(event)

    def solution(self, end: Node | None) -> Solution:
        """The chain that ends at a node; None where the search found no finished one. The trace is the whole tree."""
        self.stands(end)
        if end is None:
            return Solution(None, "", trace=self.trace(None))
        return chosen(self.problem, end.completion, self.trace(end))

    def trace(self, end: Node | None, **more: Any) -> tuple[dict, ...]:
        """Every node, all that was done in order, and the path that was taken with what else there is to say of it."""
        path = [node.id for node in end.path] if end else []
        return (*self.rows(), *map(asdict, self.log), {"step": "chosen", "path": path, **more})

    def rows(self) -> list[dict]:
        """Every node as a plain dictionary, parents first."""
        return [
            {"step": "node", "id": node.id, "parent": node.parent.id if node.parent else None, "text": node.text,
             "value": node.value, "visits": node.visits, "tokens": node.tokens, "done": node.done,
             "finished": node.finished}
            for node in self.nodes
        ]  # fmt: skip


def states_answer(step: str) -> bool:
    """Whether a step states the answer, so that no other follows."""
    return any(sign.lower() in step.lower() for sign in ANSWER_SIGNS)


def best(nodes: Sequence[Node]) -> Node | None:
    """The finished node of the highest value, the first of equals."""
    finished = [node for node in nodes if node.finished and node.value is not None]
    return max(finished, key=lambda node: node.value, default=None)


def _tokens(chain: Completion) -> int:
    return chain.usage.generated_tokens
