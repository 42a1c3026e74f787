/** How each context of the ABI is recorded by a Node.js program. */
import { pid } from 'node:process';
import type { ContextOperation } from '@lttng-ts/native';
import { findUstContext, type UstAlignments, type UstContext } from '@lttng-ts/protocols/ust-app';
import { hostByteOrder } from '@lttng-ts/wire';
import {
  type CredentialContext,
  canOpenPerfCounter,
  credential,
  type NamespaceContext,
  namespaceInode,
} from '../../edge/process-facts.ts';
import type { ApplicationNumbers } from '../application-numbers.ts';

/** Gives `null` for a perf counter that cannot be opened, and for a context that does not exist. */
export function contextOperation(
  context: UstContext,
  alignments: UstAlignments,
  applications: ApplicationNumbers,
): ContextOperation | null {
  switch (context.kind) {
    case 'perf':
      // The layout is what must be equal in all programs; counting would need a system call per event and thread.
      return canOpenPerfCounter(context.type) ? u64(0n, alignments) : null;
    case 'application': {
      const number = applications.numberOf(applicationContextName(context));
      if (number !== null) return { kind: 'application', number };
      // The tag `_none`, and a choice without fields.
      return constant(new Uint8Array(1), alignments.u8AlignBits);
    }
    case 'plain':
      return plainOperation(findUstContext(context.number)?.name ?? '', alignments);
  }
}

/** As filters and {@link ApplicationNumbers} name it. */
export function applicationContextName({
  provider,
  name,
}: {
  readonly provider: string;
  readonly name: string;
}): string {
  return `$app.${provider}:${name}`;
}

function plainOperation(name: string, alignments: UstAlignments): ContextOperation | null {
  switch (name) {
    case 'vtid':
    case 'procname':
    case 'ip':
      return { kind: name };
    case 'pthread_id':
      return { kind: 'pthread-id' };
    case 'cpu_id':
      return { kind: 'cpu-id' };
    case 'vpid':
      return u32(pid, alignments);
    case '':
      return null;
    default:
      if (name.endsWith('_ns')) return u64(BigInt(namespaceInode(name as NamespaceContext)), alignments);
      return u32(credential(name as CredentialContext), alignments);
  }
}

const isLittleEndian = hostByteOrder === 'little-endian';

function u32(value: number, { u32AlignBits }: UstAlignments): ContextOperation {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, isLittleEndian);
  return constant(bytes, u32AlignBits);
}

function u64(value: bigint, { u64AlignBits }: UstAlignments): ContextOperation {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, isLittleEndian);
  return constant(bytes, u64AlignBits);
}

function constant(bytes: Uint8Array, alignBits: number): ContextOperation {
  return { kind: 'constant', bytes, alignBytes: alignBits / 8 };
}
