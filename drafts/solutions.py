md('''
[▶ Open in Colab](https://colab.research.google.com/github/srm-lab/srm_lab/blob/main/notebooks/solutions/03_what_quantization_does_to_reasoning.ipynb)

# 03 What quantization does to reasoning: solutions

The exercises of [notebook 03](../03_what_quantization_does_to_reasoning.ipynb), solved.

**Running time:** <!-- srm:running-time --><!-- /srm -->
''')
code('''
import srm_lab as srm

size = srm.start("03")
''')
md(EXERCISES[0])
code('''
DO = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b}


def first_wrong_step(numbers, signs, steps):
    before = numbers[0]
    for at, step in enumerate(steps):
        left, result = step.split("=")
        copied = left == f"{before}{signs[at]}{numbers[at + 1]}"
        if not copied or int(result) != DO[signs[at]](before, numbers[at + 1]):
            return at
        before = int(result)
    return None


srm.check("03.1", first_wrong_step)
''')
md(EXERCISES[1])
code('''
risk = 1 - 0.5 ** (1 / 5)
srm.check("03.2", risk)
''')
md(EXERCISES[2])
code('''
def kilobytes(weights, bits, group, votes, tokens, cache_bytes):
    bits_per_weight = bits + 24 / group
    return (weights * bits_per_weight / 8 + votes * tokens * cache_bytes) / 1000


srm.check("03.3", kilobytes)
''')
md(EXERCISES[3])
code('''
def votes_needed(curve, target):
    return next((k for k, share in enumerate(curve, 1) if share >= target), None)


srm.check("03.4", votes_needed)
''')
