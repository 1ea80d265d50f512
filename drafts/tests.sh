cd /work/wt-nb13; export PYTHONPATH=/work/wt-nb13; P=/work/main/.venv/bin/python
$P -m pytest -q -x --no-header tests/training/test_policy.py tests/figures/test_policy_figures.py tests/test_profiles.py tests/test_exercises.py tests/widgets/test_reward_sandbox.py tests/training/test_train_command.py tests/tasks/test_worked_tasks.py > /tmp/nb13/tests.log 2>&1
