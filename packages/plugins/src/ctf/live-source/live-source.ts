/** `source.ctf.lttng-live`: connects to a relay daemon and gives the messages of a recording while it is made. */
import { UsageError } from '@lttng-ts/base';
import { type SourceClass, UnknownObjectError, type Value, type ValueMap, valueMap } from '@lttng-ts/graph';
import { type LiveUrl, parseLiveUrl } from '@lttng-ts/protocols/live';
import type { Host } from '../../host.ts';
import { type Parameters, requireMap, stringParam, validateParams } from '../../params/validate.ts';
import { type ListedSession, LiveClient, type TraceFormat } from './live-client.ts';
import { LiveEngine, type SessionNotFoundAction } from './live-engine.ts';
import { LiveIterator } from './live-iterator.ts';
import type { LiveTransport, RelayAddress } from './live-transport.ts';

/** Differs from upstream: relay daemons of this project may speak TLS, and ask for a token. Paths of files. */
const ACCESS_VARIABLES = {
  'tls-ca': 'LTTNG_TS_RELAY_CA',
  'tls-certificate': 'LTTNG_TS_RELAY_CERTIFICATE',
  'tls-key': 'LTTNG_TS_RELAY_KEY',
  'token-file': 'LTTNG_TS_RELAY_TOKEN_FILE',
} as const;
const ACCESS_PARAMETERS: Parameters = {
  tls: { shape: { kind: 'boolean' } },
  'tls-ca': { shape: { kind: 'string' } },
  'tls-certificate': { shape: { kind: 'string' } },
  'tls-key': { shape: { kind: 'string' } },
  'token-file': { shape: { kind: 'string' } },
};

const PARAMETERS: Parameters = {
  ...ACCESS_PARAMETERS,
  inputs: {
    shape: { kind: 'array', element: { kind: 'string' }, minimumLength: 1, maximumLength: 1 },
    isMandatory: true,
  },
  'session-not-found-action': { shape: { kind: 'string', choices: ['continue', 'fail', 'end'] } },
};
const SESSIONS_PARAMETERS: Parameters = {
  ...ACCESS_PARAMETERS,
  url: { shape: { kind: 'string' }, isMandatory: true },
};

const DEFAULT_PORT = 5344;
const SUPPORT_WEIGHT = 0.75;

const FORMAT_NAMES: Readonly<Record<TraceFormat, string>> = { 'ctf-1.8': 'CTF 1.8', 'ctf-2': 'CTF 2' };

export const liveSource = (host: Host): SourceClass => ({
  kind: 'source',
  name: 'lttng-live',
  description: 'Connect to an LTTng relay daemon.',
  help: 'See the babeltrace2-source.ctf.lttng-live(7) manual page.',
  query(object, params) {
    const map = requireMap(params);
    switch (object) {
      case 'babeltrace.support-info':
        return supportInfo(map);
      case 'sessions':
        return listSessions(map, host);
      default:
        throw new UnknownObjectError(liveSource(host), object);
    }
  },
  initialize(self, params) {
    validateParams(params, PARAMETERS);
    const [url] = params.get('inputs') as readonly string[];
    const parsed = requireUrl(url!);
    const { session } = parsed;
    if (session === null) throw new UsageError(`URL names no session: url="${url}"`);
    const action = stringParam(params, 'session-not-found-action') ?? 'continue';
    const transport = requireTransport(host);
    let hasIterator = false;
    self.addOutputPort('out');
    return {
      createMessageIterator: () => {
        // A relay daemon lets one viewer attach to a session.
        if (hasIterator) throw new UsageError('Component has a message iterator already');
        hasIterator = true;
        const engine = new LiveEngine({
          transport,
          address: addressOf(parsed, params),
          session,
          sessionNotFoundAction: action as SessionNotFoundAction,
          onNews: () => host.wake?.(),
        });
        engine.start();
        return new LiveIterator(engine, self.mipVersion);
      },
    };
  },
});

function requireUrl(url: string): LiveUrl {
  const parsed = parseLiveUrl(url);
  if ('fault' in parsed) throw new UsageError(`Invalid LTTng live URL format: ${parsed.fault}`);
  return parsed;
}

function requireTransport({ live }: Host): LiveTransport {
  if (live === undefined) throw new UsageError('This program cannot connect to relay daemons');
  return live;
}

function addressOf({ host, port, family }: LiveUrl, params: ValueMap): RelayAddress {
  return { host, port: port ?? DEFAULT_PORT, family, access: accessOf(params) };
}

function accessOf(params: ValueMap): Readonly<Record<string, string>> {
  const tls = params.get('tls');
  const said = Object.entries(ACCESS_VARIABLES).flatMap(([name, variable]) => {
    const path = stringParam(params, name);
    return path === null ? [] : [[variable, path] as const];
  });
  const isTls = tls === undefined ? [] : [['LTTNG_TS_RELAY_TLS', tls === true ? '1' : '0'] as const];
  return Object.fromEntries([...isTls, ...said]);
}

/** A text that is a URL with a session is one that this class reads. */
function supportInfo(params: ValueMap): Value {
  const [type, input] = [params.get('type'), params.get('input')];
  if (typeof type !== 'string') throw new UsageError('Missing or invalid parameter: name="type"');
  if (type !== 'string') return 0;
  if (typeof input !== 'string') throw new UsageError('Missing or invalid parameter: name="input"');
  const parsed = parseLiveUrl(input);
  return 'fault' in parsed || parsed.session === null ? 0 : SUPPORT_WEIGHT;
}

/** `sessions`: those of a relay daemon. */
async function listSessions(params: ValueMap, host: Host): Promise<Value> {
  validateParams(params, SESSIONS_PARAMETERS);
  const url = stringParam(params, 'url') ?? '';
  const client = await LiveClient.connect(requireTransport(host), addressOf(requireUrl(url), params));
  try {
    return merged(await client.listSessions()).map((session) =>
      valueMap({
        url: `${url}/host/${session.hostname}/${session.sessionName}`,
        'target-hostname': session.hostname,
        'session-name': session.sessionName,
        'timer-us': BigInt(session.liveTimerUs),
        'stream-count': BigInt(session.streamCount),
        'client-count': BigInt(session.clientCount),
        'trace-format': FORMAT_NAMES[session.traceFormat],
      }),
    );
  } finally {
    client.close();
  }
}

/** Sessions of one name are one recording: the relay daemon has one for each domain. */
function merged(sessions: readonly ListedSession[]): readonly ListedSession[] {
  const byName = new Map<string, ListedSession>();
  for (const session of sessions) {
    const key = `${session.hostname}/${session.sessionName}`;
    const known = byName.get(key);
    byName.set(
      key,
      known === undefined
        ? session
        : {
            ...known,
            streamCount: known.streamCount + session.streamCount,
            clientCount: Math.max(known.clientCount, session.clientCount),
          },
    );
  }
  return [...byName.values()];
}
