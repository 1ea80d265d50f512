"""The one-step and two-step stories. How a story is written is told in `template.py`."""

from __future__ import annotations

from srm_lab.tasks.stories.template import (
    BAKED,
    CARRIERS,
    CRAFTS,
    FLOWERS,
    FRUIT,
    GOODS,
    LOTS,
    SCHOOL,
    SEATED,
    SMALL,
    Template,
    nouns,
)

ONE_STEP = (
    Template(
        "gift",
        "train",
        "{p} has {a:thing}. {q} gives {p.him} {b} more. How many {things} does {p} have now?",
        (("c = a + b", "{p} now has {eq:thing}."),),
        FRUIT + SMALL + SCHOOL,
    ),
    Template(
        "two_places",
        "train",
        "There are {a:thing} in a bag and {b:thing} in a box. How many {things} are there in all?",
        (("c = a + b", "In all there are {eq:thing}."),),
        FRUIT + SMALL + SCHOOL + GOODS,
    ),
    Template(
        "eaten",
        "train",
        "{p} has {a:thing} and eats {b} of them. How many {things} are left?",
        (("c = a - b", "{p} has {eq:thing} left."),),
        FRUIT + BAKED,
        {"b": 20},
    ),
    Template(
        "how_many_more",
        "train",
        "{p} has {a:thing} and {q} has {b:thing}. How many more {things} does {p} have than {q}?",
        (("c = a - b", "The difference is {eq:thing}."),),
        SMALL + SCHOOL + GOODS,
    ),
    Template(
        "boxes",
        "train",
        "{p} has {a:box/boxes}. There are {b:thing} in each box. How many {things} does {p} have in all?",
        (("c = a * b", "In all {p} has {eq:thing}."),),
        SMALL + SCHOOL + BAKED + FRUIT,
        {"a": 20},
    ),
    Template(
        "price",
        "train",
        "One {thing} costs {a:dollar/dollars}. {p} buys {b:thing}. How many dollars does {p} pay?",
        (("c = a * b", "{p} pays {eq:dollar/dollars}."),),
        GOODS,
        {"a": 20},
    ),
    Template(
        "share",
        "train",
        "{p} shares {a:thing} equally among {b:friend/friends}. How many {things} does each friend get?",
        (("c = a / b", "Each friend gets {eq:thing}."),),
        FRUIT + BAKED + SMALL,
        {"b": 12},
    ),
    Template(
        "bags",
        "train",
        "{p} has {a:thing} and puts {b} of them in each bag. How many bags does {p} fill?",
        (("c = a / b", "{p} fills {eq:bag/bags}."),),
        FRUIT + BAKED + SMALL,
        {"b": 20},
    ),
    Template(
        "get_on",
        "test",
        "There are {a:person/people} on a {thing}. Then {b} more people get on. How many people are on "
        "the {thing} now?",
        (("c = a + b", "The {thing} now carries {eq:person/people}."),),
        CARRIERS,
    ),
    Template(
        "two_days",
        "test",
        "On Monday {p} sells {a:thing}. On Tuesday {p.he} sells {b:thing}. How many {things} does {p} "
        "sell on both days together?",
        (("c = a + b", "On both days together {p} sells {eq:thing}."),),
        BAKED + FLOWERS + GOODS,
    ),
    Template(
        "give_away",
        "test",
        "{p} has {a:thing} and gives {b} of them to {q}. How many {things} does {p} still have?",
        (("c = a - b", "{p} still has {eq:thing}."),),
        FRUIT + SMALL + SCHOOL,
    ),
    Template(
        "drive_away",
        "test",
        "There are {a:thing} in a parking lot. Then {b} of them leave. How many {things} are still there?",
        (("c = a - b", "The parking lot still has {eq:thing}."),),
        LOTS,
    ),
    Template(
        "rows",
        "test",
        "A {room} has {a:row/rows} of {things}. Each row has {b:thing}. How many {things} does the {room} have?",
        (("c = a * b", "The {room} has {eq:thing}."),),
        SEATED,
        {"a": 30},
    ),
    Template(
        "every_day",
        "test",
        "{p} makes {a:thing} every day. How many {things} does {p} make in {b:day/days}?",
        (("c = a * b", "In {b:day/days} {p} makes {eq:thing}."),),
        BAKED + CRAFTS,
        {"b": 30},
    ),
    Template(
        "plates",
        "test",
        "{p} puts {a:thing} on {b:plate/plates}, with the same number on each plate. How many {things} "
        "are on each plate?",
        (("c = a / b", "On each plate there are {eq:thing}."),),
        BAKED + FRUIT,
        {"b": 12},
    ),
    Template(
        "teams",
        "test",
        "{p} divides a class of {a:student/students} into teams of {b:student/students} each. How many "
        "teams are there?",
        (("c = a / b", "There are {eq:team/teams}."),),
        (),
        {"b": 12},
    ),
)

