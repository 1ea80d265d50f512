. /tmp/nb05/env.sh
exec timeout -s INT 280 $PY benchmarks/students.py nothing traces answers "answers, equal tokens" --seeds 0
