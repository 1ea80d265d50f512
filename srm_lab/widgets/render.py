"""From a snapshot to HTML: pure functions, which tests call without a kernel.

Text of a model, a problem or an error is data. It reaches the page through `escape` only, and `chain_text` cuts it
to a length that a browser draws ten times a second. Meaning is carried by words and symbols; colour only repeats it.
"""

from __future__ import annotations

import html
from collections.abc import Mapping

from ..records import Problem, Verdict
from .snapshots import ChainShot, ColumnShot, Failure, RunShot
from .tally import TallyRow

SHOWN_CHARACTERS = 4000  # of one chain; the rest is left out in the middle, never around the answer
SHOWN_CHAINS = 64
_NEAR_ANSWER = 600  # characters kept on each side of the answer, in a text that has to be cut


def escape(text: object) -> str:
    """Text as HTML: the only way in which anything from outside reaches the page."""
    return html.escape(str(text).encode("utf-8", "replace").decode(), quote=True)  # lone surrogates cannot be sent


def chain_text(text: str, span: tuple[int, int] | None = None, limit: int = SHOWN_CHARACTERS) -> str:
    """A chain's text, escaped, with its answer in <mark>; white space before it is left out.

    span: character offsets into text, or None.
    """
    start, end = span if span and 0 <= span[0] < span[1] <= len(text) else (len(text), len(text))
    blank = min(len(text) - len(text.lstrip()), start)
    text, start, end = text[blank:], start - blank, end - blank
    head, tail = limit // 4, max(limit // 2, 1)
    if len(text) <= limit:
        before, after = text[:start], text[end:]
        return escape(before) + _mark(text[start:end]) + escape(after)
    if start == end:
        return escape(text[:head]) + _left_out(len(text) - head - tail) + escape(text[-tail:])
    return _cut(text[:start], keep_end=True) + _mark(text[start:end][:limit]) + _cut(text[end:], keep_end=False)


def _mark(answer: str) -> str:
    return f'<mark title="the answer that was read">{escape(answer)}</mark>' if answer else ""


def _cut(part: str, keep_end: bool) -> str:
    """One side of the answer in a long text: both of its ends, the one next to the answer longer."""
    first, last = (_NEAR_ANSWER, _NEAR_ANSWER * 2) if keep_end else (_NEAR_ANSWER * 2, _NEAR_ANSWER)
    if len(part) <= first + last:
        return escape(part)
    return escape(part[:first]) + _left_out(len(part) - first - last) + escape(part[-last:])


def _left_out(characters: int) -> str:
    return f'<span class="srm-cut"> … {characters:,} characters not shown … </span>'


def tokens(count: int) -> str:
    """A number of tokens in words."""
    return f"{count:,} token" if count == 1 else f"{count:,} tokens"


def verdict_of(verdict: Verdict | None, graded: bool, finish: str = "", answer: str | None = None) -> tuple[str, str]:
    """(kind, words) of a verdict: kind is "right", "wrong", "open" or "plain", words open with a symbol."""
    if finish == "cancelled":
        return "plain", "■ stopped"
    if not graded:
        return "plain", "○ not graded" if answer is not None else "○ no answer found"
    if verdict is None or verdict.correct is None:
        return "open", "… unfinished"
    if verdict.correct:
        return "right", "✓ right"
    return "wrong", "✗ wrong" if verdict.extracted is not None else "✗ no answer found"


def badge(kind: str, words: str, reason: str = "") -> str:
    """A small label."""
    return f'<span class="srm-badge srm-{kind}" title="{escape(reason)}">{escape(words)}</span>'


def chain(shot: ChainShot, number: int, column: ColumnShot) -> str:
    """One chain as a card; with a head of its own where the method draws several."""
    caret = '<span class="srm-caret" aria-hidden="true"></span>' if shot.writing else ""
    body = f'<div class="srm-text">{chain_text(shot.text, shot.span)}{caret}</div>'
    if not column.several:
        return f'<div class="srm-chain">{body}</div>'
    ended = bool(shot.finish)
    label = badge(*verdict_of(shot.verdict, column.graded, shot.finish, shot.answer), _reason(shot)) if ended else ""
    head = f'<div class="srm-chain-head"><span>Chain {number}</span>{label}<span>{tokens(shot.tokens)}</span></div>'
    return f'<div class="srm-chain srm-card" data-chain="{number}">{head}<div class="srm-scroll">{body}</div></div>'


