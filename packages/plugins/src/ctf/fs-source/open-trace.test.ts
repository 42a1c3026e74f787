import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SystemError } from '@lttng-ts/base';
import { Random } from '@lttng-ts/ctf/testing';
import type { InputFiles } from '../../host.ts';
import { filesHost } from '../../testing/run-or-messages.ts';
import { timedTrace } from '../../testing/timed-trace.ts';
import { openTrace } from './open-trace.ts';

const { files } = timedTrace('/trace', new Random(1), { mistake: 'none', hasIndex: true });
const { input } = filesHost(files);

/** The files of the trace, of which the system refuses what `isRefused`. */
function refusing(isRefused: (path: string) => boolean): InputFiles {
  const check = (path: string): void => {
    if (isRefused(path)) throw new SystemError('open', 'EACCES', { path });
  };
  return {
    ...input,
    list: (path) => {
      check(path);
      return input.list(path);
    },
    open: (path) => {
      check(path);
      return input.open(path);
    },
  };
}

test('an index that nobody may read is done without, and told', () => {
  const { streams, ctf } = openTrace(['/trace'], input);
  assert.deepEqual(ctf.notices, []);
  for (const refused of ['/trace/index', '/trace/index/']) {
    const opened = openTrace(
      ['/trace'],
      refusing((path) => path.startsWith(refused)),
    );
    const packetsOf = ({ dataStream }: (typeof streams)[number]): number => dataStream.packets.length;
    assert.deepEqual(opened.streams.map(packetsOf), streams.map(packetsOf));
    assert.deepEqual(
      opened.ctf.notices.map(({ kind }) => kind),
      streams.map(() => 'unfit-index'),
    );
  }
});
