/**
 * Random sequences of `lttng` commands and traced programs, mostly sensible ones, the same for one seed. Run with the original
 * and with ours they must print the same, and leave the same files and events. Pure.
 *
 * Left out is what depends on time or luck: timers, losses, and processors that events happen on.
 */
import type { Sequence, Step } from './transcripts.ts';

/** A repeatable source of numbers (mulberry32). */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A number from 0 to `limit` - 1. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  /** True once in `n` times. */
  once(n: number): boolean {
    return this.below(n) === 0;
  }

  /** One of some words now and then, else none. */
  maybe(n: number, words: readonly string[]): readonly string[] {
    return this.once(n) ? [this.pick(words)] : [];
  }
}

const sessions = ['one', 'two', 'three'];
const channels = ['c1', 'c2', 'channel0'];
const patterns = ['app:*', 'app:fields', 'app:plain', 'app:e*', 'other:*', '-a', 'app:fields,app:empty'];
const contexts = [
  'vpid',
  'vtid',
  'procname',
  'ip',
  'pthread_id',
  'vuid',
  'uts_ns',
  '$app.some:thing',
  'nosuch',
];

/** The words of one command, by the command's weight. */
type Rule = readonly [weight: number, words: (dice: Dice) => readonly string[]];

const inSession = (dice: Dice): readonly string[] =>
  dice.once(2) ? [] : [`${dice.pick(['-s ', '--session='])}${session(dice)}`];
const inChannel = (dice: Dice): readonly string[] =>
  dice.maybe(
    2,
    channels.map((name) => `-c ${name}`),
  );
const session = (dice: Dice): string => (dice.once(12) ? 'nosuch' : dice.pick(sessions));
const orCurrent = (dice: Dice): readonly string[] => (dice.once(2) ? [] : [session(dice)]);

const rules: readonly Rule[] = [
  [
    5,
    (dice) => [
      'create',
      dice.pick(sessions),
      ...dice.maybe(4, ['--snapshot', '--no-output', '--output=$PWD/here', '--shm-path=$PWD/shm']),
    ],
  ],
  [
    7,
    (dice) => [
      'enable-channel -u',
      ...inSession(dice),
      dice.pick(channels),
      ...dice.maybe(3, ['--discard', '--overwrite']),
      ...dice.maybe(4, ['--buffers-uid', '--buffers-pid']),
      ...dice.maybe(4, ['--subbuf-size=64k', '--subbuf-size=100000', '--subbuf-size=2k']),
      ...dice.maybe(5, ['--num-subbuf=8', '--num-subbuf=3', '--num-subbuf=0']),
      ...dice.maybe(6, ['--output=mmap', '--output=splice', '--blocking-timeout=100', '--switch-timer=0']),
      ...dice.maybe(8, ['-C 512k', '-C 1', '-C 1M -W 3', '-W 2']),
    ],
  ],
  [
    9,
    (dice) => [
      'enable-event -u',
      ...inSession(dice),
      ...inChannel(dice),
      `'${dice.pick(patterns)}'`.replace("'-a'", '-a'),
      ...dice.maybe(5, ['--loglevel=INFO', '--loglevel-only=WARNING', '--loglevel=nosuch']),
      ...dice.maybe(5, [`--filter='number > 2'`, `-f 'number == 1 || number == 3'`, `--filter='number >'`]),
      ...dice.maybe(6, ['-x app:plain', `-x 'app:p*',app:empty`]),
    ],
  ],
  [
    3,
    (dice) => [
      'disable-event -u',
      ...inSession(dice),
      ...inChannel(dice),
      `'${dice.pick(patterns)}'`.replace("'-a'", '-a'),
    ],
  ],
  [2, (dice) => ['disable-channel -u', ...inSession(dice), dice.pick(channels)]],
  [4, (dice) => ['add-context -u', ...inSession(dice), ...inChannel(dice), `-t '${dice.pick(contexts)}'`]],
  [8, (dice) => ['start', ...orCurrent(dice)]],
  [5, (dice) => ['stop', ...dice.maybe(6, ['--no-wait']), ...orCurrent(dice)]],
  [4, (dice) => ['rotate', ...orCurrent(dice)]],
  [3, (dice) => ['clear', ...orCurrent(dice)]],
  [
    3,
    (dice) => [
      'snapshot',
      dice.pick([
        'record',
        'record -n some',
        'record $PWD/snap',
        'list-output',
        'add-output $PWD/out',
        'del-output 1',
      ]),
      ...inSession(dice),
    ],
  ],
  [
    2,
    (dice) => [
      dice.pick([
        'enable-rotation --size=1G',
        'disable-rotation --size',
        'enable-rotation --timer=1h',
        'disable-rotation --timer',
      ]),
      ...inSession(dice),
    ],
  ],
  [
    4,
    (dice) => [
      dice.pick(['track -u', 'untrack -u']),
      ...inSession(dice),
      dice.pick([
        '--vuid=0',
        '--vuid=0,1',
        '--vgid=0',
        '--vpid=1',
        '--all --vpid',
        '--all --vuid --vgid',
        '--vuid --vpid=1',
      ]),
    ],
  ],
  [2, (dice) => [`regenerate ${dice.pick(['metadata', 'statedump'])}`, ...inSession(dice)]],
  [3, (dice) => ['destroy', ...orCurrent(dice)]],
  [3, (dice) => ['set-session', session(dice)]],
  [4, (dice) => ['list', ...orCurrent(dice)]],
  [2, () => ['status']],
  [2, (dice) => ['save -f -o $PWD/saved', ...orCurrent(dice)]],
  [1, (dice) => ['load -i $PWD/saved', ...dice.maybe(2, ['-f']), ...orCurrent(dice)]],
];
const RUN_WEIGHT = 14;
const commandWeight = rules.reduce((sum, [weight]) => sum + weight, 0);

