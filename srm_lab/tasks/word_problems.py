"""Arithmetic word problems from templates, with their worked steps, endless and offline.

    Tom has 7 apples. Mia gives him 5 more. How many apples does Tom have now?
    worked: "Tom now has 7 + 5 = 12 apples."     answer: 12

Difficulty is the number of steps (1 to 4) and the largest number. Every number of a problem, the answer and
all results on the way lie between 1 and `max_number`; a division leaves no rest.

**The split.** Train and test share neither a story nor numbers. Each template (`stories/`) belongs to one
split. Each multiset of stated numbers belongs to one split too: `number_split` hashes the numbers in
ascending order, and one multiset in three is for test. So 7 and 5 are in the same split in either order and
under any operation, whatever the seed and the other settings. `known_stories=True` is an easier test, of what a
student of these stories learned: its numbers are those of the test split, its stories those of the train split.

**The index.** Problem i of (split, settings, seed) is the same whatever n is. Templates are dealt like
cards: each deck holds every template once, shuffled so that the operations alternate, which makes the first
four one-step examples cover +, -, * and /.

**The answers.** Left to chance, a quarter of the small quotients would be 2, and always saying "2" would look
like reasoning. So of a few drawn problems the one whose answer was the rarest so far is kept.

Left out: fractions, percentages, distracting numbers, and anything that needs knowledge of the world.
"""

from __future__ import annotations

import hashlib
import operator
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from srm_lab.errors import SrmLabError
from srm_lab.records import Problem
from srm_lab.tasks.settings import check_count, check_integer, check_split, make_settings
from srm_lab.tasks.stories import TEMPLATES, Template
from srm_lab.tasks.stories.template import PEOPLE, ROOMS, Noun
from srm_lab.tasks.task import Task

OPERATIONS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.floordiv}
SMALLEST_MAX, LARGEST_MAX = 20, 1000
_TRIES = 4000  # draws of one template before the next template gets its turn
_CANDIDATES = 4  # allowed draws among which the rarest answer is kept


@dataclass(frozen=True)
class Settings:
    """Difficulty of `word_problems`.

    steps: 1, 2, 3 or 4 calculations a problem, or a tuple of these to mix them in turn.
    max_number: no number in a problem, its results included, is larger (20 to 1000).
    known_stories: the stories are those of the train split, whatever the numbers are.
    """

    steps: int | tuple[int, ...] = 1
    max_number: int = 20
    known_stories: bool = False

    def __post_init__(self):
        steps = self.steps if isinstance(self.steps, (tuple, list, range)) else (self.steps,)
        known = all(isinstance(s, int) and not isinstance(s, bool) and s in TEMPLATES for s in steps)
        if not (known and len(steps) and len(set(steps)) == len(steps)):
            raise SrmLabError(
                f"word_problems cannot have steps={self.steps!r}.",
                "steps is 1, 2, 3 or 4, or several of these, each once, such as (1, 2).",
                'Write for example load_problems("word_problems", steps=2).',
            )
        check_integer("word_problems", "max_number", self.max_number, SMALLEST_MAX, LARGEST_MAX)
        if not isinstance(self.known_stories, bool):
            raise SrmLabError(
                f"word_problems cannot have known_stories={self.known_stories!r}.", "known_stories is True or False.",
                'Write for example load_problems("word_problems", known_stories=True).',
            )  # fmt: skip
        object.__setattr__(self, "steps", tuple(steps))

    @property
    def tag(self) -> str:
        """The settings as they stand in a problem's id, such as "s1-2/m20"."""
        return f"s{'-'.join(map(str, self.steps))}/m{self.max_number}{'/known' if self.known_stories else ''}"

    def stories(self, split: str) -> str:
        """The split whose templates are told."""
        return "train" if self.known_stories else split


class Quantity:
    """A number or an equation that prints with its noun: format(q, "box/boxes"), format(q, "empty thing")."""

    def __init__(self, text: str, value: int, thing: Noun | None):
        self.text, self.value, self.thing = text, value, thing

    def __format__(self, spec: str) -> str:
        if not spec:
            return self.text
        adjective, _, noun = spec.rpartition(" ")
        one, many = (self.thing.one, self.thing.many) if noun == "thing" else noun.split("/")
        return " ".join(filter(None, (self.text, adjective, one if self.value == 1 else many)))


@dataclass(frozen=True)
class Draw:
    """A story with its numbers worked out; equations are (left, operation, right, result)."""

    template: Template
    numbers: Mapping[str, int]
    equations: tuple[tuple[int, str, int, int], ...]

    @property
    def answer(self) -> int:
        return self.equations[-1][-1]


@dataclass
class _Made:
    """What the problems so far used up, so that the next is new."""

    questions: set[str] = field(default_factory=set)
    answers: Counter = field(default_factory=Counter)
    spent: set[str] = field(default_factory=set)


