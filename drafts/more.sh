. /tmp/nb05/env.sh
exec timeout -s INT 405 $PY benchmarks/students.py "$@"
