/**
 * The control worker of a program: the two session daemons on one side, the program's threads on the other. It has an
 * event loop of its own, so that a busy program still answers its daemons in time.
 */
import process from 'node:process';
import { workerData } from 'node:worker_threads';
import { loadNative, type Native } from '@lttng-ts/native';
import {
  alignmentsOf,
  UST_ABI_MAJOR,
  UST_ABI_MINOR,
  UST_REGISTRATION_MAGIC,
  type UstSocketType,
} from '@lttng-ts/protocols/ust-app';
import { createDebugLog } from '../../edge/debug-log.ts';
import { processName } from '../../edge/process-facts.ts';
import type { Alignment } from '../../encode/plan.ts';
import { notifyTimeoutMs, parseEnvironment, type TracerEnvironment } from '../../environment.ts';
import { APPLICATION_BITS, type ControlStart } from '../../thread-protocol.ts';
import { ApplicationNumbers } from '../application-numbers.ts';
import { parseChannelShape } from '../channel-shape.ts';
import { EventRegistry } from '../event-registry.ts';
import type { ControlPorts } from '../ports.ts';
import { RecordingTable } from '../recording-table.ts';
import { stateDefinitions } from '../state-dump.ts';
import { applicationContextName, canRecord, contextOperation } from './context-operations.ts';
import { DaemonDomain, socketTypeNumber } from './daemon-domain.ts';
import { createStateRecorder } from './state-recorder.ts';
import { ThreadsLink } from './threads-link.ts';

const alignments = alignmentsOf(process.arch);
const alignment: Alignment = alignments.u64AlignBits > 8 ? 'natural' : 'packed';

function main(native: Native, { first, places }: ControlStart, environment: TracerEnvironment): void {
  const log = createDebugLog(environment.isDebugging, 'control');
  const machine = {
    isNaturallyAligned: alignment === 'natural',
    pageBytes: native.pageSizeBytes(),
    isBlockingAllowed: environment.isBlockingAllowed,
  };
  const parseChannel = (blob: Uint8Array) => parseChannelShape(blob, machine);
  const registry = new EventRegistry();
  const domains: DaemonDomain[] = [];
  const threads = new ThreadsLink({
    onAnnouncement: async ({ events }) => {
      for (const { slot, definition } of events) {
        const eventClass = registry.add(slot, definition);
        if (eventClass === null) continue;
        // An earlier control worker may have left recordings.
        native.recorder.setRecordings(slot, []);
        recordings.include(eventClass, slot);
      }
      await Promise.all(domains.map((domain) => domain.syncRules()));
    },
    onWithdrawal: (slots) => {
      const gone = registry.withdraw(slots);
      // First: no thread may see a bit of a further slot that is another event's.
      for (const slot of slots) native.recorder.freeSlot(slot);
      for (const eventClass of gone) recordings.forget(eventClass);
      for (const domain of domains) void domain.forget(gone);
    },
    onFarewell: (slots) => {
      registry.remove(slots);
      for (const slot of slots) native.recorder.freeSlot(slot);
    },
  });
  const { enableWords } = native.recorder;
  const applications = new ApplicationNumbers({
    publishNames: (names) => threads.publishContexts(names),
    setBits: (bits) => void Atomics.store(enableWords, enableWords.length - APPLICATION_BITS, bits),
  });
  // An earlier control worker may have left bits.
  Atomics.store(enableWords, enableWords.length - APPLICATION_BITS, 0);
  const ports: ControlPorts = {
    recorder: native.recorder,
    threads,
    process: {
      close: (fd) => native.close(fd),
      fileLengthBytes: (fd) => native.fileLengthBytes(fd),
      possibleCpuCount: native.possibleCpuCount(),
      canRecord: (context) => canRecord(context, native),
      contextOperation: (context) => contextOperation(context, alignments, applications),
      useContext: (context, isUsed) => {
        if (context.kind === 'application') applications.use(applicationContextName(context), isUsed);
      },
    },
    state: createStateRecorder({ native, alignment, choices: environment.stateChoices, log }),
    log,
  };
  for (const definition of stateDefinitions) registry.require(definition);
  const recordings = new RecordingTable(ports, alignment);
  threads.start(first);

  let unsettledCount = places.length;
  let daemonCount = 0;
  for (const place of places) {
    const domain = new DaemonDomain({
      native,
      place,
      notifyTimeoutMs: notifyTimeoutMs(environment),
      registration: registrationOf,
      commandsOptions: { ports, registry, recordings, alignments, parseChannel },
      onSettled: () => {
        if (--unsettledCount === 0) threads.setSettled();
      },
      onConnectedChanged: (isConnected) => {
        daemonCount += isConnected ? 1 : -1;
        threads.setDaemonCount(daemonCount);
      },
      log,
    });
    domains.push(domain);
    void domain.run();
  }
}

function registrationOf(type: UstSocketType) {
  return {
    magic: UST_REGISTRATION_MAGIC,
    abiMajor: UST_ABI_MAJOR,
    abiMinor: UST_ABI_MINOR,
    pid: process.pid,
    ppid: process.ppid,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    bitsPerLong: 64,
    ...alignments,
    socketType: socketTypeNumber(type),
    name: processName().slice(0, 15),
  };
}

const native = loadNative();
// Without the addon no thread starts this worker; a failure to load it here only means that nothing is recorded.
if (native !== null) main(native, workerData as ControlStart, parseEnvironment(process.env));
