/**
 * A domain with ports that tests control: fake applications and consumers in memory, and a clock that
 * stands still until it is moved.
 */
import { PACKED_ALIGNMENTS } from '@lttng-ts/protocols/ust-app';
import type { ApplicationIdentity } from '../core/registration-table.ts';
import { Domain } from '../domain.ts';
import type { ApplicationSocketsListener, MemoryUser, Timers } from '../ports.ts';
import type { DesiredChannel, DesiredRule, DesiredSession } from '../ust-domain.ts';
import { FakeApplication, type FakeApplicationOptions, plainTracepoint } from './fake-application.ts';
import { fakeConsumerLauncher } from './fake-consumer.ts';

export class FakeWorld {
  readonly log: string[] = [];
  readonly #fakeTimers: Timers = {
    after: (delayMs, callback) => {
      this.#timers.set(callback, this.#nowMs + delayMs);
      return () => void this.#timers.delete(callback);
    },
  };
  readonly consumers = fakeConsumerLauncher(this.#fakeTimers);
  /** Who has the buffers' memory. */
  memoryUsers: MemoryUser[] = [];
  readonly stopped = new Set<number>();
  readonly domain: Domain;
  readonly #timers = new Map<() => void, number>();
  #nowMs = 0;

  constructor() {
    this.domain = new Domain({
      log: (level, message) => this.log.push(`${level}: ${message}`),
      timers: this.#fakeTimers,
      host: {
        hostname: 'host',
        environment: new Map(),
        bootId: 'a80293d5-3b68-4187-8102-66dd75a3a202',
        clockOffsetNs: () => 1795448949865176886n,
        newUuid: () => 'cc0df762-2a2d-4311-bdc7-f961999470d1',
        nowS: () => 1795448949,
        utcOffsetMinutes: () => 60,
      },
      memoryUsers: {
        usersOf: async () => this.memoryUsers,
        stateOf: (pid) => (this.stopped.has(pid) ? 'stopped' : 'running'),
      },
      launchConsumer: this.consumers.launch,
      residentBytes: (fd) => fd,
      closeFd: (fd) => this.consumers.started.find(({ openFds }) => openFds.has(fd))?.closeFd(fd),
      applicationTimeoutMs: 5000,
      refusedApplications: () => [],
    });
  }

  /** Runs what is due within `ms`. */
  advance(ms: number): void {
    const end = this.#nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers].sort(([, a], [, b]) => a - b);
      if (next === undefined || next[1] > end) break;
      const [callback, due] = next;
      this.#timers.delete(callback);
      this.#nowMs = due;
      callback();
    }
    this.#nowMs = end;
  }

  /** Lets everything happen that can happen without time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Registers a fake application and waits until it is settled. */
  async addApplication(
    identity: Partial<ApplicationIdentity> = {},
    options: Partial<FakeApplicationOptions> = {},
  ): Promise<{ readonly fake: FakeApplication; readonly listener: ApplicationSocketsListener }> {
    // Assigned below: the fake can only send after it was commanded.
    let listener: ApplicationSocketsListener | null = null;
    let isClosed = false;
    const later = (what: () => void): void =>
      queueMicrotask(() => {
        if (!isClosed) what();
      });
    const fake = new FakeApplication({
      tracepoints: [plainTracepoint],
      sendCommandBytes: (bytes) => later(() => listener?.receiveCommandBytes(bytes)),
      sendNotifyBytes: (bytes) => later(() => listener?.receiveNotifyBytes(bytes)),
      ...options,
    });
    const sockets = {
      sendCommand: (bytes: Uint8Array, fds: readonly number[]) =>
        later(() => fake.receiveCommandBytes(bytes, fds)),
      sendNotify: (bytes: Uint8Array) => later(() => fake.receiveNotifyBytes(bytes)),
      close: () => {
        isClosed = true;
      },
    };
    listener = this.domain.add({ ...fakeIdentity, ...identity }, sockets);
    await this.settle();
    return { fake, listener };
  }
}

const fakeIdentity: ApplicationIdentity = {
  pid: 100,
  ppid: 1,
  uid: 1000,
  gid: 1000,
  name: 'fake',
  abiMajor: 9,
  abiMinor: 0,
  wordSizeBits: 64,
  ...PACKED_ALIGNMENTS,
};

/** A rule that records everything that matches a pattern. */
export function fakeRule(ruleId: number, pattern: string, changes: Partial<DesiredRule> = {}): DesiredRule {
  return {
    ruleId,
    pattern,
    logLevel: { kind: 'all' },
    filter: null,
    exclusions: [],
    isEnabled: true,
    filterBytecode: null,
    ...changes,
  };
}

/** A channel with small buffers. */
export function fakeChannel(index: number, changes: Partial<DesiredChannel> = {}): DesiredChannel {
  return {
    name: `channel${index}`,
    index,
    isEnabled: true,
    attributes: {
      mode: 'discard',
      subbufferSizeBytes: 16384,
      subbufferCount: 4,
      switchTimerUs: 0,
      readTimerUs: 0,
      monitorTimerUs: 0,
      blockingTimeoutUs: 0,
      traceFileSizeBytes: 0,
      traceFileCount: 0,
      output: 'mmap',
      ownership: 'user',
    },
    rules: [fakeRule(1, 'fake:*')],
    contexts: [],
    ...changes,
  };
}

/** A session with one channel. */
export function fakeSession(changes: Partial<DesiredSession> = {}): DesiredSession {
  return {
    id: 1,
    name: 'session',
    traceName: 'session',
    ownerUid: 1000,
    ownerGid: 1000,
    creationTimeS: 1795448949,
    outputPath: '/tmp/out',
    sharedMemoryPath: null,
    network: null,
    liveTimerUs: 0,
    folderName: 'session-20260302-003005',
    chunk: { chunkId: 0, rootPath: '/tmp/out', isRootShared: true, creationTimeS: 1795448949 },
    trackers: { vpid: null, vuid: null, vgid: null },
    channels: [fakeChannel(0)],
    ...changes,
  };
}
