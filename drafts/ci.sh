. /tmp/nb05/env.sh
unset SRM_LAB_CHECKPOINTS
export PYTHONPATH=/work/wt-nb05:/tmp/nb05
$PY /tmp/nb05/build.py && /work/main/.venv/bin/ruff format notebooks && /work/main/.venv/bin/ruff check notebooks
SRM_LAB_PROFILE=ci exec $PY /tmp/nb05/cli.py course 05 --profile ci
