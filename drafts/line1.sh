/tmp/lane 150 bash /tmp/nb05/one.sh traces 0 >> /tmp/nb05/line1.log 2>&1
/tmp/lane 150 bash /tmp/nb05/one.sh answers 0 >> /tmp/nb05/line1.log 2>&1
/tmp/lane 420 bash /tmp/nb05/final.sh > /tmp/nb05/final.log 2>&1; echo "rc $?" >> /tmp/nb05/final.log
/tmp/lane 150 bash /tmp/nb05/one.sh traces 1 >> /tmp/nb05/line1.log 2>&1
