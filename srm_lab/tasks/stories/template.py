"""The stories of `word_problems`: pure data, one template a story, with its worked steps.

A story names its numbers a, b, c ...; `{a:thing}` prints a number with the story's noun in the right number
("1 apple", "3 apples"), `{b:box/boxes}` with a noun of its own, `{b}` alone. `{p}` and `{q}` are two people,
`{p.he}`, `{p.He}`, `{p.him}`, `{p.his}` their pronouns. Each step is a program line ("d = a + b") and a
sentence in which `{eq:thing}` prints the equation worked out of that line ("3 + 4 = 7 apples"): the sentence
cannot disagree with the arithmetic.

Within each number of steps, both splits use all four operations, so that worked examples from the train
split teach what the test split asks. Left out: fractions, rates, percentages, and numbers that are only
implied ("a dozen", "twice"): a small model should stumble over the reasoning, not over the English.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Noun:
    one: str
    many: str


@dataclass(frozen=True)
class Person:
    """A name with its pronouns; `str` of it is the name."""

    name: str
    he: str
    him: str
    his: str

    @property
    def He(self) -> str:  # noqa: N802 - the pronoun as it opens a sentence
        return self.he.capitalize()

    @property
    def His(self) -> str:  # noqa: N802
        return self.his.capitalize()

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Template:
    """One story. `most` caps a number that would be absurd when large (friends, dollars a ticket)."""

    name: str
    split: str
    story: str
    steps: tuple[tuple[str, str], ...]
    things: tuple[Noun, ...] = ()
    most: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def programs(self) -> tuple[tuple[str, str, str, str], ...]:
        """Each step as (target, left, operation, right): "d = a + b" is ("d", "a", "+", "b")."""
        lines = (program.split() for program, _ in self.steps)
        return tuple((target, left, operation, right) for target, _, left, operation, right in lines)

    @cached_property
    def operations(self) -> str:
        """The operations in order, such as "*-"."""
        return "".join(operation for _, _, operation, _ in self.programs)

    @cached_property
    def operands(self) -> tuple[str, ...]:
        """The letters of the numbers that the story states, in alphabetical order."""
        read = {letter for _, left, _, right in self.programs for letter in (left, right)}
        return tuple(sorted(read - {target for target, _, _, _ in self.programs}))


def nouns(text: str) -> tuple[Noun, ...]:
    """Nouns out of "apple, box/boxes": those without a plural of their own take an s."""
    pairs = (word.strip().split("/") for word in text.split(","))
    return tuple(Noun(pair[0], pair[1] if len(pair) > 1 else pair[0] + "s") for pair in pairs)


_WOMEN = (
    "Anna, Maria, Mia, Emma, Lucy, Sara, Nina, Amina, Priya, Mei, Zoe, Rosa, Clara, Leila, Grace, Hana, "
    "Julia, Olga, Fatima, Ruth, Ivy, Elena, Kate, Dana"
)
_MEN = (
    "Tom, Ben, Sam, Leo, Max, Omar, Ravi, Ken, Paul, Luis, Jack, Adam, Noah, Ali, Peter, Hugo, Diego, Mark, "
    "Felix, Yusuf, Finn, Oscar, Ivan, David"
)
PEOPLE = tuple(Person(name, "she", "her", "her") for name in _WOMEN.split(", ")) + tuple(
    Person(name, "he", "him", "his") for name in _MEN.split(", ")
)

FRUIT = nouns("apple, pear, plum, peach/peaches, orange, lemon, mango/mangoes, banana, fig, kiwi")
BAKED = nouns("cookie, muffin, bun, cupcake, pancake, waffle, bagel, roll")
SMALL = nouns("marble, sticker, shell, button, bead, stamp, coin, pebble, toy car, badge")
SCHOOL = nouns("pencil, crayon, marker, pen, eraser, paper clip, ruler, notebook")
GOODS = nouns("candle, cup, ball, book, mug, plate, spoon, hat, kite, basket")
CRAFTS = nouns("candle, cup, bowl, basket, kite, hat, toy")
FLOWERS = nouns("rose, tulip, daisy/daisies, lily/lilies, sunflower, daffodil, pansy/pansies")
CARRIERS = nouns("bus/buses, train, tram, boat, ferry/ferries, plane")
ROOMS = nouns("hall, theater, gym, tent, cinema, church/churches")
SEATED = nouns("chair, seat, stool, bench/benches")
LOTS = nouns("car, truck, van, bike, scooter, taxi")
