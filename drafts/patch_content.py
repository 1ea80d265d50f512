from pathlib import Path
s = Path("/tmp/nb03/content_full.py").read_text()
s = s.replace("## 11. Votes that buy", "## @. Votes that buy")
import re
s = re.sub(r"\n## \d+\. ", "\n## @. ", s)
# head: models
s = s.replace('''- **chain-cot** was taught to write every step (a *chain of thought*),
- **chain-direct** was taught to write the answer alone,
- **chain-voter** was taught steps too, but its training ended early: its chains disagree, so that a vote has something to do.
''', '''MODELTEXT
''')
s = s.replace('The three models have the same size, 0.6 million weights:', 'The models have the same size, 0.6 million weights:')
s = s.replace('this notebook uses three tiny models that were', 'this notebook uses tiny models that were')
s = s.replace('All of what follows rests on chains that were drawn beforehand, eight for each problem and each way of storing a model, at temperature 0.7:', 'All that follows rests on chains that were drawn beforehand, up to eight for each problem and each way of storing a model, at temperature 0.7:')
s = s.replace('MODELS = ("chain-cot", "chain-direct", "chain-voter")\n', 'MODELS = MODELSTUPLE\n')
s = s.replace("BITS = (16, 8, 7, 6, 5, 4, 3, 2)\n", "BITS = BITSTUPLE\n")
s = s.replace('Does it fall step by step, or all at once? Which model falls first: the one that reasons, or the one that answers directly?', 'Does it fall step by step, or all at once?')
s = s.replace('for bits in (16, 5, 4, 3, 2)\n', 'for bits in (16, 8, 4, 3, 2)\n')
s = s.replace('shown = [rounded("chain-voter", bits) for bits in (16, 8, 5, 4, 3)]', 'shown = [rounded("chain-voter", bits) for bits in (16, 8, 5, 4, 3)]')
# methods section
a = s.index("code('''\nGROUPS = {"); b = s.index("METHODS()")
s = s[:a] + "METHODCODE()\n" + s[b:]
s = s.replace(" And what do smaller groups win, which cost memory for their scales?", "")
a = s.index("md('''\n## @. What should calibration read?"); b = s.index("CALIBRATION()\n"); calib = s[a:b+14]
s = s[:a] + "CALIBSECTION\n" + s[b+14:]
a = s.index("md('''\n## @. Fewer bits for what was written"); b = s.index("KV()\n"); kv = s[a:b+5]
s = s[:a] + "KVSECTION\n" + s[b+5:]
a = s.index("md('''\n## @. Which layers break first?"); b = s.index("LAYERS()\n"); layers = s[a:b+9]
s = s[:a] + "LAYERSECTION\n" + s[b+9:]
s = s.replace("LAYERSECTION\n", "if LAYERS_OK:\n" + "".join("    " + l + "\n" if False else l + "\n" for l in [f"    exec({layers!r})"]))
s = s.replace("CALIBSECTION\n", f"if CALIB:\n    exec({calib!r})\n")
s = s.replace("KVSECTION\n", f"if KV_MODELS:\n    exec({kv!r})\n")
# pandas import needed where used first
Path("/tmp/nb03/content.py").write_text(s)
