r"""Numerals in messy text, and their exact values.

Reads 18, -18, 1,234,567, 1 234, 1{,}234, 1.234,5, .5, 1/2, 3 1/2, 3½, \frac{1}{2}, 0.\overline{3}, 1.5e-3,
1.5 x 10^3, 10⁶, $5k, 2.5 million, 50%, twenty-one, three and a half, 2 hours 30 minutes. What only looks like one
number (2x, 3\pi, 2^10, 1:30, 1.2.3, 12/25/2024, (3,4), 1/0) is returned as a numeral with a `problem` instead of a
value, so that no part of it is ever taken for an answer.

Everything works on text that `plain` has made lower-case and same-length. Values are exact fractions, never floats.
Left out: number words (see `number_words`), roman numerals, hexadecimal, ordinals in words, and arithmetic:
"9 + 9" is two numerals, not 18.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import NamedTuple

from .number_words import PART, PARTS, SCALES, WORDS, words_value
from .units import UNITS

MAX_DIGITS = 1000  # longer integers are compared digit by digit; longer fractions are not read
MAX_EXPONENT = 1000
MAX_NUMERALS = 2000  # in one piece of text; nobody writes more, and each costs time

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SUFFIX_SCALES = {**SCALES, "hundred": 100, "dozen": 12, "k": 10**3, "mn": 10**6, "bn": 10**9}

_FRAC = r"\\[dtc]?frac ?(?:\{ ?([^{}]{1,99}?) ?\}|(\d)) ?(?:\{ ?([^{}]{1,99}?) ?\}|(\d))"
_NUMERAL = re.compile(
    rf"""
      (?P<run> (?=[.\d]) (?<![^\W_]) (?<![^\W_]_) (?<!\\) (?:(?<!\.)\.)? \d+
               (?: (?: [,.'_:] | \{{,\}} | \\[,!; ] | ,\\! | [ ]?/[ ]? | [ ](?=\d{{3}}(?![ ]?/|\d)) ) \d+ )* )
    | (?P<frac> {_FRAC.replace(" ", "[ ]")} )
    | (?P<vulgar> [½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞] )
    | (?P<alien> (?=[\\√π∞sli]) (?: \\(?:[dtc]?frac|sqrt|binom|log|ln|sin|cos|tan|pi|infty|int|sum)(?![a-z])
               | [√π∞] | (?<![a-z\d])(?:sqrt|log|infinity)(?![a-z]) ) )
    | (?P<words> {WORDS} )
    """,
    re.VERBOSE,
)
_FRAC_RE = re.compile(_FRAC)
_TIMES_TEN = re.compile(
    r"e([-+]?\d+)(?!\w)"
    r"| ?(?:[x×*·⋅]|\\times|\\cdot) ?10 ?(?:\^ ?\{? ?([-+]?\d+) ?\}?|\*\* ?([-+]?\d+)|([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))"
)
_POWER_OF_TEN = re.compile(r" ?(?:\^ ?\{? ?([-+]?\d+) ?\}?|\*\* ?([-+]?\d+)|([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))")
_OVERLINE = re.compile(r"(\.\d*)?(?<=[.\d])\\overline ?\{(\d{1,99})\}|\.\\overline ?\{(\d{1,99})\}")
_MIXED = re.compile(r"(?: | and |-)?(?:(\d{1,9}) ?/ ?(\d{1,9})(?![\d/:]|\.\d)|([½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞]))")
_AND_PART = re.compile(rf" and (?:an?|one|(three)) ({PART})(?![a-z])")
_SCALE_AFTER = re.compile(r" ?(hundred|thousand|million|billion|trillion|dozen)s?(?![a-z])|(k|mn|bn)(?!\w)")
_MONEY_SCALE = re.compile(r" ?([mb])(?![a-z])")  # $5M: without a currency, m is a metre
_MONEY_SCALES = {"m": 10**6, "b": 10**9}
_NOT_A_NUMBER_AFTER = re.compile(
    r"\^(?! ?\{? ?\\circ)|\*\* ?\d|[⁰¹²³⁴⁵⁶⁷⁸⁹ⁿπ√θ]"
    r"| ?\\(?:sqrt|pi|theta|alpha|log|ln|sqrt|frac)(?![a-z])| ?[xyzn](?![a-z0-9])(?! ?[\d(])"
    r"|(?:sqrt|pi|log)(?![a-z])|[a-fijo-rt-wx-z](?![a-z'])|x\d|\(\d|\d| ?±"
)
_UNIT_AFTER = re.compile(
    r"(?:\\[,;!] ?|[ ~-]| ?\\(?:text|mathrm|textrm|mbox)(?:\{|bf\{) ?)?"
    r"(\\?%|°|\^ ?\{? ?\\circ ?\}?|€|£|¥|₹|¢"
    r"|(?:us |more |extra )?(square |cubic |sq\.? )?([a-z]+)([²³]|\^\{?[23]\}?)?)"
)
_CURRENCY = re.compile(r"((?:us)?\\?\$|€|£|¥|₹|(?<![a-z])usd|(?<![a-z])rs\.?) ?$")
_MAY_BELONG = frozenset("$-€£¥₹.ds")  # what may stand before "$ 18", "- 18", "rs. 18", "usd 18"
_SUFFIX_STARTS = frozenset("x×*·⋅\\0123456789ahtmbd½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞^")  # after a space
_NOTHING_FOLLOWS = frozenset((" +", " =", ", ", "; ", ")."))  # neither a unit nor more of the numeral
_SIGN = re.compile(r"(?:(?<![\w)}\]'-])-|(?<![a-z])(?:negative|minus) )$")
_ONLY_WORDS = re.compile(
    r"(?:[\s\\{}%.²³^/$°*!,-]|(?<=\^)[23]|(?<=\{)[23](?=\})|[a-z]{2,}|(?<![a-z])[mglsh](?![a-z])){0,80}"
)
_MORE_MATHEMATICS = re.compile(
    r"\\(?!text|mathrm|textrm|mbox|circ)[a-z]|(?<![a-z])(?:pi|sqrt|times|plus|minus|and|or|to|log)(?![a-z])|!"
)
_GROUPED = re.compile(
    r"[1-9]\d{0,2}(?:(?:,\d{3})+|(?:'\d{3})+|(?:_\d{3})+|(?: \d{3})+)(?:\.\d+)?"
    r"|[1-9]\d?(?:,\d{2})+,\d{3}(?:\.\d+)?"
)
_POINT_GROUPED = re.compile(r"[1-9]\d{0,2}(?:(?:\.\d{3})+,\d+|(?:\.\d{3}){2,}|(?: \d{3})+,\d+)")
_LATEX_COMMA = re.compile(r"\{,\}|,\\!|\\[,!; ]")


class Numeral(NamedTuple):
    """One numeral (a tuple, because a frozen dataclass takes five times as long to make).

    start, end: offsets; sign, currency and percent sign lie inside them.
    canonical: the exact value as text ("18", "-0.5", "1/3"), or None where `problem` says what is wrong.
    value: the same as a fraction; None also for integers of over MAX_DIGITS digits.
    decimals: digits written after the point, None for a value that was written as a fraction.
    unit: (dimension, factor to its base unit) where a known unit or currency is written, else None.
    """

    start: int
    end: int
    canonical: str | None
    value: Fraction | None = None
    decimals: int | None = 0
    unit: tuple[str, Fraction] | None = None
    problem: str = ""
    word: bool = False
    unit_end: int = 0


def canonical(value: Fraction) -> str:
    """The shortest exact writing: "18", "0.5" where the decimals end, else "1/3"."""
    if value.denominator == 1:
        return str(value.numerator)
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    places = max(twos, fives)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def numerals(low: str, start: int = 0, stop: int | None = None) -> list[Numeral]:
    """Every numeral in `low[start:stop]` (text made plain), from left to right."""
    stop = len(low) if stop is None else min(stop, len(low))
    found: list[Numeral] = []
    position = start
    while len(found) < MAX_NUMERALS and (match := _NUMERAL.search(low, position, stop)):
        numeral = _read(low, match, stop)
        position = max(match.end(), numeral.end, numeral.unit_end)
        if found and (merged := _compound(low, found[-1], numeral)):
            found[-1] = merged
        else:
            found.append(numeral)
    return found


def has_numeral(low: str, start: int, stop: int) -> bool:
    """Whether `low[start:stop]` holds a numeral: spares reading what holds none."""
    return _NUMERAL.search(low, start, stop) is not None


def parse_number(text_plain: str) -> Numeral | None:
    """The one numeral that the whole text (made plain) is, with a unit at most; None where it is anything else."""
    body = text_plain.strip().strip("*").strip()
    for opening, closing in (("\\boxed{", "}"), ("\\(", "\\)"), ("$", "$")):
        if body.startswith(opening) and body.endswith(closing) and len(body) > len(opening) + len(closing):
            body = body[len(opening) : -len(closing)].strip()
    found = numerals(body)
    if len(found) != 1 or found[0].canonical is None:
        return None
    before, after = body[: found[0].start].strip(" +"), body[found[0].end :]
    if before or not _ONLY_WORDS.fullmatch(after) or _MORE_MATHEMATICS.search(after):
        return None
    return found[0]


def _read(low: str, match: re.Match, stop: int) -> Numeral:
    kind = match.lastgroup
    start, end = match.span()
    if kind == "alien":
        return Numeral(start, end, None, problem="is an expression, not a number")
    if kind == "words":
        return _finish(low, start, end, stop, words_value(match.group("words")), 0, word=True)
    if kind == "vulgar":
        return _finish(low, start, end, stop, _vulgar(match.group()), None)
    if kind == "frac":
        return _finish(low, start, end, stop, _latex_fraction(match.group("frac")), None)
    return _read_run(low, start, end, stop)


def _read_run(low: str, start: int, end: int, stop: int) -> Numeral:
    run = low[start:end]
    if len(run) > MAX_DIGITS:
        return _read_long(low, start, end)
    value, decimals = _plain_run(run)
    if value is None:
        return Numeral(start, end, None, problem="is not one number")
    if end == stop or low[end] in ".\n" or low[end : end + 2] in _NOTHING_FOLLOWS:  # the usual case
        return _finish(low, start, end, stop, value, decimals, suffixes=low.startswith(".\\over", end))
    if "," in run and low[start - 1 : start] in ("(", "[", "{") and low[end] in ")]}" and decimals:
        return Numeral(start, end, None, problem="is a list, not a number")
    return _finish(low, start, end, stop, value, decimals)


def _read_long(low: str, start: int, end: int) -> Numeral:
    """An integer too long for arithmetic stays a string of digits; anything else so long is not read."""
    digits = _LATEX_COMMA.sub(",", low[start:end])
    if _GROUPED.fullmatch(digits) and "." not in digits:
        digits = re.sub(r"[,'_ ]", "", digits)
    if not digits.isdigit():
        return Numeral(start, end, None, problem=f"has over {MAX_DIGITS} digits and is not an integer")
    negative = _sign(low, start)
    text = digits.lstrip("0") or "0"
    return Numeral(start - negative, end, "-" + text if negative else text, unit_end=end)


def _plain_run(run: str) -> tuple[Fraction | None, int | None]:
    """The value of a run of digits and separators, and its decimals; (None, _) where it is not one number."""
    if run.isdigit():
        return Fraction(int(run)), 0
    if "/" in run:
        parts = [_plain_run(part.strip())[0] for part in run.split("/")]
        if len(parts) != 2 or None in parts or parts[1] == 0:
            return None, 0
        return parts[0] / parts[1], None
    if "\\" in run or "{" in run:
        run = _LATEX_COMMA.sub(",", run)
    if _GROUPED.fullmatch(run):
        run = re.sub(r"[,'_ ]", "", run)
    elif _POINT_GROUPED.fullmatch(run):
        run = run.replace(".", "").replace(" ", "").replace(",", ".")
    else:
        run = run.replace(",", ".")
    whole, _, decimals = run.partition(".")
    if not (whole or "0").isdigit() or (decimals and not decimals.isdigit()):
        return None, 0
    return Fraction(int(whole + decimals or "0"), 10 ** len(decimals)), len(decimals)


def _finish(low, start, end, stop, value, decimals, *, word=False, suffixes=True) -> Numeral:
    """Adds what stands around the digits: exponent, mixed fraction, scale, sign, unit."""
    if value is not None and suffixes and _may_go_on(low, end):
        value, decimals, end = _suffixes(low, start, end, stop, value, decimals)
    if value is None:
        return Numeral(start, end, None, problem="is not one number", word=word)
    begin, negative, currency = _before(low, start)
    if low.endswith(("±", "± ", "\\pm", "\\pm "), 0, begin):
        return Numeral(begin, end, None, problem="stands for two numbers", word=word)
    if suffixes and (problem := _NOT_A_NUMBER_AFTER.match(low, end, stop)):
        return Numeral(begin, problem.end(), None, problem="is an expression, not a number", word=word)
    if currency and (money := _MONEY_SCALE.match(low, end)):
        value, decimals, end = value * _MONEY_SCALES[money.group(1)], 0, money.end()
    unit, end, unit_end = _unit(low, end, stop) if suffixes else (None, end, end)
    value = -value if negative else value
    return Numeral(begin, end, canonical(value), value, decimals, unit or currency, word=word, unit_end=unit_end)


def _may_go_on(low: str, end: int) -> bool:
    """Whether an exponent, a fraction or a scale could follow: spares the usual numeral five patterns."""
    return low[end : end + 1] != " " or low[end + 1 : end + 2] in _SUFFIX_STARTS


def _suffixes(low, start, end, stop, value, decimals):
    if low.startswith("10", start) and end - start == 2 and (power := _POWER_OF_TEN.match(low, end, stop)):
        return (*_scaled(Fraction(1), 0, power), power.end())
    if power := _TIMES_TEN.match(low, end, stop):
        return (*_scaled(value, decimals or 0, power), power.end())
    if repeated := _OVERLINE.match(low, end, stop):
        return _repeating(value, decimals or 0, repeated.group(2) or repeated.group(3)), None, repeated.end()
    if decimals == 0 and (mixed := _MIXED.match(low, end, stop)):
        top, bottom, vulgar = mixed.groups()
        part = _vulgar(vulgar) if vulgar else Fraction(int(top), int(bottom)) if int(bottom) else None
        if part is not None and part < 1:
            return value + part, None, mixed.end()
    if decimals == 0 and low.startswith("\\", end) and (part := _FRAC_RE.match(low, end, stop)):
        fraction = _latex_fraction(part.group())
        return (value + fraction if fraction is not None and 0 < fraction < 1 else None), None, part.end()
    if part := _AND_PART.match(low, end, stop):
        return value + Fraction(3 if part.group(1) else 1, PARTS[part.group(2)]), None, part.end()
    if scale := _SCALE_AFTER.match(low, end, stop):
        scaled = value * _SUFFIX_SCALES[scale.group(1) or scale.group(2)]
        return scaled, (decimals if scaled.denominator > 1 else 0), scale.end()
    return value, decimals, end


def _scaled(value: Fraction, decimals: int, power: re.Match) -> tuple[Fraction | None, int]:
    written = next(group for group in power.groups() if group)
    exponent = written.translate(_SUPERSCRIPTS)
    if len(exponent) > 5 or abs(int(exponent)) > MAX_EXPONENT:
        return None, 0
    return value * Fraction(10) ** int(exponent), max(0, decimals - int(exponent))


def _repeating(value: Fraction, decimals: int, digits: str) -> Fraction:
    return value + Fraction(int(digits), 10**decimals * (10 ** len(digits) - 1))


def _vulgar(character: str) -> Fraction:
    top, bottom = unicodedata.normalize("NFKD", character).split("⁄")
    return Fraction(int(top), int(bottom))


def _latex_fraction(text: str) -> Fraction | None:
    a, b, c, d = _FRAC_RE.fullmatch(text).groups()
    top, bottom = a or b, c or d
    sign = -1 if top.startswith("-") else 1
    values = [_plain_run(part)[0] for part in (top.lstrip("-").strip(), bottom.strip()) if part[:1]]
    if len(values) != 2 or None in values or values[1] == 0:
        return None
    return sign * values[0] / values[1]


def _sign(low: str, start: int) -> int:
    """1 where an attached minus stands before `start`, else 0."""
    return int(low[start - 1 : start] == "-" and not low[max(0, start - 2) : start - 1].isalnum())


def _before(low: str, start: int) -> tuple[int, bool, tuple | None]:
    """What stands before the digits: where the numeral begins, whether it is negative, its currency."""
    plain_start = start == 0 or (low[start - 1] == " " and low[max(0, start - 2) : start - 1] not in _MAY_BELONG)
    if plain_start and not low.endswith(("negative ", "minus "), max(0, start - 9), start):
        return start, False, None
    window = low[max(0, start - 10) : start]
    currency, at = None, len(window)
    if match := _CURRENCY.search(window):
        currency, at = UNITS[match.group(1).rstrip(".")], match.start()
    if match := _SIGN.search(window[:at]):
        return start - len(window) + match.start(), True, currency
    return start - len(window) + at, False, currency


def _unit(low: str, end: int, stop: int) -> tuple[tuple | None, int, int]:
    """The unit after the digits, the numeral's end (a percent sign belongs to it), and the unit's end."""
    match = _UNIT_AFTER.match(low, end, stop)
    if not match:
        return None, end, end
    written, power_word, word, power_sign = match.group(1, 2, 3, 4)
    if word is None:
        name = "°" if "circ" in written else written
        return UNITS[name], (match.end() if name in ("%", "\\%") else end), match.end()
    unit = UNITS.get(word)
    if unit is None:
        return None, end, end
    if power_word or power_sign:
        cubic = (power_word or "").startswith("cubic") or (power_sign or "")[-2:].strip("^{}") in ("3", "³")
        power = 3 if cubic else 2
        unit = (f"{unit[0]} to the power {power}", unit[1] ** power)
    return unit, end, match.end()


def _compound(low: str, first: Numeral, second: Numeral) -> Numeral | None:
    """2 hours 30 minutes, $3 and 50 cents: one quantity in the first one's unit."""
    if not (first.unit and second.unit) or first.value is None or second.value is None:
        return None
    if first.unit[0] != second.unit[0] or second.unit[1] >= first.unit[1] or first.decimals != 0:
        return None
    between = low[max(first.end, first.unit_end) : second.start].strip(" ,}")
    if between not in ("", "and"):
        return None
    value = first.value + second.value * second.unit[1] / first.unit[1]
    return Numeral(first.start, second.unit_end, canonical(value), value, None, first.unit, unit_end=second.unit_end)