def _reason(shot: ChainShot) -> str:
    return shot.verdict.reason if shot.verdict else ""


def vote(counts: Mapping[str, float], abstained: int, winner: str | None) -> str:
    """How often each answer was reached, as bars; chains without a readable answer stand last."""
    total = sum(counts.values()) + abstained or 1
    ordered = sorted(counts.items(), key=lambda item: (item[0] != winner, -item[1]))
    rows = [_bar(answer, count, total, answer == winner) for answer, count in ordered[:8]]
    if len(ordered) > 8:
        rest = sum(count for _, count in ordered[8:])
        rows.append(_bar(f"{len(ordered) - 8} other answers", rest, total, False))
    if abstained:
        rows.append(_bar("no answer", abstained, total, False))
    return f'<div class="srm-vote" role="list" aria-label="the vote">{"".join(rows)}</div>'


def _bar(answer: str, count: float, total: float, wins: bool) -> str:
    name = escape(answer if len(answer) <= 24 else f"{answer[:22]}…")
    kind = "srm-vote-row srm-wins" if wins else "srm-vote-row"
    return (
        f'<div class="{kind}" role="listitem"><span class="srm-vote-name">{name}</span>'
        f'<span class="srm-vote-track"><span style="width:{100 * count / total:.1f}%"></span></span>'
        f'<span class="srm-vote-count">{count:g} of {total:g}{" · winner" if wins else ""}</span></div>'
    )


def failure(problem: Failure) -> str:
    """An error as a reader needs it, with the traceback folded away."""
    lines = [f"<b>{escape(problem.what)}</b>"]
    lines += [f"<div>{escape(problem.why)}</div>"] if problem.why else []
    lines += [f"<div>What to do: {escape(problem.fix)}</div>"] if problem.fix else []
    if problem.details:
        lines.append(
            f"<details><summary>Technical details</summary><pre>{escape(problem.details[-6000:])}</pre></details>"
        )
    return f'<div class="srm-failure" role="alert"><span aria-hidden="true">⚠</span><div>{"".join(lines)}</div></div>'


def column(shot: ColumnShot) -> str:
    """One method: what it is, its verdict, its chains, its vote, what it cost."""
    parts = [
        f'<h4 title="{escape(shot.about)}">{escape(shot.title)}</h4>',
        f'<div class="srm-settings">{escape(shot.settings)}</div>',
    ]
    if shot.failure:
        parts.append(failure(shot.failure))
    if shot.counts is not None:
        parts.append(vote(shot.counts, shot.abstained, shot.answer))
    elif shot.several and not shot.failure and shot.state in ("waiting", "running"):
        parts.append('<div class="srm-quiet srm-vote-wait">A vote is counted when every chain has ended.</div>')
    cards = [chain(one, number, shot) for number, one in enumerate(shot.chains[:SHOWN_CHAINS], 1)]
    if len(shot.chains) > SHOWN_CHAINS:
        cards.append(f'<div class="srm-quiet">and {len(shot.chains) - SHOWN_CHAINS} chains more</div>')
    if not cards and not shot.failure:
        cards.append(f'<div class="srm-quiet">{escape(_waiting(shot))}</div>')
    kind = "srm-chains srm-several" if shot.several else "srm-chains"
    parts.append(f'<div class="{kind}">{"".join(cards)}</div>')
    cost = "" if shot.state == "waiting" else f"{tokens(shot.tokens)} · {shot.seconds:.1f} s"
    parts.append(f'<div class="srm-cost">{_label(shot)}<span>{cost}</span></div>')
    wide = " srm-wide" if shot.several else ""
    return f'<section class="srm-column{wide}" data-state="{shot.state}">{"".join(parts)}</section>'


def _waiting(shot: ColumnShot) -> str:
    words = {"waiting": "Waiting for Run.", "running": "Reading the question …", "stopped": "Stopped before it wrote."}
    return words.get(shot.state, "It wrote nothing.")


def _label(shot: ColumnShot) -> str:
    if shot.state == "done":
        reason = shot.verdict.reason if shot.verdict else ""
        return badge(*verdict_of(shot.verdict, shot.graded, "", shot.answer), reason)
    words = {"running": "writing", "failed": "⚠ failed", "stopped": "■ stopped"}.get(shot.state)
    return badge("plain", words) if words else ""


