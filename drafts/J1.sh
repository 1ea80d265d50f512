. /tmp/nb05/env.sh
$PY benchmarks/students.py traces answers "answers, equal tokens" nothing --seeds 1
