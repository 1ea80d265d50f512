. /tmp/nb05/env.sh
$PY benchmarks/students.py traces answers --seeds 0 1 && $PY benchmarks/students.py "answers, equal tokens" nothing --seeds 0
