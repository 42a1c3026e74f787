/**
 * A session daemon in memory for the tests of commands: sessions, channels, rules and contexts with
 * upstream's refusals, no tracing. It is a `ControlCaller`, so no socket is needed.
 */
import { PeerError } from '@lttng-ts/base';
import {
  type ApplicationInfo,
  type ApplicationTracepoints,
  type ChannelAttributes,
  type ChannelInfo,
  type ChannelLosses,
  type ControlHandlers,
  type ControlMethod,
  type Domain,
  type EventRule,
  type LttngErrorName,
  lttngErrors,
  type ParamsOf,
  type ResultOf,
  type SessionInfo,
} from '@lttng-ts/protocols';
import type { ControlCaller } from '../lttng/control-caller.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type FakeChannel = Mutable<ChannelInfo>;
type FakeSession = Omit<Mutable<SessionInfo>, 'domains'> & { channels: FakeChannel[] };

/** Contexts that a C program accepts in the user space domain. */
const UST_CONTEXTS =
  /^(vpid|vtid|procname|pthread_id|ip|(cgroup|ipc|mnt|net|pid|time|user|uts)_ns|v[es]?[ug]id|perf:thread:.*|\$app\..*)$/;
const BAD_FILTERS = /(>|@|\(a == 1|unterminated| = 1| ! b|"b" > 1|\+ 1|1\.5)$|unterminated/;
const PAGE_BYTES = 4096;

const defaults: ChannelAttributes = {
  mode: 'discard',
  subbufferSizeBytes: 524288,
  subbufferCount: 4,
  switchTimerUs: 0,
  readTimerUs: 0,
  monitorTimerUs: 1_000_000,
  blockingTimeoutUs: 0,
  traceFileSizeBytes: 0,
  traceFileCount: 0,
  output: 'mmap',
  ownership: 'user',
};

function refuse(name: LttngErrorName): never {
  const { number, text } = lttngErrors[name];
  throw new PeerError(number, name, text);
}

/** What tests set beforehand. */
export interface FakeDaemonSetup {
  readonly applications?: readonly ApplicationInfo[];
  readonly tracepoints?: readonly ApplicationTracepoints[];
  /** Losses that every stop reports for each channel. */
  readonly losses?: Omit<ChannelLosses, 'channel'>;
  /** How often `session.data-pending` answers that data are pending. */
  readonly pendingCount?: number;
}

export class FakeDaemon implements ControlCaller {
  isRunning = true;
  readonly sessions: FakeSession[] = [];
  readonly #setup: FakeDaemonSetup;
  #pending = 0;
  #nextId = 1;

  constructor(setup: FakeDaemonSetup = {}) {
    this.#setup = setup;
  }

  async call<M extends ControlMethod>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
    if (!this.isRunning) refuse('NO_SESSIOND');
    const handler = this.#handlers[method] as (params: ParamsOf<M>, context: null) => Promise<unknown>;
    // As over a socket: values are copies.
    return structuredClone(await handler(structuredClone(params), null)) as ResultOf<M>;
  }

  readonly #handlers: ControlHandlers<null> = {
    'daemon.info': async () => ({ version: 'fake', pid: 1, uid: 0 }),
    'session.create': async (params) => ({ session: this.#info(this.#create(params)) }),
    'session.list': async () => ({ sessions: this.sessions.map((session) => this.#info(session)) }),
    'session.start': async ({ session: name }) => {
      const session = this.#session(name);
      if (session.channels.length === 0) refuse('NO_CHANNEL');
      if (session.isActive) refuse('TRACE_ALREADY_STARTED');
      session.isActive = true;
      session.wasStarted = true;
      return {};
    },
    'session.stop': async ({ session: name }) => {
      const session = this.#session(name);
      if (!session.isActive) refuse('TRACE_ALREADY_STOPPED');
      session.isActive = false;
      this.#pending = this.#setup.pendingCount ?? 0;
      return { losses: this.#losses(session) };
    },
    'session.data-pending': async ({ session: name }) => ({
      isPending: this.#pending-- > 0,
      losses: this.#losses(this.#session(name)),
    }),
    'session.destroy': async ({ session: name }) => {
      const session = this.#session(name);
      this.sessions.splice(this.sessions.indexOf(session), 1);
      return { session: this.#info(session), losses: this.#losses(session) };
    },
    'channel.enable': async (params) => ({ attributes: this.#enableChannel(params).attributes }),
    'event.enable': async (params) => this.#enableEvent(params),
    'context.add': async (params) => this.#addContext(params),
    'application.list': async () => ({ applications: this.#setup.applications ?? [] }),
    'tracepoint.list': async ({ domain }) => {
      if (domain === 'kernel') refuse('KERN_NA');
      return { applications: domain === 'ust' ? (this.#setup.tracepoints ?? []) : [] };
    },
  };

  #session(name: string): FakeSession {
    return this.sessions.find((session) => session.name === name) ?? refuse('SESS_NOT_FOUND');
  }

  #info({ channels, ...session }: FakeSession): SessionInfo {
    const ownership = channels[0]?.attributes.ownership ?? 'user';
    return { ...session, domains: channels.length === 0 ? [] : [{ domain: 'ust', ownership, channels }] };
  }

  #losses({ channels }: FakeSession): readonly ChannelLosses[] {
    const { losses } = this.#setup;
    return losses === undefined ? [] : channels.map(({ name }) => ({ channel: name, ...losses }));
  }

  #create({ name: asked, output, sharedMemoryPath }: ParamsOf<'session.create'>): FakeSession {
    if (asked === '') refuse('INVALID');
    if (asked?.includes('/') === true) refuse('SESSION_INVALID_CHAR');
    const name = asked ?? 'auto-20260101-000000';
    if (this.sessions.some((session) => session.name === name)) refuse('EXIST_SESS');
    const dated = asked === null ? name : `${name}-20260101-000000`;
    const outputPath = { default: '', path: '', none: '' };
    if (output.kind === 'default') outputPath.default = `${output.homePath}/lttng-traces/${dated}`;
    if (output.kind === 'path') outputPath.path = output.path;
    const session: FakeSession = {
      name,
      id: this.#nextId++,
      ownerUid: 0,
      ownerGid: 0,
      isActive: false,
      wasStarted: false,
      outputPath: outputPath[output.kind],
      sharedMemoryPath: sharedMemoryPath === null ? '' : `${sharedMemoryPath}/${dated}`,
      isSnapshotMode: false,
      liveTimerUs: 0,
      creationTimeS: 0,
      channels: [],
      faults: [],
    };
    this.sessions.push(session);
    return session;
  }

  #enableChannel({ session: name, domain, channel, attributes }: ParamsOf<'channel.enable'>): FakeChannel {
    const session = this.#session(name);
    this.#refuseDomain(domain);
    if (/^\.|\//.test(channel)) refuse('INVALID_CHANNEL_NAME');
    if (session.channels.some((candidate) => candidate.name === channel)) refuse('UST_CHAN_EXIST');
    if (session.wasStarted) refuse('TRACE_ALREADY_STARTED');
    const asked = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
    const made: ChannelAttributes = { ...defaults, ...(asked as Partial<ChannelAttributes>) };
    const [first] = session.channels;
    if (first !== undefined && first.attributes.ownership !== made.ownership) refuse('BUFFER_TYPE_MISMATCH');
    if (made.output === 'splice') refuse('NOT_SUPPORTED');
    if (made.subbufferSizeBytes < PAGE_BYTES) refuse('INVALID');
    if (made.subbufferSizeBytes >= 2 ** 34) refuse('NOMEM');
    if (made.mode === 'overwrite' && made.subbufferCount < 2) refuse('INVALID');
    const subbufferSizeBytes =
      made.ownership === 'process' && asked['subbufferSizeBytes'] === undefined
        ? 16384
        : made.subbufferSizeBytes;
    const traceFileSizeBytes =
      made.traceFileSizeBytes === 0 ? 0 : Math.max(made.traceFileSizeBytes, subbufferSizeBytes);
    const fake: FakeChannel = {
      name: channel,
      isEnabled: true,
      attributes: { ...made, subbufferSizeBytes, traceFileSizeBytes },
      rules: [],
      contexts: [],
      discardedEventCount: 0,
      lostPacketCount: 0,
    };
    session.channels.push(fake);
    return fake;
  }

  #refuseDomain(domain: Domain): void {
    if (domain === 'kernel') refuse('KERN_NA');
    if (domain !== 'ust') refuse('UNKNOWN_DOMAIN');
  }

  #enableEvent({ session: name, domain, channel, rule }: ParamsOf<'event.enable'>): ResultOf<'event.enable'> {
    const session = this.#session(name);
    this.#refuseDomain(domain);
    if (rule.filter === '') refuse('INVALID');
    if (rule.filter !== null && BAD_FILTERS.test(rule.filter)) refuse('FILTER_INVAL');
    if (new Set(rule.exclusions).size < rule.exclusions.length) refuse('INVALID');
    const isElsewhere =
      session.channels.length > 0 && !session.channels.some((each) => each.name === 'channel0');
    if (channel === null && isElsewhere) refuse('NEED_CHANNEL_NAME');
    const wanted = channel ?? 'channel0';
    const known = session.channels.find((candidate) => candidate.name === wanted);
    const target = known ?? this.#enableChannel({ session: name, domain, channel: wanted, attributes: {} });
    const key = ({ pattern, logLevel, filter, exclusions }: EventRule): string =>
      JSON.stringify([pattern, logLevel, filter, exclusions]);
    if (target.rules.some((each) => key(each) === key(rule))) refuse('UST_EVENT_ENABLED');
    target.rules = [...target.rules, { ...rule, isEnabled: true }];
    return { channel: wanted, isNewChannel: known === undefined };
  }

  #addContext({ session: name, domain, channel, context }: ParamsOf<'context.add'>): Record<string, never> {
    const session = this.#session(name);
    this.#refuseDomain(domain);
    if (session.wasStarted) refuse('TRACE_ALREADY_STARTED');
    if (session.channels.length === 0) {
      this.#enableChannel({ session: name, domain, channel: 'channel0', attributes: {} });
    }
    const targets = session.channels.filter((each) => channel === null || each.name === channel);
    if (targets.length === 0) refuse('UST_CHAN_NOT_FOUND');
    if (!UST_CONTEXTS.test(context)) refuse('UST_CONTEXT_INVAL');
    const fresh = targets.filter(({ contexts }) => !contexts.includes(context));
    // Upstream adds to the channels that lack it, and refuses when one named channel has it.
    if (fresh.length === 0 || (channel !== null && fresh.length < targets.length))
      refuse('UST_CONTEXT_EXIST');
    for (const each of fresh) each.contexts = [...each.contexts, context];
    return {};
  }
}
