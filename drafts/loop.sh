while [ ! -e /tmp/nb13/all.ok ] && [ ! -e /tmp/nb13/halt ]; do /tmp/lane 150 bash /tmp/nb13/slot.sh >> /tmp/nb13/slot.log 2>&1; sleep 1; done
