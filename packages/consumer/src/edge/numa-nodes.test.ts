import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadNative, nativeUnavailableReason } from '@lttng-ts/native';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { nodeOfCpu } from './numa-nodes.ts';

const native = loadNative();
const NUMA_MAPS = '/proc/self/numa_maps';
const skip =
  native === null
    ? `no addon: ${nativeUnavailableReason()}`
    : existsSync(NUMA_MAPS) && existsSync('/sys/devices/system/node/node0')
      ? false
      : 'the kernel has no NUMA';

test('the node of a CPU, on a machine with two nodes and a CPU that is not there', (t) => {
  const sysfs = temporaryFolder(t);
  const nodes = [0, 1, 0, 12];
  for (const [cpu, node] of nodes.entries()) {
    mkdirSync(join(sysfs, `cpu${cpu}`, 'topology'), { recursive: true });
    symlinkSync(`../../node/node${node}`, join(sysfs, `cpu${cpu}`, `node${node}`));
  }
  mkdirSync(join(sysfs, 'cpu4', 'node_of_something'), { recursive: true });
  const found = [0, 1, 2, 3, 4, 5].map((cpu) => nodeOfCpu(cpu, sysfs));
  assert.deepEqual(found, [0, 1, 0, 12, null, null]);
});

test('the kernel knows where the memory is to be', { skip }, () => {
  const lengthBytes = 64 << 10;
  const fd = native!.createSharedMemory('numa-test', lengthBytes, 0);
  using mapping = native!.mmap(fd, lengthBytes, { isWritable: true });
  assert.equal(mapping.lengthBytes, lengthBytes);
  const line = readFileSync(NUMA_MAPS, 'utf8')
    .split('\n')
    .find((text) => text.includes('numa-test'));
  assert.match(line ?? '', /^[0-9a-f]+ prefer(=static)?:0 /);
  native!.close(fd);
});

test('a node that is not there is no failure', { skip: native === null ? 'no addon' : false }, () => {
  const fd = native!.createSharedMemory('numa-test', 4096, 1000);
  assert.equal(native!.fileLengthBytes(fd), 4096);
  native!.close(fd);
});
