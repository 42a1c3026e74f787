#!/bin/sh
# Cost of one event, JavaScript beside C, with the original session daemon in a private world. Needs root.
# Cases: nobody records; recorded; recorded with three contexts; a filter that rejects.
set -e
here=$(cd "$(dirname "$0")" && pwd)
world=$(mktemp -d)
trap 'rm -rf "$world"' EXIT
cc -O2 -I"$here/../../../tests/programs" -o "$world/cost" "$here/record-cost.c" -llttng-ust -ldl
HERE=$here WORLD=$world HOME=$world LTTNG_HOME=$world unshare --mount --pid --net --ipc --fork --kill-child \
  --mount-proc sh -c '
set -e
mount -t tmpfs tmpfs /run; mount -t tmpfs tmpfs /dev/shm; mkdir -p /run/lttng
both() { for i in 1 2 3; do "$WORLD/cost" 1; node "$HERE/record-cost.mjs" 1; done; }
echo "== no daemon"; both
lttng-sessiond --daemonize --no-kernel >/dev/null 2>&1
case_of() {
  echo "== $1"; shift
  lttng create b --snapshot --output="$WORLD/t" >/dev/null
  lttng enable-channel -u c --overwrite --subbuf-size=1M --num-subbuf=4 >/dev/null
  lttng enable-event -u -c c "$@" >/dev/null
  [ -z "$CONTEXTS" ] || lttng add-context -u -c c $CONTEXTS >/dev/null
  lttng start >/dev/null
  both
  lttng destroy >/dev/null
}
case_of "recorded (overwrite)" sample:tick
CONTEXTS="-t vpid -t vtid -t procname" case_of "recorded, three contexts" sample:tick
case_of "filter rejects" sample:tick --filter "index < 0 && text == \"no\""
'
