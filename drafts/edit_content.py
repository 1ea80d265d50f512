from pathlib import Path
p = Path("/tmp/nb03/content.py"); s = p.read_text()
s = s.replace('''    counted = lambda at, sign: "all" if sign in KINDS[kind] else None
    return step_risks(recorded.problems, cell, counted, [kind])["all"]
''', '''    return step_risks(recorded.problems, cell, lambda at, sign: "all" if sign in KINDS[kind] else None, [kind])["all"]
''')
s = s.replace('''rows = {
    part: {
        "right answers, %": 100 * alone[part].rate,
        "divergence, nats a token": sum(found[2] for name, found in divergence.items() if part in name.replace("layers.", "layer ")),
    }
    for part in PARTS
}
pd.DataFrame(rows).T.round(3)
''', '''moved = {
    part: sum(found[2] for name, found in divergence.items() if part in name.replace("layers.", "layer "))
    for part in PARTS
}
pd.DataFrame(
    {"right answers, %": {part: 100 * alone[part].rate for part in PARTS}, "divergence, nats a token": moved}
).round(3)
''')
s = s.replace('''pd.DataFrame({model: {b: recorded.tokens(rounded(model, b)) for b in BITS} for model in MODELS}).round(1).rename_axis("bits")
''', '''lengths = pd.DataFrame({model: {b: recorded.tokens(rounded(model, b)) for b in BITS} for model in MODELS})
lengths.round(1).rename_axis("bits: mean tokens a chain")
''')
s = s.replace('''    {model: [(bits, recorded.right(cached(model, bits))) for bits in (16, 8, 4, 3, 2)] for model in ("chain-cot", "chain-voter")},
''', '''    {
        model: [(bits, recorded.right(cached(model, bits))) for bits in (16, 8, 4, 3, 2)]
        for model in ("chain-cot", "chain-voter")
    },
''')
p.write_text(s)
