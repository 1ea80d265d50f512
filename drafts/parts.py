"""The parts of the notebook that depend on what was measured: $NAME$ -> source."""
import json
from pathlib import Path

FILE = Path("/work/wt-nb05/data/results/students.json")
rows = list(json.loads(FILE.read_text()).values()) if FILE.exists() else []
HAVE = {(r["arm"], r["size"]) for r in rows}


def have(*arms, size="0.1M"):
    return all((a, size) in HAVE for a in arms)


def C(source): return f'code(r"""\n{source.strip()}\n""")\n'
def M(source): return f'md(r"""\n{source.strip()}\n""")\n'
def claim(key, text, a, b, bounds="", size=None):
    s = f', "{size}"' if size else ""
    return C(f'srm.claim("05.{key}", "{text}", **students.evidence(measured, "{a}", "{b}"{s}){bounds})')
def num(key, form="interval"): return f"<!-- srm:measured 05.{key} {form} --><!-- /srm -->"
def missing(arms): return M(f"This comparison is not recorded yet. It is measured by\n\n    python benchmarks/students.py {arms} --seeds 0 1 2")


say = json.loads(Path("/tmp/nb05/say.json").read_text()) if Path("/tmp/nb05/say.json").exists() else {}
P, claims_ = {}, []
SETUP = """measured = students.load()
LABELS = {row["arm"]: row["what"] for row in measured}


def show(title, *arms, sizes=("0.1M",)):
    rows = [row for of_size in sizes for arm in arms for row in students.of(measured, arm, of_size)]
    return srm.figures.students(rows, title, LABELS)"""
WHY = """**Why.** Answers alone ask a model of two layers for three operations in one pass. Chains ask it for one operation at a time, which it knows already;
the student only has to learn to write them down in order. The steps are not a longer way to say the answer: they are a different, easier function to learn.
This is what [Hsieh et al. 2023](https://arxiv.org/abs/2305.02301) found for real models: with steps, smaller models and fewer examples were enough."""
INTRO = """## 6. Is it luck, or the number of tokens?

One student is one throw of the dice: its first weights and the order of its data. And a chain has several times as many learned tokens as an answer.
So a script does the same for several seeds, and also teaches students answers alone at *equal tokens*. That takes longer than a notebook should, so its results are loaded here:

    python benchmarks/students.py nothing traces answers "answers, equal tokens" --seeds 0 1 2"""
claims_ += [C('srm.claim(\n    "05.traces_beat_answers_here",\n    "In this notebook, chains teach at least 30 points more than answers alone at equal examples",\n    live_gain,\n    at_least=0.3,\n)')]
both = have("traces", "answers")
tokens = both and have("answers, equal tokens")
if both:
    arms = ", ".join(f'"{a}"' for a in ("nothing", "answers", "answers, equal tokens", "traces") if have(a))
    seen = f"**What we saw.** Chains beat answers alone by {num('traces_beat_answers')} at equal examples"
    claims_ += [claim("traces_beat_answers", "At equal examples, chains teach at least 30 points more than answers alone", "answers", "traces", ", at_least=0.3")]
    if tokens:
        seen += f",\nand by {num('traces_beat_more_answers')} at equal tokens. "
        claims_ += [claim("traces_beat_more_answers", "At equal tokens, chains teach at least 30 points more than answers alone", "answers, equal tokens", "traces", ", at_least=0.3")]
    else:
        seen += ". The students at equal tokens are not recorded yet. "
    P["SEEDS"] = M(INTRO) + C(SETUP + f'\n\n\nshow("What 0.1M students solve", {arms})') + M(seen + say.get("traces", "") + "\n\n" + WHY)
else:
    P["SEEDS"] = M(INTRO) + C(SETUP) + M("These students are not recorded yet.\n\n" + WHY)
if have("logits"):
    P["LOGITS"] = C('show("Texts against distributions", "traces", "logits")') + M(
        f"**What we saw.** Learning the distributions instead of the texts changed accuracy by {num('distributions_beat_texts')}. " + say.get("logits", "") +
        "\n\nIt needs the teacher in memory at every step, and a student with the same tokens. Texts need neither, which is why chains of closed models can be distilled at all.")
    claims_ += [claim("distributions_beat_texts", "A student taught with the teacher's distributions solves more than one taught with its texts", "traces", "logits")]
else:
    P["LOGITS"] = missing("traces logits")
if have("weak teacher, all", "weak teacher, right"):
    P["WEAK"] = C('show("What a weak teacher teaches", "weak teacher, all", "weak teacher, right", ' + ('"weak teacher, right of 4", ' if have("weak teacher, right of 4") else "") + '"traces")') + M(
        f"**What we saw.** Keeping only right chains changed accuracy by {num('filter_helps')}. " + say.get("weak", ""))
    claims_ += [claim("filter_helps", "A student of a weak teacher solves more if it sees only the right chains", "weak teacher, all", "weak teacher, right")]
else:
    P["WEAK"] = missing('"weak teacher, all" "weak teacher, right" "weak teacher, right of 4"')
if have("weak teacher, right", "weak teacher, right of 4"):
    P["SEVERAL"] = M(f"**What we saw.** With all right ones of four chains instead of one, accuracy changed by {num('several_chains_help')} (the third student of the figure above). " + say.get("several", ""))
    claims_ += [claim("several_chains_help", "Four chains a question of a weak teacher, filtered, teach more than one", "weak teacher, right", "weak teacher, right of 4")]
else:
    P["SEVERAL"] = ""
if have("drafts", "checked", "traces"):
    bigger = have("drafts", "checked", "traces", size="0.6M")
    arms = '"drafts", "traces", "checked"' + (', "mix"' if have("mix") else "")
    P["GAP"] = C(f'show("Short, plain and long chains", {arms}' + (', sizes=("0.1M", "0.6M")' if bigger else "") + ")")
    text = f"**What we saw.** For the small student, long chains changed accuracy by {num('long_chains_hurt_the_small_student')} against plain ones, and drafts by {num('drafts_hurt_the_small_student')}. "
    claims_ += [claim("long_chains_hurt_the_small_student", "The smallest student solves less when every step of its teacher's chains is checked", "traces", "checked", ", at_least=None, at_most=0.0"),
                claim("drafts_hurt_the_small_student", "The smallest student solves less when its teacher's chains are drafts", "traces", "drafts", ", at_least=None, at_most=0.0")]
    if have("mix"):
        text += f"One long chain to four plain ones, against long ones alone: {num('mixing_helps')}. "
        claims_ += [claim("mixing_helps", "The smallest student solves more with one checked chain to four plain ones than with checked ones alone", "checked", "mix")]
    if bigger:
        text += f"For the larger student, long chains changed it by {num('long_chains_help_the_larger_student')}. "
        claims_ += [claim("long_chains_help_the_larger_student", "A student of 0.6M solves more when every step of its teacher's chains is checked", "traces", "checked", size="0.6M")]
    else:
        text += "\n\nA larger student is not recorded yet: `python benchmarks/students.py drafts traces checked mix --size 0.6M`."
    P["GAP"] += M(text + say.get("gap", ""))
else:
    P["GAP"] = missing("drafts traces checked mix")
P["CLAIMS"] = "".join(claims_)
