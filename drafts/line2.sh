until [ -e /work/wt-nb05/data/checkpoints/chain-student-0.1M/card.json ]; do
/tmp/lane 150 bash /tmp/nb05/student.sh >> /tmp/nb05/student.log 2>&1; echo "rc $?" >> /tmp/nb05/student.log; sleep 1
done
