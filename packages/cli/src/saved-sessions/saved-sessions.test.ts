/** Files of saved sessions: what is written is read again, what upstream's schema refuses is refused. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SavedSession } from './model.ts';
import { readSavedSessions } from './read.ts';
import { savedSessionText } from './write.ts';

/** Upstream's, where its package is installed. */
const schema = '/usr/share/xml/lttng/session.xsd';
const hasXmllint = spawnSync('xmllint', ['--version']).status === 0;
const skip = !existsSync(schema) || !hasXmllint ? 'needs xmllint and lttng-tools' : false;

const count = fc.nat({ max: 2 ** 31 });
/** Printable, with what XML escapes. */
const text = fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom(...'ab&<>"\' é*:😀') });
const path = text.map((name) => `/tmp/${name}`);
const destination = fc.oneof(
  fc.record({ kind: fc.constant('path' as const), path }),
  fc.record({ kind: fc.constant('network' as const), controlUrl: text, dataUrl: text }),
);
const rule = fc.record({
  pattern: text,
  isEnabled: fc.boolean(),
  logLevel: fc.oneof(
    fc.constant({ kind: 'all' as const }),
    fc.record({ kind: fc.constantFrom('range' as const, 'single' as const), level: fc.nat({ max: 14 }) }),
  ),
  filter: fc.option(text),
  exclusions: fc.array(text, { maxLength: 3 }),
});
const channel = fc.record({
  name: text,
  isEnabled: fc.boolean(),
  attributes: fc.record({
    mode: fc.constantFrom('discard' as const, 'overwrite' as const),
    output: fc.constantFrom('mmap' as const, 'splice' as const),
    subbufferSizeBytes: count,
    subbufferCount: count,
    switchTimerUs: count,
    readTimerUs: count,
    monitorTimerUs: count,
    blockingTimeoutUs: fc.integer({ min: -1, max: 1000 }),
    traceFileSizeBytes: count,
    traceFileCount: count,
  }),
  rules: fc.array(rule, { maxLength: 3 }),
  contexts: fc.uniqueArray(
    fc.constantFrom('vpid', 'procname', 'ip', 'perf:thread:instructions', 'perf:cpu:cs', '$app.a:b'),
  ),
});
const set = (names: boolean) =>
  fc.option(
    fc.array(
      names
        ? fc.oneof(
            fc.nat(),
            text.filter((name) => name.trim() !== ''),
          )
        : fc.nat(),
    ),
  );
const domain = fc.record({
  domain: fc.constant('ust' as const),
  ownership: fc.constantFrom('user' as const, 'process' as const),
  channels: fc.array(channel, { maxLength: 3 }),
  trackers: fc.record({ vpid: set(false), vuid: set(true), vgid: set(true) }),
});
const session: fc.Arbitrary<SavedSession> = fc.record({
  name: text,
  sharedMemoryPath: fc.option(path),
  domains: fc.array(domain, { maxLength: 1 }),
  isStarted: fc.boolean(),
  isSnapshotMode: fc.boolean(),
  liveTimerUs: count,
  rotationTimerUs: fc.option(count),
  rotationSizeBytes: fc.option(count),
  output: fc.option(
    fc.oneof(
      fc.record({ kind: fc.constant('consumer' as const), isEnabled: fc.boolean(), destination }),
      fc.record({
        kind: fc.constant('snapshots' as const),
        outputs: fc.array(fc.record({ name: text, maxSizeBytes: count, destination }), { maxLength: 2 }),
      }),
    ),
  ),
});

/** The domains of agents are added by the writer, as upstream's adds them. */
function withoutAgents(saved: SavedSession | undefined): unknown {
  return saved && { ...saved, domains: saved.domains.filter(({ domain: name }) => name === 'ust') };
}

test('what is written is read again', () => {
  fc.assert(
    fc.property(session, (saved) => {
      const read = readSavedSessions(savedSessionText(saved));
      assert.equal(read.kind, 'sessions', JSON.stringify(read));
      const [first] = read.kind === 'sessions' ? read.sessions : [];
      // What fast-check makes has no prototype.
      assert.deepEqual(withoutAgents(first), JSON.parse(JSON.stringify(saved)));
    }),
  );
});

function xmllint(document: string): { readonly isValid: boolean; readonly fault: string } {
  const { status, stderr } = spawnSync('xmllint', ['--noout', '--schema', schema, '-'], { input: document });
  const fault = /Schemas validity error : (.*)/.exec(String(stderr))?.[1] ?? '';
  return { isValid: status === 0, fault };
}

test('what is written follows upstream’s schema', { skip }, () => {
  fc.assert(
    fc.property(session, (saved) => {
      const { isValid, fault } = xmllint(savedSessionText(saved));
      assert.ok(isValid, fault);
    }),
    { numRuns: 30 },
  );
});

const body = (content: string) => `<sessions><session><name>a</name>${content}</session></sessions>`;
const inDomain = (content: string) =>
  body(`<domains><domain><type>UST</type><buffer_type>PER_UID</buffer_type>${content}</domain></domains>`);
const inChannel = (content: string) =>
  inDomain(
    `<channels><channel><name>c</name><read_timer_interval>1</read_timer_interval>${content}</channel></channels>`,
  );
const tracked = (content: string) => inDomain(`<process_attr_trackers>${content}</process_attr_trackers>`);

