import time, srm_lab as srm
from srm_lab.compress.recorded import load_recorded
r = load_recorded(); t=time.time(); lab = srm.widgets.quantization_lab(r); print("make", time.time()-t)
def timed(f, label):
    t=time.time(); f(); print(label, round(1000*(time.time()-t)), "ms", lab.cell.scheme.name, lab.votes.value)
timed(lambda: setattr(lab.model, "value", "chain-cot"), "model")
for b in (2,3,4,8): timed(lambda: setattr(lab.bits, "value", b), "bits")
for v in (2,5,8): timed(lambda: setattr(lab.votes, "value", v), "votes")
timed(lambda: setattr(lab.difficulty, "value", 5), "difficulty")
timed(lambda: setattr(lab.method, "value", "gptq"), "method")
timed(lambda: lab.another.click(), "another")
timed(lambda: setattr(lab.model, "value", "chain-voter"), "model")
timed(lambda: setattr(lab.difficulty, "value", None), "difficulty")
import re
print(re.sub("<[^>]+>", " ", lab.facts.value)); print(re.sub("<[^>]+>", " ", lab.example.value))
