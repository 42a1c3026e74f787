/** Each fault by itself: what the doctor says of a machine and a daemon in which only this is wrong. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApplicationInfo, ChannelInfo, SessionInfo } from '@lttng-ts/protocols';
import type { DaemonFacts, MachineFacts, RunFolderFacts } from './facts.ts';
import { type Finding, findingsOf } from './findings.ts';

type Reached = Extract<DaemonFacts, { readonly kind: 'reached' }>;

const rootFolder: RunFolderFacts = {
  owner: 'root',
  path: '/var/run/lttng',
  control: 'answers',
  client: 'answers',
  pid: 7,
  isPidAlive: true,
};
const nobody = { control: 'missing', client: 'missing', pid: null, isPidAlive: false } as const;
const machine: MachineFacts = {
  uid: 0,
  group: { name: 'tracing', exists: true, isMember: true },
  home: '/root',
  isContainer: false,
  runFolders: [rootFolder],
  sharedMemory: { path: '/dev/shm', freeBytes: 2 ** 30 },
  outputs: [{ path: '/traces', freeBytes: 2 ** 30 }],
};
const application: ApplicationInfo = {
  pid: 9,
  uid: 0,
  name: 'web',
  abiMajor: 9,
  wordSizeBits: 64,
  refusal: null,
};
const rule = {
  pattern: 'web:*',
  logLevel: { kind: 'all' },
  filter: null,
  exclusions: [],
  isEnabled: true,
} as const;
const channel: ChannelInfo = {
  name: 'c',
  isEnabled: true,
  attributes: {
    mode: 'discard',
    subbufferSizeBytes: 4096,
    subbufferCount: 4,
    switchTimerUs: 0,
    readTimerUs: 0,
    monitorTimerUs: 0,
    blockingTimeoutUs: 0,
    traceFileSizeBytes: 0,
    traceFileCount: 0,
    output: 'mmap',
    ownership: 'user',
  },
  rules: [rule],
  contexts: [],
  discardedEventCount: 0,
  lostPacketCount: 0,
};
const session: SessionInfo = {
  name: 's',
  id: 0,
  ownerUid: 0,
  ownerGid: 0,
  isActive: true,
  wasStarted: true,
  outputPath: '/traces',
  network: null,
  sharedMemoryPath: '',
  isSnapshotMode: false,
  traceFormat: 'ctf-1.8',
  liveTimerUs: 0,
  creationTimeS: 0,
  rotationSchedules: { timerUs: null, sizeBytes: null },
  archivePolicy: null,
  domains: [],
  faults: [],
};
const domainOf = (changed: Partial<ChannelInfo>, trackers = {}) => ({
  domain: 'ust' as const,
  ownership: 'user' as const,
  trackers: { vpid: null, vuid: null, vgid: null, ...trackers },
  channels: [{ ...channel, ...changed }],
});
const withChannel = (changed: Partial<ChannelInfo>, trackers = {}): SessionInfo => ({
  ...session,
  domains: [domainOf(changed, trackers)],
});
const tracepoints = [
  {
    application,
    tracepoints: [
      { name: 'web:request', logLevel: 6, fields: [] },
      { name: 'web:reply', logLevel: 7, fields: [] },
    ],
  },
];
const reached: Reached = {
  kind: 'reached',
  version: 'lttng-ts',
  pid: 7,
  uid: 0,
  sessions: [withChannel({})],
  left: [],
  applications: [application],
  tracepoints,
};
const unreachable: DaemonFacts = {
  kind: 'unreachable',
  failure: { number: 19, name: 'NO_SESSIOND', text: 'No session daemon is available' },
};

const said = (found: readonly Finding[]): readonly string[] =>
  found.map(({ severity, text, remedies }) => [`${severity}: ${text}`, ...remedies].join(' > '));
/** The findings that are not fine. */
const wrong = (daemon: DaemonFacts, around: Partial<MachineFacts> = {}): readonly string[] =>
  said(findingsOf({ machine: { ...machine, ...around }, daemon })).filter((text) => !text.startsWith('ok: '));
const wrongWith = (changed: SessionInfo): string => wrong({ ...reached, sessions: [changed] }).join('\n');

test('all is well', () => {
  assert.deepEqual(said(findingsOf({ machine, daemon: reached })), [
    'ok: The session daemon answers: lttng-ts, process 7, user 0',
    'ok: Programs that can be traced: 1',
    'ok: Session s: it records',
  ]);
});

test('what an earlier daemon left, and archive policies that fail', () => {
  const left = { name: 'old', ownerUid: 0, outputPath: '/traces/old', wasActive: true };
  assert.deepEqual(wrong({ ...reached, left: [left] }), [
    'hint: Session old recorded when an earlier session daemon died; it was not made again > lttng view --trace-path=/traces/old',
  ]);
  const policy = {
    compression: 'gzip',
    recipients: [],
    command: null,
    keep: { chunkCount: null, totalBytes: null, ageS: null },
  } as const;
  const counts = { waitingCount: 0, processedCount: 1, deletedCount: 0, failedCount: 1 };
  const archivePolicy = { policy, ...counts, lastFailure: 'no space' };
  assert.match(
    wrongWith({ ...withChannel({}), archivePolicy }),
    /^problem: .*policy failed: no space > lttng archive/,
  );
});

