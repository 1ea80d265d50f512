from pathlib import Path
p = Path("/tmp/nb03/prose2.py"); s = p.read_text()
a = s.index("Look at the second figure from right to left."); b = s.index("''')\ndef LAYERS")
s = s[:a] + '''In the second figure each skill has its own curve. At 3 bits it is sums that fail: adding and subtracting go wrong although the numbers were copied rightly. At 2 bits copying fails too, and since every step copies, it becomes
the most common first mistake: of 500 chains, copying came first against multiplying with {m("copying_breaks_at_two_bits")} between the two.
So few bits first blur what a model knows, its tables of sums, and then how it works: looking back at the right character.
''' + s[b:]
s = s.replace('''Chains that never end or repeat a step appear at 2 bits only, where nearly all chains are wrong anyway.
''', '''Even at 2 bits, where most chains are wrong, hardly any fails to end. It is wrong, brief and sure of itself.
''')
a = s.index("wrong = [chains[0].wrong for"); b = s.index("drawn = zip(")
s = s[:a] + '''broken = [chains[0].wrong for chains in rounded("chain-cot", 2).chains]
times, copying = ([kind == asked for kind in broken] for asked in ("multiplying", "copying"))
only = sum(times), sum(copying)  # a chain has one first mistake
srm.claim(
    "03.copying_breaks_at_two_bits", "At two bits chain-cot's first mistake is more often at copying than at multiplying",
    srm.Comparison("multiplying", "copying", *paired_bootstrap(times, copying), len(broken), *only, *only, mcnemar(*only)),
)
''' + s[b:]
s = s.replace("from srm_lab.scoring.statistics import wilson\n", "from srm_lab.scoring.statistics import mcnemar, paired_bootstrap\n")
s = s.replace('''drawn = zip(*(zip(new, old) for new, old in zip(rounded("chain-cot", 3).chains, cot_chains := rounded("chain-cot", 16).chains)))
longer = {i: sum(new.tokens - old.tokens for new, old in pairs) / len(cot_chains) for i, pairs in enumerate(drawn)}
''', '''before, after = (rounded("chain-cot", bits).chains for bits in (16, 3))
longer = {
    i: sum(new[i].tokens - old[i].tokens for new, old in zip(after, before)) / len(before) for i in range(size.chains)
}
''').replace("n=len(cot_chains), at_most=1", "n=len(before), at_most=1")
p.write_text(s)
