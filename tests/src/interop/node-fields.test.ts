/** A Node.js program beside its twin in C: the same fields, values, metadata, list, and choice of events. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { unpackMetadata } from '@lttng-ts/ctf';
import { Environment, type Side } from '../harness/environment.ts';
import { lttng, record, startDaemon } from '../harness/recording.ts';
import {
  daemonSides,
  eventDeclarations,
  eventLines,
  type Language,
  registered,
  samples,
  serve,
  skip,
} from './node-world.ts';

/** Text and declarations of one run of `kinds`. */
async function recordKinds(side: Side, language: Language) {
  await using environment = await Environment.create();
  await startDaemon(environment, side);
  const { folder, metadata } = await record(environment, { side, rules: [['sample:*']] }, async () => {
    await environment.output([...samples[language](), 'kinds']);
  });
  const { text } = unpackMetadata(readFileSync(metadata));
  return { lines: await eventLines(environment, folder), declarations: eventDeclarations(text) };
}

/** What `lttng list` shows of the sample provider, levels and fields included. */
async function listFields(side: Side, language: Language): Promise<readonly string[]> {
  await using environment = await Environment.create();
  await startDaemon(environment, side);
  const program = await serve(environment, samples[language]());
  if (language === 'node') await registered(program);
  const { stdout } = await lttng(environment, side, 'list', '--userspace', '--fields');
  // The library's own tracepoints follow those of a C program.
  const [own = ''] = stdout.split(/^ +lttng_ust/m);
  return own.split('\n').filter((line) => /^ {6}sample:|^ {8}field:/.test(line));
}

/** Rules of one session each. */
const selections: readonly (readonly (readonly string[])[])[] = [
  [['sample:*', '--loglevel=INFO']],
  [['sample:*', '--loglevel-only=ERR']],
  [['sample:*', '--exclude=sample:i*,sample:floats']],
  [['sample:integers', '--filter=i32 > 0 && u8 != 127']],
  [['sample:integers', '--filter=i64 < 0 || hex == 0x1234']],
  // Not beyond the end of a sequence: C reads there what it finds.
  [['sample:arrays', '--filter=fixedtext == "hell*" && fixed[1] == -2 && dynamictext == "hel*"']],
  [['sample:arrays', '--filter=dynamic[0] == 1 && fixed[2] > 2']],
  [['sample:arrays', '--filter=_dynamic_length > 3']],
  [['sample:enums', '--filter=color == 5 || color < 0']],
  [['sample:floats', '--filter=d > 1.5']],
  [['sample:floats', '--filter=f == d']],
  [['sample:integers', '--filter=~i8 == 0 || (u16 & 0x30) == 0x30 || u32 >> 31 == 1']],
  [['sample:*', '--filter=$ctx.vpid > 1 && text == "*umlaut*"']],
  [
    ['sample:integers', '--filter=i8 == 127'],
    ['sample:i*', '--filter=i8 == -1'],
  ],
  [['sample:integers', '--filter=i8 == 127'], ['sample:integer*']],
  [['sample:tick', '--filter=nosuchfield == 1']],
];

/** The events that each selection takes of one run of `kinds`. */
async function select(side: Side, language: Language): Promise<readonly (readonly string[])[]> {
  await using environment = await Environment.create();
  await startDaemon(environment, side);
  const folders = selections.map((_, i) => environment.path(`trace${i}`));
  for (const [i, rules] of selections.entries()) {
    await lttng(environment, side, 'create', `s${i}`, `--output=${folders[i]}`);
    for (const rule of rules) await lttng(environment, side, 'enable-event', '--userspace', ...rule);
    await lttng(environment, side, 'start');
  }
  await environment.output([...samples[language](), 'kinds']);
  for (const i of selections.keys()) await lttng(environment, side, 'destroy', `s${i}`);
  const lines: (readonly string[])[] = [];
  for (const folder of folders) lines.push(await eventLines(environment, folder));
  return lines;
}

for (const side of daemonSides) {
  test(`every kind of field is recorded as C records it, daemon: ${side}`, { skip }, async () => {
    const [inC, inNode] = [await recordKinds(side, 'c'), await recordKinds(side, 'node')];
    assert.equal(inC.lines.length, 30);
    assert.deepEqual(inNode.lines, inC.lines);
    assert.equal(inC.declarations.length, 6);
    assert.deepEqual(inNode.declarations, inC.declarations);
  });

  test(`the list of tracepoints and fields is that of C, daemon: ${side}`, { skip }, async () => {
    const [inC, inNode] = [await listFields(side, 'c'), await listFields(side, 'node')];
    assert.equal(inC.length, 6 + 3 + 11 + 2 + 6 + 2);
    assert.deepEqual(inNode, inC);
  });

  test(`levels, exclusions and filters select as in C, daemon: ${side}`, { skip }, async () => {
    const [inC, inNode] = [await select(side, 'c'), await select(side, 'node')];
    for (const [i, rules] of selections.entries()) assert.deepEqual(inNode[i], inC[i], rules.join(' | '));
  });
}
