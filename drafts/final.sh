. /tmp/nb05/env.sh
unset SRM_LAB_CHECKPOINTS
export PYTHONPATH=/work/wt-nb05:/tmp/nb05
$PY /tmp/nb05/build.py && /work/main/.venv/bin/ruff format -q notebooks && /work/main/.venv/bin/ruff check -q notebooks || exit 9
$PY /tmp/nb05/cli.py course 05 --profile ci || exit 8
$PY /tmp/nb05/cli.py course 05 --profile cpu
$PY /tmp/nb05/cli.py course 05 --review
