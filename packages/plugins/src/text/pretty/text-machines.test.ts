/** Machines know the programs of all classes, whenever these were made. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TextProgram } from '@lttng-ts/ctf';
import { nodeHost } from '../../edge/node-host.ts';
import { type AddedProgram, StreamPrograms, TextMachines } from './text-machines.ts';

const program: TextProgram = {
  steps: Int32Array.of(0),
  literals: Int32Array.of(0),
  formats: [],
  roomBytes: 8,
  isForMachine: true,
};

test('a machine knows programs that were made before it, and those that are made later', () => {
  using host = nodeHost();
  const programs = new StreamPrograms();
  // The first events may be too few for a machine.
  const added: AddedProgram[] = [{ programs, classNumber: 3, program }];
  const machines = new TextMachines({ host, threads: null, added }, () => true);
  const own = machines.own!;
  assert.equal(programs.in(own.number).count, 0);
  machines.update(own);
  const known = { ...programs.in(own.number) };
  assert.ok(known.address > 0 && known.count > 3);
  added.push({ programs, classNumber: known.count, program });
  machines.update(own);
  assert.ok(programs.in(own.number).count > known.count);
});
