def CLAIMS():
    code('''
def first(model, method="float16", bits=16, group=0, votes=1, **more):
    return recorded.run(recorded.cell(model, method, bits, group, **more), votes)


cot, three = first("chain-cot"), first("chain-cot", "rtn", 3, 64)
srm.claim(
    "03.eight_bits_within_a_point",
    "Eight bits change the accuracy of chain-cot by less than a point",
    srm.compare(cot, first("chain-cot", "rtn", 8, 64)),
    at_least=-0.01,
    at_most=0.01,
)
srm.claim(
    "03.inputs_in_eight_bits_too",
    "Eight bits for weights and inputs change it by less than a point",
    srm.compare(cot, first("chain-cot", "w8a8", 8)),
    at_least=-0.01,
    at_most=0.01,
)
srm.claim("03.cliff", "From four bits to three, chain-cot loses more than 10 points",
          srm.compare(first("chain-cot", "rtn", 4, 64), three), at_most=-0.10)
''')
    code('''
lengths = {
    i: sum(new[i].tokens - old[i].tokens for new, old in zip(rounded("chain-cot", 3).chains, rounded("chain-cot", 16).chains))
    for i in range(8)
}
''')
