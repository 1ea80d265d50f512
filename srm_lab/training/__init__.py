"""Training: one method a file, and what they share. Import from the files: `from srm_lab.training.sft import sft`.

examples.py   what is taught            batches.py    token ids, hardly any padding
forward.py    logits with gradients     optimizer.py  AdamW, its schedule, its state
lora_product.py  an adapted layer's product in fewer passes
run_log.py    a run on disk             sft.py        supervised fine-tuning
chains.py     chains drawn to learn from, problems held out
rejection.py  which chains are kept     star.py       a model and its own right chains
distill.py    a student and its teacher material.py   chains with every step checked
verifier.py   reward models             verifier_files.py  the same on disk, and measured
recipes.py    the shipped models        verifier_recipes.py  the shipped verifiers

rewards.py    what a rollout is worth   rollouts.py   groups of completions, and the same as tensors
grpo_loss.py  GRPO's mathematics        grpo_step.py  one step: draw, compare, learn
grpo.py       the algorithm             grpo_run.py   GRPO and DPO as runs on disk
preference.py DPO on the model's own    snapshots.py  a few groups, token by token, for the microscope
doctor.py     why nothing is learned    trl_adapter.py  TRL's trainers, for real models on a GPU
"""
