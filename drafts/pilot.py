import sys, time
sys.path.insert(0, "benchmarks")
from dataclasses import replace
import grpo as G
import srm_lab as srm
from srm_lab.training.grpo_run import grpo
from srm_lab.training.policy import measure_policy
test = srm.load_problems("arithmetic", 100, 1, "test", operations=3)
lm = srm.load_model("tiny/chain-mixed")
t=time.time(); print("start", measure_policy(lm, test, 8, max_new_tokens=40), time.time()-t, flush=True)
from srm_lab.tasks.worked import written_style
from srm_lab.training.rollouts import draw_groups, batch_of, scored
g = draw_groups(lm, test, G.question_of, G.CORRECT, 8, max_new_tokens=40, seed=3)
from collections import defaultdict
d=defaultdict(list)
for x in g:
    for r in x.rollouts: d[written_style(r.completion.text)].append(r.reward.correct is True)
print({k:(len(v), sum(v)/len(v)) for k,v in d.items()}, flush=True)
b=batch_of(g); print("logratio", float(((scored(lm.model,b)-b.old)*b.mask).abs().max()))
for name, lr, steps, over in eval(sys.argv[1]):
    e = G.EXPERIMENTS[name]
    s = replace(G.SETTINGS, learning_rate=lr, steps=steps, **{**e.changes, **over})
    lm = srm.load_model(e.start)
    rows=[]
    t=time.time()
    grpo(lm, G.train_problems(steps*s.prompts, 0), e.reward, s, on_step=lambda st: rows.append(st.metrics), seconds=100)
    print(name, lr, over, f"{time.time()-t:.1f}s draw {sum(r['draw_seconds'] for r in rows):.1f} learn {sum(r['learn_seconds'] for r in rows):.1f}")
    for k in ("pass_rate","reward","length","flat_share","clip_share","entropy","grad_norm"):
        print("  ", k, [round(r.get(k,-1),2) for r in rows][::3], flush=True)
    print("  after", measure_policy(lm, test, 4, max_new_tokens=40), flush=True)
