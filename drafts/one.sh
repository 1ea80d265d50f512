. /tmp/nb05/env.sh
exec timeout -s INT 145 $PY benchmarks/students.py "$1" --seeds $2
