"""Training: one method a file, and what they share. Import from the files: `from srm_lab.training.sft import sft`.

examples.py   what is taught            batches.py    token ids, hardly any padding
forward.py    logits with gradients     optimizer.py  AdamW, its schedule, its state
run_log.py    a run on disk             sft.py        supervised fine-tuning
chains.py     chains drawn to learn from, problems held out
distill.py    a student and its teacher star.py       a model and its own right chains
verifier.py   reward models             verifier_files.py  the same on disk, and measured
"""
