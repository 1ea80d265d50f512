cd /work/wt-nb05
export PYTHONPATH=/work/wt-nb05 SRM_LAB_CHECKPOINTS=/work/wt-nb05/data/checkpoints SRM_LAB_STORE=off
PY=/work/main/.venv/bin/python
cli() { $PY -c "import sys; from srm_lab.cli import main; sys.exit(main(sys.argv[1:]))" "$@"; }
CLI="$PY -c 'import sys; from srm_lab.cli import main; sys.exit(main(sys.argv[1:]))'"
