"""The three-step and four-step stories. How a story is written is told in `template.py`."""

from __future__ import annotations

from srm_lab.tasks.stories.template import (
    BAKED,
    CARRIERS,
    CRAFTS,
    FLOWERS,
    FRUIT,
    GOODS,
    SCHOOL,
    SMALL,
    Template,
    nouns,
)

THREE_STEPS = (
    Template(
        "bags_and_boxes",
        "train",
        "{p} has {a:bag/bags} with {b:thing} in each bag and {c:box/boxes} with {d:thing} in each box. "
        "How many {things} does {p} have in all?",
        (
            ("e = a * b", "In the bags there are {eq:thing}."),
            ("f = c * d", "In the boxes there are {eq:thing}."),
            ("g = e + f", "In all {p} has {eq:thing}."),
        ),
        FRUIT + SMALL + BAKED,
        {"a": 20, "c": 20},
    ),
    Template(
        "find_lose_share",
        "train",
        "{p} has {a:thing} and finds {b} more. {p.He} loses {c} of them and shares the rest equally among "
        "{d:friend/friends}. How many {things} does each friend get?",
        (
            ("e = a + b", "First {p} has {eq:thing}."),
            ("f = e - c", "After the loss {p} has {eq:thing}."),
            ("g = f / d", "Each friend gets {eq:thing}."),
        ),
        SMALL,
        {"d": 12},
    ),
    Template(
        "boxes_get_sell",
        "train",
        "A shop has {a:box/boxes} with {b:thing} in each box. It gets {c} more {things} and then sells "
        "{d:thing}. How many {things} are left in the shop?",
        (
            ("e = a * b", "In the boxes there are {eq:thing}."),
            ("f = e + c", "With the new ones there are {eq:thing}."),
            ("g = f - d", "After the sale the shop has {eq:thing}."),
        ),
        FRUIT + GOODS + SCHOOL,
        {"a": 20},
    ),
    Template(
        "share_and_own",
        "train",
        "{p} has {a:thing}. {p.He} keeps {b} of them and shares the rest equally among "
        "{c:friend/friends}. One of them is {q}, who already had {d:thing}. How many {things} does {q} "
        "have now?",
        (
            ("e = a - b", "{p} shares {eq:thing}."),
            ("f = e / c", "Each friend gets {eq:thing}."),
            ("g = d + f", "Now {q} has {eq:thing}."),
        ),
        SMALL + SCHOOL,
        {"c": 12},
    ),
    Template(
        "pick_give_boxes",
        "train",
        "{p} fills {a:basket/baskets} with {b:thing} each. {p.He} gives {c} of the {things} to {q} and "
        "packs the rest in boxes of {d}. How many boxes does {p} pack?",
        (
            ("e = a * b", "{p} has {eq:thing}."),
            ("f = e - c", "After the gift {p} has {eq:thing}."),
            ("g = f / d", "{p} packs {eq:box/boxes}."),
        ),
        FRUIT,
        {"a": 20, "d": 20},
    ),
    Template(
        "two_kinds_of_tickets",
        "test",
        "{p} buys {a:child ticket/tickets} for {b:dollar/dollars} each and {c:adult ticket/tickets} for "
        "{d:dollar/dollars} each. How many dollars does {p} pay?",
        (
            ("e = a * b", "The child tickets cost {eq:dollar/dollars}."),
            ("f = c * d", "The adult tickets cost {eq:dollar/dollars}."),
            ("g = e + f", "In all {p} pays {eq:dollar/dollars}."),
        ),
        (),
        {"a": 12, "b": 30, "c": 12, "d": 60},
    ),
    Template(
        "trays_eat_pack",
        "test",
        "{p} bakes {a:tray/trays} with {b:thing} on each tray. {p.His} family eats {c} of the {things}. "
        "{p} puts the rest in bags of {d}. How many bags does {p} fill?",
        (
            ("e = a * b", "{p} bakes {eq:thing}."),
            ("f = e - c", "After the meal {p} has {eq:thing}."),
            ("g = f / d", "{p} fills {eq:bag/bags}."),
        ),
        BAKED[:4] + nouns("biscuit, pie, tart, scone"),
        {"a": 20, "c": 30, "d": 20},
    ),
    Template(
        "save_and_spend",
        "test",
        "{p} has {a:dollar/dollars}. {p.He} earns {b:dollar/dollars} on Saturday and {c:dollar/dollars} "
        "on Sunday. Then {p.he} buys a {thing} for {d:dollar/dollars}. How many dollars does {p} have "
        "left?",
        (
            ("e = a + b", "After Saturday {p} has {eq:dollar/dollars}."),
            ("f = e + c", "After Sunday {p} has {eq:dollar/dollars}."),
            ("g = f - d", "{p} has {eq:dollar/dollars} left."),
        ),
        GOODS,
    ),
    Template(
        "vases",
        "test",
        "{p} has {a:thing} and buys {b} more. {p.He} puts them all in {c:vase/vases}, with the same "
        "number in each vase. Then {d} of the {things} in the first vase wilt. How many fresh {things} "
        "are in the first vase?",
        (
            ("e = a + b", "In all {p} has {eq:thing}."),
            ("f = e / c", "In each vase there are {eq:thing}."),
            ("g = f - d", "The first vase still has {eq:fresh thing}."),
        ),
        FLOWERS,
        {"c": 12},
    ),
    Template(
        "team_trip",
        "test",
        "On a trip there are {a:girl/girls}, {b:boy/boys} and {c:teacher/teachers}. They ride in "
        "{things}, with {d} people in each {thing}. How many {things} do they need?",
        (
            ("e = a + b", "There are {eq:child/children}."),
            ("f = e + c", "With the teachers there are {eq:person/people}."),
            ("g = f / d", "They need {eq:thing}."),
        ),
        nouns("van, car, boat, cable car, taxi, jeep"),
        {"c": 12, "d": 12},
    ),
)