def problem(shown: Problem, place: str = "") -> str:
    """The question, with the reference answer and its worked steps folded away for a reader who wants to guess."""
    steps = "".join(f"<li>{escape(step)}</li>" for step in shown.metadata.get("worked", ()))
    steps = f"<ol>{steps}</ol>" if steps else ""
    answer = f"<summary>Show the reference answer</summary><div><b>{escape(shown.answer)}</b>{steps}</div>"
    answer = f"<details>{answer}</details>"
    if not shown.answer:
        answer = '<div class="srm-quiet">No reference answer: the methods are shown but not graded.</div>'
    label = f'<div class="srm-quiet">{escape(place)}</div>' if place else ""
    return f'<div class="srm-problem">{label}<p>{escape(shown.question)}</p>{answer}</div>'


def tally(rows: tuple[TallyRow, ...]) -> str:
    """The table of all problems since the last reset, each rate with its interval drawn from 0 to 100 %."""
    if not rows:
        return '<div class="srm-tally srm-quiet">Tally: empty. Every graded problem you run is counted here.</div>'
    names = "".join(f"<th scope='col'>{name}</th>" for name in _TALLY_COLUMNS)
    several = len({row.model for row in rows}) > 1
    body = "".join(_tally_row(row, several) for row in rows)
    note = (
        "A dot is the share of right answers, its line the Wilson 95 % interval. An unfinished chain is not right. "
        "A problem that is run again counts once, with its latest run. Methods that run side by side share the "
        "machine, and the seconds include that."
    )
    return (
        f'<div class="srm-tally"><div class="srm-tally-title">Tally since the last reset</div><table><thead><tr>{names}'
        f'</tr></thead><tbody>{body}</tbody></table><div class="srm-quiet">{note}</div></div>'
    )


_TALLY_COLUMNS = ("method", "right", "share of right answers, 0 to 100 %", "tokens a problem", "seconds a problem")


def _tally_row(row: TallyRow, several_models: bool) -> str:
    value = row.accuracy
    notes = [f"{row.unfinished} unfinished" * bool(row.unfinished), f"{row.failed} failed" * bool(row.failed)]
    notes = ", ".join(note for note in notes if note)
    settings = f"{row.settings} · {row.model}" if several_models else row.settings
    words = f"{100 * value.rate:.0f} % [{100 * value.low:.0f} to {100 * value.high:.0f}]" if value.n else "none ran"
    return (
        f'<tr><th scope="row">{escape(row.title)}<div class="srm-quiet">{escape(settings)}</div></th>'
        f'<td><b>{value.k}</b> of {value.n}<div class="srm-quiet">{escape(notes)}</div></td>'
        f"<td>{interval(value)}<div>{words}</div></td>"
        f"<td>{row.tokens:,.0f}</td><td>{row.seconds:.1f}</td></tr>"
    )


def interval(value) -> str:
    """A proportion as a dot on a line from 0 to 1."""
    if not value.n:
        return ""
    low, width, rate = 100 * value.low, 100 * (value.high - value.low), 100 * value.rate
    return (
        f'<div class="srm-interval" aria-hidden="true"><span style="left:{low:.1f}%;width:{width:.1f}%"></span>'
        f'<i style="left:{rate:.1f}%"></i></div>'
    )


_STATES = {
    "loading": "Loading {model} …",
    "running": "Writing …",
    "stopping": "Stopping at the next token …",
    "stopped": "Stopped. What was written so far is shown.",
    "done": "Done.",
    "failed": "The run could not start.",
}


def status(shot: RunShot) -> str:
    """One sentence that changes only when the state does: a screen reader speaks it."""
    words = _STATES.get(shot.state, "").format(model=shot.model)
    if shot.total > 1 and shot.state in ("done", "stopped"):
        words = f"{words} {shot.finished} of {shot.total} problems are through."
    return f'<div class="srm-status" role="status">{escape(words)}</div>'


def meter(shot: RunShot) -> str:
    """The numbers beside the sentence, which change with every token."""
    if shot.state in ("idle", "failed"):
        return ""
    rate = f" · {shot.tokens / shot.seconds:.0f} tokens a second" if shot.tokens and shot.seconds > 0.2 else ""
    numbers = f"{tokens(shot.tokens)} · {shot.seconds:.1f} s{rate}" if shot.tokens else f"{shot.seconds:.1f} s"
    place = f"problem {min(shot.position + 1, shot.total)} of {shot.total} · " if shot.total > 1 else ""
    return f'<div class="srm-meter" aria-hidden="true">{place}{numbers}</div>'