TWO_STEPS = (
    Template(
        "get_then_lose",
        "train",
        "{p} has {a:thing}. {q} gives {p.him} {b} more. Then {p} loses {c} of them. How many {things} "
        "does {p} have now?",
        (("d = a + b", "First {p} has {eq:thing}."), ("e = d - c", "Then {p} has {eq:thing}.")),
        SMALL + SCHOOL,
    ),
    Template(
        "boxes_and_more",
        "train",
        "{p} buys {a:box/boxes} with {b:thing} in each box. {p.He} already has {c:thing} at home. How "
        "many {things} does {p} have now?",
        (("d = a * b", "{p} buys {eq:thing}."), ("e = d + c", "Now {p} has {eq:thing}.")),
        SMALL + SCHOOL + GOODS,
        {"a": 20},
    ),
    Template(
        "shop_sells",
        "train",
        "A shop has {a:box/boxes} with {b:thing} in each box. It sells {c:thing}. How many {things} are "
        "left in the shop?",
        (("d = a * b", "First the shop has {eq:thing}."), ("e = d - c", "Then it has {eq:thing} left.")),
        FRUIT + GOODS + SCHOOL,
        {"a": 20},
    ),
    Template(
        "keep_and_share",
        "train",
        "{p} has {a:thing}. {p.He} keeps {b} of them and shares the rest equally among "
        "{c:friend/friends}. How many {things} does each friend get?",
        (("d = a - b", "{p} shares {eq:thing}."), ("e = d / c", "Each friend gets {eq:thing}.")),
        FRUIT + BAKED + SMALL,
        {"c": 12},
    ),
    Template(
        "two_pickers",
        "train",
        "{p} picks {a:thing} and {q} picks {b:thing}. They put all of them in bags, with {c:thing} in "
        "each bag. How many bags do they fill?",
        (("d = a + b", "Together they pick {eq:thing}."), ("e = d / c", "They fill {eq:bag/bags}.")),
        FRUIT + nouns("mushroom, berry/berries, pumpkin, tomato/tomatoes"),
        {"c": 20},
    ),
    Template(
        "more_than",
        "train",
        "{p} has {a:thing}. {q} has {b} more than {p}. How many {things} do they have together?",
        (("c = a + b", "{q} has {eq:thing}."), ("d = a + c", "Together they have {eq:thing}.")),
        SMALL + SCHOOL + GOODS,
    ),
    Template(
        "on_and_off",
        "test",
        "There are {a:person/people} on a {thing}. At the first stop {b} people get on. At the second "
        "stop {c} people get off. How many people are on the {thing} now?",
        (
            ("d = a + b", "After the first stop the {thing} carries {eq:person/people}."),
            ("e = d - c", "After the second stop the {thing} carries {eq:person/people}."),
        ),
        CARRIERS[:5],
    ),
    Template(
        "tickets_and_drink",
        "test",
        "{p} buys {a:ticket/tickets} for {b:dollar/dollars} each and a {thing} for {c:dollar/dollars}. "
        "How many dollars does {p} spend?",
        (
            ("d = a * b", "The tickets cost {eq:dollar/dollars}."),
            ("e = d + c", "In all {p} spends {eq:dollar/dollars}."),
        ),
        nouns("drink, sandwich/sandwiches, map, poster, T-shirt, toy, guide book"),
        {"a": 12, "b": 40, "c": 40},
    ),
    Template(
        "rows_empty",
        "test",
        "A {room} has {a:row/rows} with {b:thing} in each row. People are sitting on {c} of the {things}. "
        "How many {things} are empty?",
        (("d = a * b", "The {room} has {eq:thing}."), ("e = d - c", "That leaves {eq:empty thing}.")),
        SEATED,
        {"a": 30},
    ),
    Template(
        "spend_then_buy",
        "test",
        "{p} has {a:dollar/dollars}. {p.He} spends {b:dollar/dollars} on lunch. With the rest {p.he} buys "
        "{things} for {c:dollar/dollars} each. How many {things} does {p} buy?",
        (("d = a - b", "After lunch {p} has {eq:dollar/dollars}."), ("e = d / c", "{p} buys {eq:thing}.")),
        GOODS + FLOWERS,
        {"b": 40, "c": 20},
    ),
    Template(
        "two_kinds_of_plates",
        "test",
        "{p} bakes {a:thing} in the morning and {b:thing} in the evening. {p.He} puts them all on "
        "{c:plate/plates}, with the same number on each plate. How many {things} are on each plate?",
        (("d = a + b", "In all {p} bakes {eq:thing}."), ("e = d / c", "On each plate there are {eq:thing}.")),
        BAKED[:4] + nouns("biscuit, pie, tart, scone"),
        {"c": 12},
    ),
    Template(
        "fewer_than",
        "test",
        "{p} sells {a:thing}. {q} sells {b} fewer than {p}. How many {things} do they sell together?",
        (("c = a - b", "{q} sells {eq:thing}."), ("d = a + c", "Together they sell {eq:thing}.")),
        FLOWERS + GOODS + BAKED,
    ),
)
