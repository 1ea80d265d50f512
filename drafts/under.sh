cd /work/wt-nb13; export PYTHONPATH=/work/wt-nb13
date; /work/main/.venv/bin/python benchmarks/grpo.py under_trained; date
