/**
 * Builds the application side of the daemon: consumers, applications' socket, wait memory; and takes it
 * down in reverse order.
 */
import { fstatSync } from 'node:fs';
import { DisposalStack, SystemError } from '@lttng-ts/base';
import { fd, loadNative, nativeUnavailableReason } from '@lttng-ts/native';
import { Domain } from '../domain.ts';
import type { Log, Timers } from '../ports.ts';
import type { UstDomain } from '../ust-domain.ts';
import { ApplicationListener } from './application-listener.ts';
import { type ConsumerCommand, consumerLauncher } from './consumer-process.ts';
import { memoryUsers } from './memory-users.ts';
import { traceHost } from './trace-host.ts';
import { WaitMemory } from './wait-memory.ts';

/** Unit of `st_blocks`, whatever the file system (stat(3type)). */
const STAT_BLOCK_BYTES = 512;

export interface UstDomainOptions {
  /** Where applications connect: `ustSocketPath(home)`. Its folder exists. */
  readonly socketPath: string;
  /** Where applications wait: `ustWaitMemoryPath(uid)`. */
  readonly waitMemoryPath: string;
  /** Whether this is the root daemon, whose memory everybody may read. */
  readonly isGlobal: boolean;
  readonly consumerCommand: ConsumerCommand;
  /** Entries of every trace's environment beside LTTng's own. */
  readonly traceEnvironment: ReadonlyMap<string, string>;
  /** From LTTNG_APP_SOCKET_TIMEOUT (`applicationTimeoutMs`); null: for ever. */
  readonly applicationTimeoutMs: number | null;
  readonly log: Log;
}

/**
 * Starts to listen for applications. Throws `SystemError`: EADDRINUSE when another daemon answers on the
 * socket, ENOEXEC without the native addon.
 */
export async function openUstDomain(options: UstDomainOptions): Promise<UstDomain> {
  const native = loadNative();
  if (native === null) {
    throw new SystemError('dlopen', 'ENOEXEC', { what: nativeUnavailableReason() ?? 'no native addon' });
  }
  const { log, applicationTimeoutMs, consumerCommand, socketPath } = options;
  const resources = new DisposalStack();
  const timers: Timers = {
    after(delayMs, callback) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  };
  try {
    const domain = resources.use(
      new Domain({
        log,
        timers,
        host: traceHost(native, options.traceEnvironment),
        memoryUsers,
        launchConsumer: consumerLauncher({ native, command: consumerCommand, timers, log }),
        closeFd: (number) => native.close(fd(number)),
        residentBytes: (number) => fstatSync(number).blocks * STAT_BLOCK_BYTES,
        applicationTimeoutMs,
        refusedApplications: () => listener.refused(),
      }),
    );
    const listener = new ApplicationListener({
      native,
      path: socketPath,
      timers,
      log,
      timeoutMs: applicationTimeoutMs,
      onApplication: (identity, sockets) => domain.add(identity, sockets),
    });
    resources.defer(() => listener.close());
    const waitMemory = new WaitMemory(native, options.waitMemoryPath, options.isGlobal);
    resources.defer(() => waitMemory.close());
    waitMemory.announce();
    return withDisposal(domain, resources);
  } catch (error) {
    await resources[Symbol.asyncDispose]();
    throw error;
  }
}

/** The domain, whose disposal takes everything down. */
function withDisposal(domain: Domain, resources: DisposalStack): UstDomain {
  return {
    connect: (session) => domain.connect(session),
    start: (session) => domain.start(session),
    update: (session) => domain.update(session),
    stop: (sessionId) => domain.stop(sessionId),
    changeChunk: (session, fate) => domain.changeChunk(session, fate),
    unlessSilent: (sessionId, work) => domain.unlessSilent(sessionId, work),
    snapshot: (sessionId, snapshot) => domain.snapshot(sessionId, snapshot),
    waitForOutput: (sessionId, totalBytes) => domain.waitForOutput(sessionId, totalBytes),
    isDataPending: (sessionId) => domain.isDataPending(sessionId),
    progress: (sessionId) => domain.progress(sessionId),
    regenerateStateDump: (sessionId) => domain.regenerateStateDump(sessionId),
    regenerateMetadata: (sessionId) => domain.regenerateMetadata(sessionId),
    buffers: (sessionId) => domain.buffers(sessionId),
    onBufferSample: (listener) => domain.onBufferSample(listener),
    statistics: (sessionId) => domain.statistics(sessionId),
    destroy: (sessionId, archivePath) => domain.destroy(sessionId, archivePath),
    applications: () => domain.applications(),
    listTracepoints: (withFields) => domain.listTracepoints(withFields),
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}
