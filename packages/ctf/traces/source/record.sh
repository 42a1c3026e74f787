#!/bin/sh
# Records the traces of this folder anew, with the original lttng-tools, in namespaces of its own:
#     packages/ctf/traces/source/record.sh
# Expected texts (*.txt, *.err) are what babeltrace2 prints with TZ=UTC in packages/ctf/traces.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ "${1:-}" != inside ]; then
	exec unshare --mount --pid --net --ipc --uts --fork --kill-child --mount-proc "$0" inside
fi
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /dev/shm
mkdir -p /run/lttng
ip link set lo up
hostname tracehost
LTTNG_HOME=$(mktemp -d)
export LTTNG_HOME TZ=UTC
out=$here/..
cc -o "$LTTNG_HOME/every_field" -I"$here" "$here/every_field.c" -llttng-ust -ldl -lm
app=$LTTNG_HOME/every_field
lttng-sessiond --background --no-kernel >/dev/null

# $1 name, $2 options of the channel, $3 contexts, $4 argument of the program, $5 buffer scheme
record() {
	rm -rf "$out/$1"
	lttng create "$1" --output="$out/$1"
	lttng enable-channel --userspace "--buffers-$5" $2 channel
	lttng enable-event --userspace --channel=channel 'every_field:*'
	for context in $3; do lttng add-context --userspace --channel=channel --type="$context"; done
	lttng start
	taskset -c 0 "$app" "$4"
	lttng stop
	lttng destroy
}
record every-field "--subbuf-size=65536 --num-subbuf=2" "" 0 uid >/dev/null
record contexts "--subbuf-size=65536 --num-subbuf=2" "vpid vtid procname pthread_id vuid" 0 uid >/dev/null
record per-process "--subbuf-size=65536 --num-subbuf=2" "procname" 0 pid >/dev/null
record discarded "--subbuf-size=4096 --num-subbuf=2 --switch-timer=0 --read-timer=0" "" 2000 uid >/dev/null
record overwritten "--subbuf-size=4096 --num-subbuf=2 --overwrite --tracefile-size=4096 --tracefile-count=4" "" 300 uid >/dev/null

# Two channels, equal events in both, rotated twice.
rm -rf "$out/rotated"
{
	lttng create rotated --output="$out/rotated"
	for channel in one two; do
		lttng enable-channel --userspace --subbuf-size=16384 --num-subbuf=2 $channel
		lttng enable-event --userspace --channel=$channel 'every_field:*'
	done
	lttng add-context --userspace --channel=two --type=vpid
	lttng start
	taskset -c 0 "$app" 0
	lttng rotate
	taskset -c 1 "$app" 0 again
	lttng rotate
	taskset -c 0 "$app" 0 again
	lttng stop
	lttng destroy
} >/dev/null
kill "$(cat /run/lttng/lttng-sessiond.pid)"
cd "$out"
for trace in */; do
	trace=${trace%/}
	[ "$trace" = source ] && continue
	babeltrace2 "$trace" >"$trace.txt" 2>"$trace.err"
	# The absolute path of this folder is not part of the expectation.
	sed -i "s|$(pwd)/|@TRACES@/|g" "$trace.err"
done
rm -rf "$LTTNG_HOME"
