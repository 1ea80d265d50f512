"""Training: one method a file, and what they share. Import from the files: `from srm_lab.training.sft import sft`.

examples.py   what is taught            batches.py    token ids, hardly any padding
forward.py    logits with gradients     optimizer.py  AdamW, its schedule, its state
run_log.py    a run on disk             sft.py        supervised fine-tuning
"""