for (const document of [
  '<session/>',
  '<sessions/>',
  '<sessions>text</sessions>',
  '<sessions a="1"/>',
  '<sessions><bogus/></sessions>',
  '<sessions><session/></sessions>',
  '<sessions><session><bogus/></session></sessions>',
  body(''),
  body('<bogus/>'),
  body('<name>b</name>'),
  body('text'),
  body('<!-- words --><started><![CDATA[1]]></started>'),
  body('<started>maybe</started>'),
  body('<started> true </started>'),
  body('<started/>'),
  body('<output/>'),
  body('<output><x/></output>'),
  body('<output><consumer_output/></output>'),
  body('<output><consumer_output><enabled>true</enabled></consumer_output></output>'),
  body('<attributes/>'),
  body('<attributes><live_timer_interval>-1</live_timer_interval></attributes>'),
  body('<attributes><live_timer_interval>4294967296</live_timer_interval></attributes>'),
  body('<attributes><live_timer_interval> +01 </live_timer_interval></attributes>'),
  body('<attributes><live_timer_interval/></attributes>'),
  body('<attributes><rotation_schedules/></attributes>'),
  body('<attributes><rotation_schedules><periodic/><periodic/></rotation_schedules></attributes>'),
  `<sessions><session><name>${'x'.repeat(256)}</name></session></sessions>`,
  '<sessions><session><name>a<b/></name></session></sessions>',
  body('<domains><domain/></domains>'),
  body('<domains/>'),
  inDomain('<channels><x/></channels>'),
  inDomain('<channels><channel/></channels>'),
  inDomain('<channels/>'),
  inChannel(''),
  inChannel('<output_type>MMAP</output_type>'),
  inChannel('<output_type>PIPE</output_type>'),
  inChannel('<output_type>MMAP</output_type><blocking_timeout>-2</blocking_timeout>'),
  inChannel('<output_type>MMAP</output_type><subbuffer_size>18446744073709551616</subbuffer_size>'),
  inChannel('<output_type>MMAP</output_type><subbuffer_size>1.5</subbuffer_size>'),
  inChannel('<output_type>MMAP</output_type><events><event/></events><contexts><context/></contexts>'),
  inChannel('<output_type>MMAP</output_type><events><event><loglevel/></event></events>'),
  inChannel('<output_type>MMAP</output_type><contexts><context><type>NONE</type></context></contexts>'),
  tracked('<x/>'),
  tracked('<vpid_process_attr_tracker/>'),
  tracked(
    '<vpid_process_attr_tracker><process_attr_values><vpid/></process_attr_values></vpid_process_attr_tracker>',
  ),
  tracked(
    '<vuid_process_attr_tracker><process_attr_values><vuid/></process_attr_values></vuid_process_attr_tracker>',
  ),
  tracked(
    '<vuid_process_attr_tracker><process_attr_values><vuid><name/></vuid></process_attr_values></vuid_process_attr_tracker>',
  ),
  inDomain('<trackers><pid_tracker><targets/></pid_tracker></trackers>'),
  inDomain(
    '<trackers><pid_tracker><targets><pid_target><pid>1</pid></pid_target></targets></pid_tracker></trackers>',
  ),
]) {
  test(`the same verdict as upstream’s schema: ${document.slice(0, 300)}`, { skip }, () => {
    const { isValid, fault } = xmllint(document);
    const read = readSavedSessions(document);
    // Our list of context types is longer.
    const words = (reason: string) => reason.replace(/\{.*CALLSTACK.*\}/, '{…}');
    assert.equal(read.kind, isValid ? 'sessions' : 'invalid');
    assert.equal(read.kind === 'invalid' ? words(read.reason) : '', words(fault));
  });
}

for (const [what, document] of [
  [
    'an entity of its own',
    '<!DOCTYPE s [<!ENTITY a "b">]><sessions><session><name>&a;</name></session></sessions>',
  ],
  ['elements without end', '<sessions>'.repeat(100_000)],
  ['two roots', '<sessions/><sessions/>'],
  ['nothing', ''],
  ['a NUL', '<sessions>\0</sessions>'],
] as const) {
  test(`refused: a document with ${what}`, () => {
    assert.equal(readSavedSessions(document).kind, 'malformed');
  });
}

test('any text is read or refused', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom('<sessions>', '<session>', '<name>', '</', '>', '&', '<!['),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      assert.ok(readSavedSessions(pieces.join('')).kind);
    }),
  );
});

test('what an old file does not say is left to the daemon, and its tracker is read', () => {
  const read = readSavedSessions(
    inDomain(
      `<channels><channel><name>c</name><read_timer_interval>1</read_timer_interval><output_type>MMAP</output_type></channel></channels>
       <trackers><pid_tracker><targets><pid_target><pid>7</pid></pid_target></targets></pid_tracker></trackers>`,
    ),
  );
  assert.equal(read.kind, 'sessions');
  const [saved] = read.kind === 'sessions' ? read.sessions : [];
  assert.equal(saved?.isStarted, true);
  assert.equal(saved?.output, null);
  assert.deepEqual(saved?.domains[0]?.trackers, { vpid: [7], vuid: null, vgid: null });
  assert.deepEqual(saved?.domains[0]?.channels[0]?.attributes, {
    mode: 'discard',
    output: 'mmap',
    readTimerUs: 1,
  });
});