FOUR_STEPS = (
    Template(
        "baker",
        "train",
        "A baker bakes {a:tray/trays} with {b:thing} on each tray and then {c} more {things}. The baker "
        "sells {d} of the {things} and packs the rest in bags of {e}. How many bags does the baker pack?",
        (
            ("f = a * b", "On the trays there are {eq:thing}."),
            ("g = f + c", "With the others there are {eq:thing}."),
            ("h = g - d", "After the sale the baker has {eq:thing}."),
            ("i = h / e", "The baker packs {eq:bag/bags}."),
        ),
        BAKED,
        {"a": 20, "e": 20},
    ),
    Template(
        "change",
        "train",
        "{p} buys {a:thing} for {b:dollar/dollars} each and {c:map/maps} for {d:dollar/dollars} each. "
        "{p.He} pays with {e:dollar/dollars}. How many dollars does {p} get back?",
        (
            ("f = a * b", "The {things} cost {eq:dollar/dollars}."),
            ("g = c * d", "The maps cost {eq:dollar/dollars}."),
            ("h = f + g", "In all {p} spends {eq:dollar/dollars}."),
            ("i = e - h", "{p} gets back {eq:dollar/dollars}."),
        ),
        GOODS + SCHOOL,
        {"a": 20, "b": 30, "c": 20, "d": 30},
    ),
    Template(
        "buy_and_give_away",
        "train",
        "{p} has {a:thing}. On Monday {p.he} buys {b} more. On Tuesday {p.he} gives away {c}. On "
        "Wednesday {p.he} buys {d} more. On Thursday {p.he} gives away {e}. How many {things} does {p} "
        "have now?",
        (
            ("f = a + b", "On Monday {p} has {eq:thing}."),
            ("g = f - c", "On Tuesday {p} has {eq:thing}."),
            ("h = g + d", "On Wednesday {p} has {eq:thing}."),
            ("i = h - e", "On Thursday {p} has {eq:thing}."),
        ),
        SMALL + SCHOOL + GOODS,
    ),
    Template(
        "friend_packs",
        "train",
        "{p} has {a:thing} and {q} has {b:thing}. They put them together and share them equally among "
        "{c:child/children}. Each child also gets {d:bag/bags} with {e:thing} in each bag. How many "
        "{things} does each child get in all?",
        (
            ("f = a + b", "Together they have {eq:thing}."),
            ("g = f / c", "From these each child gets {eq:thing}."),
            ("h = d * e", "From the bags each child gets {eq:thing}."),
            ("i = g + h", "In all each child gets {eq:thing}."),
        ),
        SMALL + BAKED,
        {"c": 12, "d": 12},
    ),
    Template(
        "flower_shop",
        "test",
        "A flower shop has {a:bucket/buckets} with {b:thing} in each bucket. It buys {c} more {things}, "
        "and {d} of the {things} wilt. The fresh ones are tied in bunches of {e}. How many bunches are "
        "there?",
        (
            ("f = a * b", "In the buckets there are {eq:thing}."),
            ("g = f + c", "With the new ones there are {eq:thing}."),
            ("h = g - d", "That leaves {eq:fresh thing}."),
            ("i = h / e", "There are {eq:bunch/bunches}."),
        ),
        FLOWERS,
        {"a": 20, "e": 20},
    ),
    Template(
        "market_day",
        "test",
        "{p} goes to the market with {a:dollar/dollars}. {p.He} sells {b:thing} for {c:dollar/dollars} "
        "each. Then {p.he} buys {d:kilo/kilos} of rice for {e:dollar/dollars} each. How many dollars does "
        "{p} have now?",
        (
            ("f = b * c", "For the {things} {p} gets {eq:dollar/dollars}."),
            ("g = a + f", "Then {p} has {eq:dollar/dollars}."),
            ("h = d * e", "The rice costs {eq:dollar/dollars}."),
            ("i = g - h", "Now {p} has {eq:dollar/dollars}."),
        ),
        FLOWERS + CRAFTS,
        {"b": 20, "c": 30, "d": 20, "e": 20},
    ),
    Template(
        "long_ride",
        "test",
        "There are {a:person/people} on a {thing}. At the first stop {b} people get on and {c} people get "
        "off. At the second stop {d} people get on and {e} people get off. How many people are on the "
        "{thing} now?",
        (
            ("f = a + b", "After {b} people get on, the {thing} carries {eq:person/people}."),
            ("g = f - c", "After {c} people get off, it carries {eq:person/people}."),
            ("h = g + d", "After {d} more people get on, it carries {eq:person/people}."),
            ("i = h - e", "After {e} people get off, it carries {eq:person/people}."),
        ),
        CARRIERS[:5],
    ),
    Template(
        "school_fair",
        "test",
        "For a school fair {p} paints {a:mask/masks} a day for {b:day/days}, and {q} paints "
        "{c:mask/masks}. They keep {d} of the masks and put the rest in boxes of {e}. How many boxes do "
        "they fill?",
        (
            ("f = a * b", "{p} paints {eq:mask/masks}."),
            ("g = f + c", "Together they paint {eq:mask/masks}."),
            ("h = g - d", "They put {eq:mask/masks} in boxes."),
            ("i = h / e", "They fill {eq:box/boxes}."),
        ),
        (),
        {"b": 20, "e": 20},
    ),
)
