import json, sys, time
import srm_lab as srm
from srm_lab import profiles
nb = json.load(open("/work/wt-nb03/notebooks/03_what_quantization_does_to_reasoning.ipynb"))
lo, hi = int(sys.argv[1]), int(sys.argv[2])
skip = [int(x) for x in sys.argv[3:]]
import pandas
g = {"pd": pandas, "srm": srm, "size": profiles.sizes("03", profiles.named("cpu"))}
import ast
must = [5, 8, 15]
for i, c in enumerate(nb["cells"]):
    if c["cell_type"] != "code" or i in skip or not (i in must or lo <= i <= hi): continue
    src = "".join(c["source"])
    tree = ast.parse(src); last = tree.body[-1]
    t = time.time()
    if isinstance(last, ast.Expr) and i >= lo:
        exec(compile(ast.Module(tree.body[:-1], []), "x", "exec"), g)
        v = eval(compile(ast.Expression(last.value), "x", "eval"), g)
        if hasattr(v, "to_string"): print(v.to_string())
        elif hasattr(v, "data"):
            for tr in v.data[:6]: print("  ", tr.name, [round(y, 1) for y in (tr.y or [])])
    else: exec(compile(tree, "x", "exec"), g)
    print(i, round(time.time() - t, 2), "s", flush=True)
