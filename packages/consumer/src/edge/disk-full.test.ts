/**
 * A disk that is really full: a small tmpfs in a mount namespace of its own, in which this file runs again.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SystemError } from '@lttng-ts/base';
import type { PacketDescription } from '../sink.ts';
import { FileChunk } from './file-chunk.ts';

const SMALL_DISK = process.env['LTTNG_TS_TEST_SMALL_DISK'];
const PACKET_BYTES = 64 << 10;

function packet(number: number): PacketDescription {
  return {
    memoryOffsetBytes: 0,
    dataSizeBytes: PACKET_BYTES,
    paddedSizeBytes: PACKET_BYTES,
    timestampBegin: 0n,
    timestampEnd: 0n,
    contentSizeBits: BigInt(PACKET_BYTES) * 8n,
    packetSizeBits: BigInt(PACKET_BYTES) * 8n,
    sequenceNumber: BigInt(number),
    eventsDiscarded: 0n,
    streamId: 0,
    streamInstanceId: 0n,
  };
}

/** Runs in the namespace, with `disk` on 1 MiB. */
function fillAndFree(disk: string): void {
  const chunk = new FileChunk(0, { rootPath: join(disk, 'trace'), isRootShared: true });
  const place = {
    tracePath: 'ust/uid/0/64-bit',
    streamName: 'ch_0',
    traceFileSizeBytes: 0,
    traceFileCount: 0,
    isIndexed: true,
  };
  const stream = chunk.openDataStream(place);
  const metadata = chunk.openMetadata({ tracePath: place.tracePath, uuid: new Uint8Array(16) });
  const dataPath = join(disk, 'trace', place.tracePath, 'ch_0');
  const indexPath = join(disk, 'trace', place.tracePath, 'index/ch_0.idx');
  // Not a multiple of a packet, so that the refused one is taken in part.
  const ballast = join(disk, 'ballast');
  fs.writeFileSync(ballast, new Uint8Array(200 << 10));

  let written = 0;
  const write = () => stream.writePacket(new Uint8Array(PACKET_BYTES).fill(written + 1), packet(written));
  const isFull = (error: unknown) => error instanceof SystemError && error.errnoName === 'ENOSPC';
  assert.throws(() => {
    for (;;) {
      write();
      written++;
    }
  }, isFull);
  assert.ok(written > 3, `written=${written}`);
  for (let i = 0; i < 3; i++) assert.throws(write, isFull);
  const check = () => {
    assert.equal(fs.statSync(dataPath).size, written * PACKET_BYTES, 'no part of a packet stays');
    assert.equal(fs.statSync(indexPath).size, 16 + written * 72, 'no entry without its packet');
  };
  check();
  // The smallest rest is taken by metadata in whole packets or not at all.
  fs.writeFileSync(join(disk, 'rest'), '');
  try {
    for (;;) fs.appendFileSync(join(disk, 'rest'), new Uint8Array(4096));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  }
  assert.throws(() => metadata.append(new Uint8Array(9000)), isFull);
  assert.equal(fs.statSync(join(disk, 'trace', place.tracePath, 'metadata')).size, 0);

  fs.unlinkSync(ballast);
  write();
  written++;
  metadata.append(new Uint8Array(9000));
  check();
  const data = fs.readFileSync(dataPath);
  for (let i = 0; i < written; i++) {
    const bytes = data.subarray(i * PACKET_BYTES, (i + 1) * PACKET_BYTES);
    assert.ok(
      bytes.every((byte) => byte === i + 1),
      `packet ${i} is written once, whole`,
    );
  }
  assert.equal(fs.statSync(join(disk, 'trace', place.tracePath, 'metadata')).size, 3 * 4096);
  chunk.close();
}

if (SMALL_DISK !== undefined) {
  fillAndFree(SMALL_DISK);
} else {
  const isRoot = process.getuid?.() === 0;
  test('a full disk leaves whole packets only, and takes the refused one when it has room', {
    skip: isRoot ? false : 'needs root for a mount namespace',
  }, () => {
    const script = 'mount -t tmpfs -o size=1m tmpfs /mnt && LTTNG_TS_TEST_SMALL_DISK=/mnt exec "$0" "$1"';
    const { status, stderr, error } = spawnSync(
      'unshare',
      ['--mount', 'sh', '-c', script, process.execPath, fileURLToPath(import.meta.url)],
      { encoding: 'utf8', timeout: 240_000 },
    );
    assert.equal(error, undefined);
    assert.equal(status, 0, stderr);
  });
}
