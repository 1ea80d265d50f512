. /tmp/nb05/env.sh
exec timeout -s INT 400 $PY /tmp/nb05/cli.py train chain-teacher