test('the daemon cannot be reached, each time for another reason', () => {
  const reasonOf = (folder: Partial<RunFolderFacts>, around: Partial<MachineFacts> = {}): string =>
    wrong(unreachable, { ...around, runFolders: [{ ...rootFolder, ...folder }] }).join('\n');
  assert.match(reasonOf(nobody), /^problem: No session daemon is available.* > lttng-sessiond --daemonize$/);
  assert.match(reasonOf({ control: 'denied' }), /may not use it > sudo usermod .*tracing/);
  assert.match(reasonOf({ control: 'missing' }), /an original one .* > Or end it and start ours: kill 7;/);
  assert.match(
    reasonOf({ control: 'dead', client: 'dead', isPidAlive: false }),
    /Nobody listens .*names process 7, which is not here\): .*another container .* > In containers: /,
  );
});

test('two daemons', () => {
  const own = { ...rootFolder, owner: 'user', path: '/home/a/.lttng' } as const;
  const group = { name: 'tracing', exists: true, isMember: false };
  const around = { uid: 1000, group, runFolders: [rootFolder, own] };
  assert.match(wrong({ ...reached, uid: 1000 }, around).join(), /^hint: A root daemon may be running too/);
  assert.match(wrong(reached, around).join(), /^hint: This user's own daemon runs too, in \/home\/a/);
});

test('programs', () => {
  const none = { ...reached, applications: [], tracepoints: [] };
  assert.match(wrong(none).join(), /^problem: No program is registered > /);
  assert.match(wrong(none, { isContainer: true }).join(), /outside of this container/);
  assert.match(wrong({ ...none, uid: 1000 }, { uid: 1000 }).join(), /Programs of other users/);
  const refused = { ...application, pid: 10, refusal: 'it is too old' };
  assert.match(
    wrong({ ...reached, applications: [application, refused] }).join(),
    /^problem: web \(process 10\) cannot be traced: it is too old$/,
  );
});

test('space', () => {
  assert.match(wrong(reached, { sharedMemory: null }).join(), /^problem: \/dev\/shm is not there/);
  assert.match(
    wrong(reached, { sharedMemory: { path: '/dev/shm', freeBytes: 5 } }).join(),
    /^problem: Only 5 bytes are free in \/dev\/shm/,
  );
  assert.match(
    wrong(reached, { outputs: [{ path: '/traces', freeBytes: 6 }] }).join(),
    /^problem: Only 6 bytes are free at \/traces/,
  );
});

test('sessions', () => {
  assert.match(
    wrong({ ...reached, sessions: [] }).join(),
    /^problem: There is no recording session > lttng create/,
  );
  assert.match(wrongWith(session), /no event rule > lttng enable-event -u -s s 'web:\*'/);
  const never = { ...withChannel({}), isActive: false, wasStarted: false };
  assert.match(wrongWith(never), /^problem: .*does not record now > lttng start s$/);
  assert.match(wrongWith({ ...never, wasStarted: true }), /^hint: .*does not record now/);
  const nowhere = { ...withChannel({}), outputPath: '' };
  assert.match(wrongWith({ ...nowhere, isSnapshotMode: true }), /^hint: .* > lttng snapshot record -s s$/);
  assert.match(wrongWith(nowhere), /^hint: .*without output/);
  const fault = { kind: 'disk-full', where: 'c_0', detail: 'no space' } as const;
  assert.match(
    wrongWith({ ...withChannel({}), faults: [{ ...fault, isOngoing: true }] }),
    /^problem: .*disk full at c_0/,
  );
  assert.match(
    wrongWith(withChannel({}, { vpid: [3] })),
    /^hint: .*vpid are recorded: 3 > lttng track -u -s s --vpid --all/,
  );
  assert.match(wrongWith(withChannel({}, { vuid: [] })), /^problem: .*vuid are recorded: none/);
});

test('channels and rules', () => {
  assert.match(
    wrongWith(withChannel({ isEnabled: false })),
    /^problem: .*is disabled > lttng enable-channel -u -s s c$/,
  );
  assert.match(
    wrongWith(withChannel({ discardedEventCount: 5 })),
    /^problem: .*5 events were discarded.* --subbuf-size=16384 --num-subbuf=4 c/,
  );
  assert.match(wrongWith(withChannel({ lostPacketCount: 2 })), /^hint: .*2 packets were overwritten/);
  const wrongRule = (changed: object) => wrongWith(withChannel({ rules: [{ ...rule, ...changed }] }));
  assert.match(wrongRule({ pattern: 'Web:*' }), /^problem: .*the rule Web:\* matches no event/);
  assert.match(
    wrongRule({ isEnabled: false }),
    /^hint: .*is disabled > lttng enable-event -u -s s -c c 'web:\*'/,
  );
  assert.match(wrongRule({ exclusions: ['web:re*'] }), /^problem: .*excludes every event/);
  assert.match(wrongRule({ logLevel: { kind: 'range', level: 5 } }), /^problem: .*other log levels/);
  assert.match(wrongRule({ logLevel: { kind: 'single', level: 5 } }), /^problem: .*other log levels/);
  assert.equal(wrongRule({ logLevel: { kind: 'range', level: 6 } }), '');
  assert.equal(wrongRule({ logLevel: { kind: 'single', level: 7 } }), '');
  assert.match(wrongRule({ pattern: "it's", isEnabled: false }), / 'it'\\''s'$/);
});