def load(n: int | None = None, seed: int = 0, split: str = "test", **settings) -> list[Problem]:
    """The first n problems of a split.

    Args: n, how many; seed, another one gives other problems of the same split; split, "train" or "test";
    settings as in `Settings`. `metadata` of each problem: steps, template, split, worked (a sentence a step),
    operations, operands (the stated numbers in order), max_number.
    Raises SrmLabError for a setting outside its values, and where there are no n different problems.
    """
    chosen = make_settings("word_problems", Settings, settings)
    n = 100 if n is None else n
    check_count("word_problems", n)
    check_integer("word_problems", "seed", seed)
    check_split("word_problems", split)
    problems: list[Problem] = []
    made = _Made()
    for index in range(n):
        problem = _new_problem(index, seed, split, chosen, made)
        if problem is None:
            raise SrmLabError(
                f"word_problems has no {n} different problems with {chosen}, split={split!r}, seed={seed}.",
                f"After {index} of them every further one was a repetition.",
                f"Ask for n={index} or fewer, raise max_number (at most {LARGEST_MAX}), or mix more steps.",
            )
        made.questions.add(problem.question)
        made.answers[problem.answer] += 1
        problems.append(problem)
    return problems


def number_split(numbers: Iterable[int]) -> str:
    """The split that a multiset of stated numbers belongs to: "test" for one in three, else "train"."""
    key = ",".join(map(str, sorted(numbers)))
    return "test" if _digest(f"word_problems numbers {key}") % 3 == 0 else "train"


def work_out(template: Template, numbers: Mapping[str, int], bound: int) -> Draw | None:
    """The story with its equations, or None where a result leaves [1, bound] or a division is not exact."""
    values, equations = dict(numbers), []
    for target, left, operation, right in template.programs:
        x, y = values[left], values[right]
        if operation == "/" and (x % y or x == y):
            return None
        result = OPERATIONS[operation](x, y)
        if not 1 <= result <= bound:
            return None
        values[target] = result
        equations.append((x, operation, y, result))
    return Draw(template, numbers, tuple(equations))


def _new_problem(index: int, seed: int, split: str, settings: Settings, made: _Made) -> Problem | None:
    """Problem `index`: from the template whose turn it is, or from the next that still has a new one."""
    steps = settings.steps[index % len(settings.steps)]
    stories = settings.stories(split)
    turn, place = divmod(index // len(settings.steps), len(_of_split(steps, stories)))
    stem = f"word_problems/{split}/{settings.tag}/{seed}"
    deck = _deck(steps, stories, random.Random(_digest(f"{stem} deck {steps} {turn}")))
    rng = random.Random(_digest(f"{stem} problem {index}"))
    for template in deck[place:] + deck[:place]:
        if template.name not in made.spent:
            problem = _new_of_template(template, f"{stem}/{index}", split, settings.max_number, rng, made)
            if problem is not None:
                return problem
            made.spent.add(template.name)
    return None


def _new_of_template(template, identity, split, bound, rng, made) -> Problem | None:
    """A problem not yet in the set, its answer the rarest among a few; None where the draws run out."""
    found: list[Problem] = []
    limits = {letter: _most(template, letter, bound) for letter in template.operands}
    for _ in range(_TRIES):
        numbers = {letter: rng.randint(2, limit) for letter, limit in limits.items()}
        draw = work_out(template, numbers, bound)
        if draw is None or number_split(numbers.values()) != split:
            continue
        problem = _write(draw, identity, split, bound, rng)
        if problem.question not in made.questions:
            found.append(problem)
            if len(found) == _CANDIDATES:
                break
    return min(found, key=lambda problem: made.answers[problem.answer], default=None)


def _write(draw: Draw, identity: str, split: str, bound: int, rng: random.Random) -> Problem:
    """The story in words, with random people and things."""
    template = draw.template
    thing = rng.choice(template.things) if template.things else None
    p, q = rng.sample(PEOPLE, 2)
    slots = {"p": p, "q": q, "room": rng.choice(ROOMS).one}
    if thing:
        slots |= {"thing": thing.one, "things": thing.many}
    slots |= {letter: Quantity(str(number), number, thing) for letter, number in draw.numbers.items()}
    worked = [
        sentence.format(eq=Quantity(f"{x} {operation} {y} = {result}", result, thing), **slots)
        for (_, sentence), (x, operation, y, result) in zip(template.steps, draw.equations)
    ]
    metadata = {
        "steps": len(worked),
        "template": template.name,
        "split": split,
        "worked": worked,
        "operations": template.operations,
        "operands": list(draw.numbers.values()),
        "max_number": bound,
    }
    return Problem(identity, template.story.format(**slots), str(draw.answer), "word_problems", metadata)


def _most(template: Template, letter: str, bound: int) -> int:
    """The largest number worth drawing: half of `bound` for a factor or divisor, whose partner is 2 or more."""
    halved = any(
        (operation == "*" and letter in (left, right)) or (operation == "/" and letter == right)
        for _, left, operation, right in template.programs
    )
    return min(template.most.get(letter, bound), bound // 2 if halved else bound)


def _of_split(steps: int, split: str) -> list[Template]:
    return [template for template in TEMPLATES[steps] if template.split == split]


def _deck(steps: int, split: str, rng: random.Random) -> list[Template]:
    """Every template once, those of the same operations as far apart as can be."""
    deck = _of_split(steps, split)
    rng.shuffle(deck)
    dealt: Counter = Counter()
    keyed = []
    for template in deck:
        keyed.append((dealt[template.operations], template))
        dealt[template.operations] += 1
    return [template for _, template in sorted(keyed, key=lambda pair: pair[0])]


def _digest(key: str) -> int:
    """A number that depends on the key alone: the same in every process, unlike `hash` of a str."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big")


TASK = Task(
    name="word_problems",
    what="arithmetic stories of 1 to 4 steps with worked steps, generated",
    settings="steps=1 (1 to 4, or several), max_number=20 (20 to 1000), known_stories=False",
    load=load,
)
