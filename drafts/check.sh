. /tmp/nb05/env.sh
unset SRM_LAB_CHECKPOINTS
/work/main/.venv/bin/ruff format srm_lab tests benchmarks >/dev/null; /work/main/.venv/bin/ruff check . ; /work/main/.venv/bin/ruff format --check . | tail -5
exec $PY -m pytest -q -x --no-header tests/training/test_material.py tests/test_students.py tests/figures/test_distillation_figures.py tests/widgets/test_training_curve.py tests/methods tests/test_exercises.py tests/test_profiles.py tests/test_evaluate.py tests/test_package.py -p no:cacheprovider 2>&1 | tail -40
