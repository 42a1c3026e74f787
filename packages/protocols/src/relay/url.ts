/**
 * URLs of relay daemons: `net://HOST[:CONTROL[:DATA]][/PATH]` for both ports, `tcp://HOST[:PORT]` for one; with a 6 for
 * IPv6, whose addresses are in brackets. Texts of refusals are upstream's.
 */

export interface RelayUrl {
  readonly protocol: 'net' | 'net6' | 'tcp' | 'tcp6';
  readonly host: string;
  readonly port: number | null;
  /** Of `net` only. */
  readonly dataPort: number | null;
  /** Below the relay's folder; '' without. */
  readonly path: string;
}

export type RelayUrlResult =
  | { readonly url: RelayUrl }
  /** Lines that say what is wrong. */
  | { readonly faults: readonly string[] };

const PROTOCOLS = ['net', 'net6', 'tcp', 'tcp6'] as const;
const MAX_PORT = 65535;

/** Parses a URL. */
export function parseRelayUrl(text: string): RelayUrlResult {
  const separator = text.indexOf('://');
  const protocol = PROTOCOLS.find((name) => name === text.slice(0, Math.max(separator, 0)));
  if (protocol === undefined) return { faults: [`URI parse unknown protocol ${text}`] };
  const rest = text.slice(separator + 3);
  const slash = rest.indexOf('/');
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? '' : rest.slice(slash + 1);
  const bracketEnd = authority.indexOf(']');
  if (authority.startsWith('[') && bracketEnd < 0) {
    return { faults: [`Broken IPv6 address ${authority.slice(1)}`] };
  }
  const hostEnd = bracketEnd < 0 ? `${authority}:`.indexOf(':') : bracketEnd + 1;
  const host = bracketEnd < 0 ? authority.slice(0, hostEnd) : authority.slice(1, bracketEnd);
  if (host === '') return { faults: ['No address or hostname detected.'] };
  const texts = authority.slice(hostEnd).split(':').slice(1);
  const portCount = protocol.startsWith('net') ? 2 : 1;
  const ports = texts.slice(0, portCount).map(parsePort);
  const odd = ports.find((port) => typeof port === 'object' && port !== null);
  if (odd !== null && typeof odd === 'object') return { faults: [`Invalid port number ${odd.wrong}`] };
  const trailing = texts.slice(portCount).map((part) => `:${part}`);
  if (trailing.length > 0) return { faults: [`Trailing characters not recognized: ${trailing.join('')}`] };
  const [port = null, dataPort = null] = ports as readonly (number | null)[];
  return { url: { protocol, host, port, dataPort, path } };
}

function parsePort(text: string | undefined): number | null | { readonly wrong: number } {
  if (text === undefined || text === '') return null;
  const number = Number.parseInt(text, 10);
  const port = Number.isNaN(number) ? 0 : number;
  return port > 0 && port <= MAX_PORT ? port : { wrong: port };
}