function commandLine(dice: Dice): string {
  let at = dice.below(commandWeight);
  for (const [weight, words] of rules) {
    if (at < weight) return `lttng ${dice.once(10) ? '--mi xml ' : ''}${words(dice).join(' ')}`;
    at -= weight;
  }
  return 'lttng list';
}

/** Everything that the sessions left below the working folder: folders and files without what chance names them. */
const tree =
  "find . | sed -E 's/app-[0-9]+-/app-<pid>-/; s/_[0-9]+(_[0-9]+)?(\\.idx)?$/_<cpu>\\2/' | sort -u";
/** How many events of each name the traces of each folder have, as the original reader sees them. */
const counts =
  'for folder in */; do echo $folder; /usr/bin/babeltrace2 --no-delta $folder 2>/dev/null | ' +
  "sed -nE 's/.* ((app|lttng_ust_[a-z]+):[a-z_]+): .*/\\1/p' | sort | uniq -c; done";

/** The scenario of a seed. */
export function scenarioOf(seed: number): Sequence {
  const dice = new Dice(seed);
  const lines = [
    'lttng create one',
    "lttng enable-event -u 'app:*'",
    ...(dice.once(4) ? [] : ['lttng start', 'app-run 2']),
  ];
  const count = 14 + dice.below(20);
  let isRunning = false;
  for (let i = 0; i < count; i++) {
    if (dice.below(commandWeight + RUN_WEIGHT) >= RUN_WEIGHT) {
      const line = commandLine(dice);
      // What records is asked to.
      const isRecording = /^lttng (start|rotate|enable-event)/.test(line) && dice.once(2);
      lines.push(line, ...(isRecording ? [`app-run ${1 + dice.below(6)}`] : []));
      continue;
    }
    const choice = dice.below(4);
    if (choice > 1) lines.push(`app-run ${1 + dice.below(6)}`);
    else {
      lines.push(isRunning ? 'app-stop' : `app-start ${1 + dice.below(6)}`);
      isRunning = !isRunning;
    }
  }
  lines.push(
    'app-stop',
    ...sessions.flatMap((name) => [`lttng list ${name}`, `lttng stop ${name}`, `lttng destroy ${name}`]),
    'lttng list',
    `cd ../lttng-traces 2>/dev/null || exit 0; ${tree}; ${counts}`,
    `${tree}; ${counts}`,
  );
  const steps = lines.map((line): Step => ({ line }));
  return { title: `seed ${seed}`, app: true, steps };
}
