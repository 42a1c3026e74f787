/** Archivers as processes, and the notes that outlive a daemon. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SystemError } from '@lttng-ts/base';
import type { ArchiveJob } from '../../sessions/archive-ports.ts';
import { Archivers } from './archivers.ts';

const job: ArchiveJob = {
  id: 'a1',
  session: 's',
  owner: { uid: 0, gid: 0 },
  path: '/out/archives/x',
  step: 'transform',
  policy: {
    compression: 'gzip',
    recipients: [],
    command: null,
    keep: { chunkCount: null, totalBytes: null, ageS: null },
  },
};

/** Archivers whose program is this JavaScript text; the words of the daemon follow it. */
function archiversOf(t: TestContext, program: string, file = process.execPath) {
  const root = mkdtempSync(join(tmpdir(), 'lttng-archivers-'));
  t.after(() => rmSync(root, { recursive: true }));
  const logged: string[] = [];
  const folder = join(root, 'jobs');
  const open = () =>
    new Archivers({
      command: { file, args: ['-e', program, '--'] },
      folder,
      log: (_, message) => void logged.push(message),
    });
  return { open, folder, logged };
}

const owner = { uid: 1, gid: 2 };
const measure = { kind: 'transform', path: '/x', compression: null, recipients: [] } as const;
const echo = `process.stdin.on('data', (line) => {
  console.log(JSON.stringify({ kind: 'failed', reason: process.argv.slice(1).join(' ') + ' ' + line, isMissing: false }));
})`;

test('a request is answered by a process that is told whose it is, and ends when it is let go', async (t) => {
  const { open } = archiversOf(t, echo);
  await using archivers = open();
  const archiver = archivers.launch(owner);
  const reply = await archiver.call(measure);
  assert.ok(reply.kind === 'failed');
  assert.match(reply.reason, /^--archiver --owner-uid 1 --owner-gid 2 {"kind":"transform"/);
  archiver.close();
});

for (const [title, program, file] of [
  ['ends', 'process.exit(3)', undefined],
  ['says nonsense', "process.stdin.once('data', () => console.log('nonsense'))", undefined],
  ['answers what is no reply', "process.stdin.once('data', () => console.log('{}'))", undefined],
  ['cannot be started', '', '/nonexistent/program'],
] as const) {
  test(`an archiver that ${title} fails the call`, async (t) => {
    const { open } = archiversOf(t, program, file);
    await using archivers = open();
    const archiver = archivers.launch(owner);
    await assert.rejects(archiver.call(measure), SystemError);
    await assert.rejects(archiver.call(measure), SystemError);
  });
}

test('notes are the next daemon’s; a folder without notes goes', async (t) => {
  const { open, folder, logged } = archiversOf(t, echo);
  {
    await using archivers = open();
    archivers.note(job);
    archivers.note({ ...job, id: 'b2' });
    archivers.note({ ...job, step: 'command-started' });
    archivers.forget('b2');
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  }
  writeFileSync(join(folder, 'half.json'), '{"id":');
  writeFileSync(join(folder, '.draft'), '');
  mkdirSync(join(folder, 'folder'));
  {
    await using archivers = open();
    assert.deepEqual(archivers.left, [{ ...job, step: 'command-started' }]);
    assert.equal(logged.length, 3);
    assert.deepEqual(readdirSync(folder), ['a1.json']);
    archivers.forget('a1');
  }
  assert.throws(() => readdirSync(folder));
});
