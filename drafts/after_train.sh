cd /work/wt-nb13; export PYTHONPATH=/work/wt-nb13
while [ ! -e data/checkpoints/chain-mixed/card.json ]; do sleep 2; done
/tmp/lane 150 /work/main/.venv/bin/python /tmp/nb13/pilot.py '[("correct",5e-4,30,{}),("correct",1.5e-3,30,{})]' > /tmp/nb13/pilot1.log 2>&1
