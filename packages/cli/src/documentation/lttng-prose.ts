/** What manual pages of `lttng`'s commands say beyond the tables of options: how a command behaves, and examples. */

export interface CommandProse {
  readonly text: readonly string[];
  readonly examples: readonly string[];
}

/** By the command's name; a command without an entry has its summary alone. */
export const commandProse: Readonly<Record<string, CommandProse>> = {
  'add-context': {
    text: [
      'Context fields are recorded with every event record of a channel: the process, the thread, the processor, performance counters. Without `--channel` they are added to all channels of the session; a session that has none gets the channel `channel0`.',
      'They can be added as long as the session was never started. `--list` shows the types.',
    ],
    examples: ['lttng add-context --userspace --type=vpid --type=procname'],
  },
  create: {
    text: [
      'The new session becomes the current one, which other commands mean when no session is named. Without a name it is `auto`, and the time. Traces go to a folder of this name and the time below `$LTTNG_HOME/lttng-traces`.',
      'When no session daemon runs, one is started in the background.',
    ],
    examples: ['lttng create my-session', 'lttng create my-session --output=/tmp/my-trace'],
  },
  clear: {
    text: [
      'What was recorded since the last rotation is deleted, in files and in buffers; archived trace chunks stay. A session that records goes on recording.',
    ],
    examples: ['lttng clear', 'lttng clear --all'],
  },
  destroy: {
    text: [
      'Stops the session if it is started, waits until all its data are written, and forgets it. The recorded trace stays on the disk.',
    ],
    examples: ['lttng destroy', 'lttng destroy --all'],
  },
  'disable-channel': {
    text: ['Events of a disabled channel are not recorded until `lttng-enable-channel`(1) names it again.'],
    examples: ['lttng disable-channel --userspace channel0'],
  },
  'disable-event': {
    text: [
      'Disables event rules by the names that they were enabled with; a pattern is compared as a text, not expanded.',
    ],
    examples: [
      "lttng disable-event --userspace 'my_app:*'",
      'lttng disable-event --userspace --all-events --channel=channel0',
    ],
  },
  doctor: {
    text: [
      'Looks at the way from programs to traces: the session daemon and its sockets, the tracing group, the programs that are registered, shared memory, and each session with its channels and event rules. Each finding is `ok`, a `hint` or a `problem`, with what to type under it.',
      'It changes nothing. The exit status is 1 when there is a problem. With `--mi json` the findings are values.',
    ],
    examples: ['lttng doctor', "lttng --mi json doctor | jq '.items[0].findings'"],
  },
  'enable-channel': {
    text: [
      'A channel is a set of ring buffers, one for each processor, with their sizes, timers and files, and with the event rules that record into them. A channel that exists already is enabled again, and keeps what it is.',
      'The number of sub-buffers and the size of each are rounded up to powers of two. When all sub-buffers are full, new events are discarded, and counted; with `--overwrite` the oldest sub-buffer is written over.',
    ],
    examples: [
      'lttng enable-channel --userspace --subbuf-size=1M --num-subbuf=8 big',
      'lttng enable-channel --userspace --overwrite --buffers-pid flight',
    ],
  },
  'enable-event': {
    text: [
      'An event rule says which tracepoints a channel records: by name, where `*` stands for anything, by log level, by a filter expression over fields and contexts, and by names to leave out. Without `--channel` the rule goes to `channel0`, which is created when it is missing.',
      'Rules may be added while the session is started, and act at once.',
    ],
    examples: [
      "lttng enable-event --userspace 'my_app:*'",
      "lttng enable-event --userspace 'my_app:*' --exclude='my_app:noise*'",
      "lttng enable-event --userspace 'my_app:*' --filter='size > 4096 && $ctx.procname == \"worker\"'",
      'lttng enable-event --userspace --all --loglevel=INFO',
    ],
  },
  help: {
    text: [
      'The pages are part of this program; `man` shows them where it is installed, otherwise they are printed. `LTTNG_MAN_BIN_PATH` names another viewer.',
    ],
    examples: ['lttng help enable-event', 'lttng enable-event --help'],
  },
  list: {
    text: [
      'Without words it lists the sessions; with the name of a session its channels and event rules; with `--userspace` and no session the tracepoints of the programs that run, and with `--fields` the fields of these.',
      '`--mem-usage`, `--style` and `--no-truncate` show a tree instead, as later versions of LTTng-tools do: with the memory that the buffers of each channel take (pages that are there, of all that there may be), for each user or process with `compact`, for each processor with `full`, and with how full the buffers were when the monitor timer fired last. `LTTNG_LIST_LEGACY=0` makes the tree the default. It is coloured on a terminal: `LTTNG_TERM_COLOR` is `auto`, `always` or `never`, and `NO_COLOR` is `never`.',
    ],
    examples: [
      'lttng list',
      'lttng list my-session',
      'lttng list my-session --mem-usage=full',
      'lttng list --userspace --fields',
    ],
  },
  load: {
    text: [
      'Makes sessions as `lttng-save`(1) wrote them. Without a name or `--all` every saved session is made. A session that exists is left alone, unless `--force` is given.',
    ],
    examples: ['lttng load my-session', 'lttng load --input-path=/tmp/saved --all'],
  },
  save: {
    text: [
      'Writes the configuration of sessions, not their data, as XML files `NAME.lttng` below `$LTTNG_HOME/.lttng/sessions`, from where `lttng-load`(1) makes them again.',
    ],
    examples: ['lttng save my-session', 'lttng save --output-path=/tmp/saved'],
  },
  rotate: {
    text: [
      'What was recorded since the last rotation becomes a trace of its own in the folder `archives`, named by its times and its number, which can be read, moved and deleted while recording goes on. The command waits until the archive is complete.',
    ],
    examples: ['lttng rotate', 'lttng rotate --no-wait my-session'],
  },
  'enable-rotation': {
    text: [
      'Lets the daemon rotate the session (see `lttng-rotate`(1)) every time that a period has passed, or that so many bytes were written since the last rotation. A session has at most one schedule of each kind.',
    ],
    examples: ['lttng enable-rotation --timer=30m', 'lttng enable-rotation --size=500M'],
  },
  'disable-rotation': {
    text: ['Archives that were made stay, and `lttng-rotate`(1) still works.'],
    examples: ['lttng disable-rotation --timer'],
  },
  'set-session': {
    text: ['Commands that name no session mean the current one; its name is kept in `$LTTNG_HOME/.lttngrc`.'],
    examples: ['lttng set-session my-session'],
  },
  snapshot: {
    text: [
      'A session without output (`lttng create --snapshot`, or `--no-output`) keeps its events in the ring buffers alone. `record` writes what the buffers hold at this moment as a trace; recording goes on. Outputs that were added say where the trace goes; a URL on the command line is for this once.',
    ],
    examples: [
      'lttng create --snapshot black-box && lttng enable-event --userspace --all && lttng start',
      'lttng snapshot record',
      'lttng snapshot add-output --name=elsewhere file:///tmp/snapshots',
    ],
  },
  start: {
    text: ['From now on events are recorded. A session may be started and stopped any number of times.'],
    examples: ['lttng start'],
  },
  status: {
    text: [
      'The same as `lttng-list`(1) with the name of the current session. Faults that the daemon knows of follow: a full disk, a writer that died inside a record.',
    ],
    examples: ['lttng status'],
  },
  stop: {
    text: [
      'Waits until the trace can be read, unless `--no-wait` is given, and tells how many events were discarded for want of space in the buffers.',
    ],
    examples: ['lttng stop'],
  },
  track: {
    text: ['Of the programs on this machine only those with the given attributes record events.'],
    examples: ['lttng track --userspace --vpid=1234', 'lttng track --userspace --vuid=www-data'],
  },
  untrack: {
    text: ['The reverse of `lttng-track`(1).'],
    examples: ['lttng untrack --userspace --vpid=1234'],
  },
  version: {
    text: ['The version of LTTng-tools whose behaviour this program follows, and its own.'],
    examples: ['lttng version'],
  },
  view: {
    text: [
      'Prints the events of a session (the current one unless another is named), or of the traces below a folder, with the reader of this program, `babeltrace2`(1). `--viewer` runs another reader instead.',
    ],
    examples: ['lttng view', 'lttng view --trace-path=/tmp/my-trace'],
  },
};
