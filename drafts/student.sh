. /tmp/nb05/env.sh
exec timeout -s INT 140 $PY /tmp/nb05/cli.py train chain-student-0.1M
