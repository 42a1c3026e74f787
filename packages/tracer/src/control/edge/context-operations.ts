/** How each context of the ABI is recorded by a Node.js program. */
import { pid } from 'node:process';
import type { ContextOperation, ThreadCalls } from '@lttng-ts/native';
import { findUstContext, type UstAlignments, type UstContext } from '@lttng-ts/protocols/ust-app';
import { hostByteOrder } from '@lttng-ts/wire';
import {
  type CredentialContext,
  credential,
  type NamespaceContext,
  namespaceInode,
} from '../../edge/process-facts.ts';
import type { ApplicationNumbers } from '../application-numbers.ts';

/**
 * Whether a C program in this place would take the context: all programs must agree on the fields of a channel, and
 * liblttng-ust answers with an error when a perf counter cannot be opened.
 */
export function canRecord(context: UstContext, native: Pick<ThreadCalls, 'canCount'>): boolean {
  return context.kind !== 'perf' || native.canCount(context);
}

/** How a context is recorded that {@link canRecord}. */
export function contextOperation(
  context: UstContext,
  alignments: UstAlignments,
  applications: ApplicationNumbers,
): ContextOperation {
  switch (context.kind) {
    case 'perf':
      return { kind: 'perf', type: context.type, config: context.config };
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

function plainOperation(name: string, alignments: UstAlignments): ContextOperation {
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
