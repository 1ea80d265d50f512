# one lane slot of at most 420 s: goes on where the last one stopped
set -e
cd /work/wt-nb13; export PYTHONPATH=/work/wt-nb13; P=/work/main/.venv/bin/python
date; echo slot began
[ -e data/checkpoints/chain-mixed/card.json ] || timeout -s INT 138 $P /tmp/nb13/train.py
date; echo trained
if [ ! -e /tmp/nb13/pilot.ok ]; then
  $P /tmp/nb13/pilot.py '[("correct",5e-4,25,{}),("correct",1.5e-3,25,{})]' && touch /tmp/nb13/pilot.ok
  date; echo piloted
fi
if [ ! -e /tmp/nb13/go ]; then
  LR=$($P /tmp/nb13/best.py); sed -i "s/learning_rate=5e-4, warmup=3/learning_rate=$LR, warmup=3/" benchmarks/grpo.py; echo chose $LR; touch /tmp/nb13/go
fi
$P benchmarks/grpo.py correct bare short price_1 kl price_3 under_trained dpo gspo dr_grpo price_10
date; echo all done; touch /tmp/nb13/all.ok
