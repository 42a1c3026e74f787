/** LTTng's events about binaries: dumps of the state, and loading and unloading by the dynamic linker. */
import { type EventMessage, type FieldValue, memberValue, textOf } from '@lttng-ts/graph';
import type { LoadedBinary, ProcessBinaries } from './binaries.ts';

/** Events by name, and what each does to a process's binaries. */
const EFFECTS: Readonly<Record<string, (event: EventMessage, binaries: ProcessBinaries) => void>> = {
  'lttng_ust_statedump:start': (_, binaries) => binaries.clear(),
  'lttng_ust_statedump:bin_info': load,
  'lttng_ust_dl:dlopen': load,
  'lttng_ust_lib:load': load,
  'lttng_ust_dl:dlclose': unload,
  'lttng_ust_lib:unload': unload,
  'lttng_ust_statedump:build_id': buildId,
  'lttng_ust_lib:build_id': buildId,
  'lttng_ust_statedump:debug_link': debugLink,
  'lttng_ust_lib:debug_link': debugLink,
};

/** Lets an event of the process change what is known of its binaries. */
export function followEvent(event: EventMessage, binaries: ProcessBinaries): void {
  const { name } = event.eventClass;
  if (name !== null && Object.hasOwn(EFFECTS, name)) EFFECTS[name]!(event, binaries);
}

function valueOf({ eventClass, payload }: EventMessage, name: string): FieldValue | undefined {
  if (eventClass.payload === null || payload === null) return undefined;
  return memberValue(eventClass.payload, payload, name);
}

function integerOf(event: EventMessage, name: string): bigint | null {
  const value = valueOf(event, name);
  return typeof value === 'number' || typeof value === 'bigint' ? BigInt(value) : null;
}

function load(event: EventMessage, binaries: ProcessBinaries): void {
  const [baseAddress, sizeBytes] = [integerOf(event, 'baddr'), integerOf(event, 'memsz')];
  const path = valueOf(event, 'path');
  if (baseAddress === null || sizeBytes === null || path === undefined) return;
  binaries.load({
    path: textOf(path),
    baseAddress,
    sizeBytes,
    // Only dumps of the state say it; what the linker loads can be anywhere.
    isPic: integerOf(event, 'is_pic') !== 0n,
    buildId: null,
    debugLink: null,
  });
}

function unload(event: EventMessage, binaries: ProcessBinaries): void {
  const baseAddress = integerOf(event, 'baddr');
  if (baseAddress !== null) binaries.unload(baseAddress);
}

function binaryOf(event: EventMessage, binaries: ProcessBinaries): LoadedBinary | null {
  const baseAddress = integerOf(event, 'baddr');
  return baseAddress === null ? null : binaries.at(baseAddress);
}

function buildId(event: EventMessage, binaries: ProcessBinaries): void {
  const binary = binaryOf(event, binaries);
  const bytes = valueOf(event, 'build_id');
  if (binary !== null && Array.isArray(bytes)) binary.buildId = Uint8Array.from(bytes as readonly number[]);
}

function debugLink(event: EventMessage, binaries: ProcessBinaries): void {
  const binary = binaryOf(event, binaries);
  const name = valueOf(event, 'filename');
  if (binary !== null && name !== undefined) binary.debugLink = textOf(name);
}
