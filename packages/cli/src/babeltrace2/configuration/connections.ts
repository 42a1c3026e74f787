/**
 * Connections between components: the argument of `--connect`,
 * `UPSTREAM[.UPSTREAM-PORT]:DOWNSTREAM[.DOWNSTREAM-PORT]`, and the rules that all of them must keep.
 */
import { hasReservedCharacters } from '../text/star-glob.ts';
import { isPrintable, takeUntil } from '../text/take-until.ts';
import type { ComponentType } from './component-argument.ts';

export interface Connection {
  readonly upstream: string;
  /** Glob of the ports that are connected. */
  readonly upstreamPort: string;
  readonly downstream: string;
  readonly downstreamPort: string;
  /** As it stood on the command line. */
  readonly argument: string;
}

interface Endpoint {
  readonly name: string;
  readonly port: string;
  readonly end: number;
}

/** Reads the argument; `null` when it is not of this form. */
export function parseConnection(argument: string): Connection | null {
  if (!isPrintable(argument)) return null;
  const upstream = parseEndpoint(argument, 0);
  if (upstream === null || argument[upstream.end] !== ':') return null;
  const downstream = parseEndpoint(argument, upstream.end + 1);
  if (downstream === null || downstream.end !== argument.length) return null;
  return {
    upstream: upstream.name,
    upstreamPort: upstream.port,
    downstream: downstream.name,
    downstreamPort: downstream.port,
    argument,
  };
}

function parseEndpoint(argument: string, from: number): Endpoint | null {
  const name = takeUntil(argument, from, { escapable: '.:\\', endings: '.:' });
  if (name.text === '') return null;
  if (argument[name.end] !== '.') return { name: name.text, port: '*', end: name.end };
  // Backslashes before other characters belong to the glob.
  const port = takeUntil(argument, name.end + 1, { escapable: '.:', endings: '.:' });
  if (port.text === '' || hasReservedCharacters(port.text)) return null;
  return { name: name.text, port: port.text, end: port.end };
}

type TypesByName = ReadonlyMap<string, ComponentType>;
type Rule = (connections: readonly Connection[], types: TypesByName) => string | null;

/** Says which rule the connections break first, in upstream's words, or `null`. */
export function checkConnections(connections: readonly Connection[], types: TypesByName): string | null {
  for (const rule of rules) {
    const fault = rule(connections, types);
    if (fault !== null) return fault;
  }
  return null;
}

const rules: readonly Rule[] = [
  endpointsExist,
  directionsHold,
  allAreConnected,
  noneIsGivenTwice,
  thereIsNoCycle,
];

function endpointsExist(connections: readonly Connection[], types: TypesByName): string | null {
  for (const { upstream, downstream, argument } of connections) {
    const [end, name] = types.has(upstream) ? ['downstream', downstream] : ['upstream', upstream];
    if (types.has(name)) continue;
    return `Invalid connection: cannot find ${end} component \`${name}\`:\n    ${argument}`;
  }
  return null;
}

function directionsHold(connections: readonly Connection[], types: TypesByName): string | null {
  for (const { upstream, downstream, argument } of connections) {
    const type = types.get(upstream);
    if (type === 'sink') {
      return `Invalid connection: cannot connect sink component \`${upstream}\` to component \`${downstream}\`:\n    ${argument}`;
    }
    if (types.get(downstream) !== 'source') continue;
    return `Invalid connection: ${type} component \`${upstream}\` not connected to filter or sink component:\n    ${argument}`;
  }
  return null;
}

function allAreConnected(connections: readonly Connection[], types: TypesByName): string | null {
  const connected = new Set(connections.flatMap(({ upstream, downstream }) => [upstream, downstream]));
  for (const type of ['source', 'filter', 'sink'] as const) {
    for (const [name, itsType] of types) {
      if (itsType === type && !connected.has(name)) return `Component \`${name}\` is not connected`;
    }
  }
  return null;
}

function noneIsGivenTwice(connections: readonly Connection[]): string | null {
  const seen = new Set<string>();
  for (const { argument, ...ends } of connections) {
    const key = JSON.stringify(ends);
    if (seen.has(key)) return `Duplicate connection:\n    ${argument}`;
    seen.add(key);
  }
  return null;
}

function thereIsNoCycle(connections: readonly Connection[]): string | null {
  const finished = new Set<string>();
  const follow = (name: string, path: ReadonlySet<string>): string | null => {
    if (finished.has(name)) return null;
    for (const { upstream, downstream, argument } of connections) {
      if (upstream !== name) continue;
      if (path.has(downstream)) return `Invalid connection: connection forms a cycle:\n    ${argument}`;
      const fault = follow(downstream, new Set([...path, downstream]));
      if (fault !== null) return fault;
    }
    finished.add(name);
    return null;
  };
  for (const { upstream } of connections) {
    const fault = follow(upstream, new Set([upstream]));
    if (fault !== null) return fault;
  }
  return null;
}
