/** Archive policies as people read them. */
import type { ArchivePolicy, ArchivePolicyInfo } from '@lttng-ts/protocols';
import { printable } from './printable.ts';

/** What a policy says, a line for each part. */
export function policyLines({ compression, recipients, command, keep }: ArchivePolicy): readonly string[] {
  const limits = [
    ...(keep.chunkCount === null ? [] : [`${keep.chunkCount} chunks`]),
    ...(keep.totalBytes === null ? [] : [`${keep.totalBytes} bytes`]),
    ...(keep.ageS === null ? [] : [`${keep.ageS} s`]),
  ];
  return [
    ...(compression === null ? [] : [`    compress: ${compression}`]),
    ...recipients.map((recipient) => `    encrypt for: ${recipient}`),
    ...(command === null ? [] : [`    run: ${printable(command)}`]),
    ...(limits.length === 0 ? [] : [`    keep: ${limits.join(', ')}`]),
  ];
}

/** The same with what it has done. */
export function policyInfoLines(info: ArchivePolicyInfo): readonly string[] {
  const { policy, processedCount, waitingCount, deletedCount, failedCount, lastFailure } = info;
  const counts = `${processedCount} processed, ${waitingCount} waiting, ${deletedCount} deleted, ${failedCount} failed`;
  return [
    ...policyLines(policy),
    `    chunks: ${counts}`,
    ...(lastFailure === null ? [] : [`    last failure: ${printable(lastFailure)}`]),
  ];
}
