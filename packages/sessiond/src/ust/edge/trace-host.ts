/** This machine, for the head of metadata. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Native } from '@lttng-ts/native';
import type { TraceHost } from '../ports.ts';

const BOOT_ID_PATH = '/proc/sys/kernel/random/boot_id';
const CLOCK_SAMPLES = 10;

/** Facts of the machine that the daemon runs on. */
export function traceHost(native: Native, environment: ReadonlyMap<string, string>): TraceHost {
  return {
    hostname: hostname(),
    environment,
    bootId: readBootId(),
    clockOffsetNs: () => sampleClockOffset(native),
    newUuid: () => randomUUID(),
    nowS: () => Math.floor(Date.now() / 1000),
    utcOffsetMinutes: (timeS) => -new Date(timeS * 1000).getTimezoneOffset(),
  };
}

function readBootId(): string | null {
  try {
    return readFileSync(BOOT_ID_PATH, 'utf8').trim();
  } catch {
    // Not mounted in some containers; the line is left out then, as upstream does.
    return null;
  }
}

/** The sample that was least disturbed counts. */
function sampleClockOffset(native: Native): bigint {
  let best: { readonly spreadNs: bigint; readonly offsetNs: bigint } | null = null;
  for (let sample = 0; sample < CLOCK_SAMPLES; sample++) {
    const before = native.clockMonotonicNs();
    const realtime = native.clockRealtimeNs();
    const after = native.clockMonotonicNs();
    const spreadNs = after - before;
    if (best === null || spreadNs < best.spreadNs)
      best = { spreadNs, offsetNs: realtime - (before + spreadNs / 2n) };
  }
  return best?.offsetNs ?? 0n;
}
