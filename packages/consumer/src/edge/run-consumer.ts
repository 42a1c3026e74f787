/**
 * The consumer process: credentials first, then the link, until it ends.
 */
import process from 'node:process';
import { SystemError } from '@lttng-ts/base';
import { fd, loadNative, nativeUnavailableReason } from '@lttng-ts/native';
import type { ConsumerOptions } from '../core/command-line.ts';
import { layOutChannel } from './channel-layout.ts';
import { becomeOwner } from './credentials.ts';
import { serveConsumer } from './serve-consumer.ts';

/**
 * Runs as the session's owner until the daemon closes the link. Throws `SystemError` when the credentials
 * cannot be dropped or the addon is missing: the process must exit.
 */
export async function runConsumer({ ownerUid, ownerGid, linkFd }: ConsumerOptions): Promise<void> {
  // Loaded before the rights go: the owner may not be allowed to read where this program is installed.
  const native = loadNative();
  becomeOwner(ownerUid, ownerGid);
  process.title = 'lttng-consumerd';
  process.umask(0);
  if (native === null) {
    const what = nativeUnavailableReason() ?? 'the native addon is missing';
    throw new SystemError('dlopen', 'ENOEXEC', { what });
  }
  await serveConsumer(native, fd(linkFd), layOutChannel);
}
