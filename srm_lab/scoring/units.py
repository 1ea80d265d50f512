"""Units of measure, known only well enough to tell when two of them contradict.

A unit that is not listed here (apples, students; pounds, which are mass or money) is ignored. Left out: compound
units (km/h counts as km), temperatures of different scales, and all that would need more than a factor to convert.
"""

from __future__ import annotations

from fractions import Fraction

# dimension -> {unit: (factor to the dimension's base, every way to write it)}
_TABLE: dict[str, dict[str, tuple[Fraction, str]]] = {
    "dollars": {
        "dollar": (Fraction(1), "$ \\$ us$ usd dollar dollars buck bucks"),
        "cent": (Fraction(1, 100), "cent cents ¢"),
    },
    "euros": {"euro": (Fraction(1), "€ eur euro euros")},
    "pounds sterling": {"pound sterling": (Fraction(1), "£ gbp quid")},
    "yen": {"yen": (Fraction(1), "¥ jpy yen yuan rmb")},
    "rupees": {"rupee": (Fraction(1), "₹ inr rs rupee rupees")},
    "percent": {"percent": (Fraction(1), "% \\% percent")},
    "angle": {"degree": (Fraction(1), "° degree degrees deg")},
    "length": {
        "kilometre": (Fraction(1000), "km kilometer kilometers kilometre kilometres"),
        "metre": (Fraction(1), "m meter meters metre metres"),
        "centimetre": (Fraction(1, 100), "cm centimeter centimeters centimetre centimetres"),
        "millimetre": (Fraction(1, 1000), "mm millimeter millimeters millimetre millimetres"),
        "mile": (Fraction(1609344, 1000), "mile miles mi"),
        "yard": (Fraction(9144, 10000), "yard yards yd"),
        "foot": (Fraction(3048, 10000), "foot feet ft"),
        "inch": (Fraction(254, 10000), "inch inches"),
    },
    "mass": {
        "kilogram": (Fraction(1000), "kg kilogram kilograms kilo kilos"),
        "gram": (Fraction(1), "g gram grams"),
        "milligram": (Fraction(1, 1000), "mg milligram milligrams"),
        "pound": (Fraction(45359237, 100000), "lb lbs"),
        "ounce": (Fraction(45359237, 1600000), "oz ounce ounces"),
    },
    "time": {
        "week": (Fraction(604800), "week weeks"),
        "day": (Fraction(86400), "day days"),
        "hour": (Fraction(3600), "h hr hrs hour hours"),
        "minute": (Fraction(60), "min mins minute minutes"),
        "second": (Fraction(1), "s sec secs second seconds"),
    },
    "calendar": {
        "year": (Fraction(12), "year years yr yrs"),
        "month": (Fraction(1), "month months"),
    },
    "volume": {
        "litre": (Fraction(1), "l liter liters litre litres"),
        "millilitre": (Fraction(1, 1000), "ml milliliter milliliters millilitre millilitres"),
        "gallon": (Fraction(3785411784, 1000000000), "gallon gallons gal"),
    },
}

# every way to write a unit -> (dimension, factor)
UNITS: dict[str, tuple[str, Fraction]] = {
    spelling: (dimension, factor)
    for dimension, units in _TABLE.items()
    for factor, spellings in units.values()
    for spelling in spellings.split()
}
TIME_WORDS = frozenset(
    word
    for dimension in ("time", "calendar")
    for _, spellings in _TABLE[dimension].values()
    for word in spellings.split()
    if len(word) > 2
)
MONEY = frozenset(UNITS[sign] for sign in ("$", "cent", "€", "£", "¥", "₹"))
