BROKEN = 3
COT = M == "chain-cot"
MODELTEXT = '''- **chain-cot** was taught to write every step (a *chain of thought*), until it was nearly always right,
- **chain-voter** was taught the same, but its training ended early: its chains disagree, so that a vote has something to do.'''
def have_rtn3(method, bits, model):
    return have(model, method, bits, 64, "" if method in ("rtn", "nf4") else "chains")
def METHODCODE():
    models = [x for x in ("chain-cot", "chain-voter") if x in MODELS and all(have_rtn3(me, 3, x) for me in ("rtn", "gptq", "awq"))]
    for model in models:
        four = all(have_rtn3(me, 4, model) for me in ("nf4", "gptq", "awq"))
        fours = ''', 4''' if four else ''',''' 
        nf4 = '''
shown["4 bits"].insert(1, ("NF4", recorded.right(recorded.cell("%s", "nf4", 4, 64))))''' % model if four else ""
        head = '''CLEVER = {"round to nearest": "rtn", "GPTQ": "gptq", "AWQ": "awq"}
''' if model == models[0] else ""
        code(f'''
{head}shown = {{
    f"{{bits}} bits": [(name, recorded.right(recorded.cell("{model}", method, bits, 64))) for name, method in CLEVER.items()]
    for bits in (3{fours if four else ', 2' if have_rtn3('gptq', 2, model) and have_rtn3('awq', 2, model) else ','})
}}{nf4}
srm.figures.rates(shown, x="how weights are rounded", title="Cleverer rounding: {model}", top={102 if model == "chain-cot" else 40},
                  caption="Groups of 64. 500 problems, 8 chains each; GPTQ and AWQ calibrated on 64 chains.")
''')
def CLIFF():
    md(f'''
**What we saw.** Rounding to 8 bits changes chain-cot by {m("eight_bits_within_a_point")}. The cliff comes later, and it is steep: from 4 bits to 3 the model changes by
{m("cliff")}. At 2 bits nothing is left of either model.

**Why so suddenly?** Each bit less doubles the steps of the grid, so the errors double too. As long as they are small against the distance between the best next character and the second best, no character changes.
Once they are not, every character is at risk, and a chain has dozens of them.
''')
exec(open("/tmp/nb03/prose2.py").read())
