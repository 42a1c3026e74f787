/** URLs of LTTng live: `net://HOST[:PORT][/host/TARGET/SESSION]`; IPv6 addresses of `net6` are in brackets. */

export interface LiveUrl {
  /** Version of the Internet Protocol. */
  readonly family: 4 | 6;
  readonly host: string;
  /** `null` for the relay daemon's default. */
  readonly port: number | null;
  /** The session to read, or `null` for a URL that names a relay daemon only. */
  readonly session: { readonly targetHost: string; readonly name: string } | null;
}

export type ParsedLiveUrl = LiveUrl | { readonly fault: string };

/** Reads a URL; the fault is in upstream's words. */
export function parseLiveUrl(url: string): ParsedLiveUrl {
  const [, scheme = '', rest = ''] = /^([^:]*)(.*)$/s.exec(url) ?? [];
  if (scheme === '') return { fault: 'Missing protocol' };
  const protocol = scheme === 'net' ? 'net4' : scheme;
  if (protocol !== 'net4' && protocol !== 'net6') return { fault: `Unknown protocol: \`${protocol}\`` };
  if (rest === '') return { fault: `Expecting \`:\` after \`${protocol}\`` };
  if (!rest.startsWith('://')) return { fault: 'Expecting `://` after protocol' };
  // Differs from upstream: an IPv6 address can be given; babeltrace2 has no IPv6.
  const address = protocol === 'net6' ? /^\[([^\]/]*)\](.*)$/s.exec(rest.slice(3)) : null;
  const [, host = '', afterHost = ''] = address ?? /^([^:/]*)(.*)$/s.exec(rest.slice(3)) ?? [];
  if (host === '') return { fault: 'Missing hostname' };
  const port = readPort(afterHost);
  if ('fault' in port) return port;
  const family = protocol === 'net6' ? 6 : 4;
  if (port.rest === '') return { family, host, port: port.number, session: null };
  const session = readSession(port.rest);
  return 'fault' in session ? session : { family, host, port: port.number, session };
}

interface PortPart {
  readonly number: number | null;
  readonly rest: string;
}

function readPort(text: string): PortPart | { readonly fault: string } {
  if (!text.startsWith(':')) return { number: null, rest: text };
  const [, digits = '', rest = ''] = /^([^/]*)(.*)$/s.exec(text.slice(1)) ?? [];
  if (digits === '') return { fault: 'Missing port' };
  const number = Number.parseInt(digits, 10);
  if (Number.isNaN(number)) return { fault: `Invalid port: \`${digits}\`` };
  if (number < 0 || number >= 65536) return { fault: `Invalid port: ${number}` };
  return { number, rest };
}

function readSession(text: string): NonNullable<LiveUrl['session']> | { readonly fault: string } {
  if (!text.startsWith('/host/')) return { fault: 'Expecting `/host/` after hostname or port' };
  const [, targetHost = '', rest = ''] = /^([^/]*)(.*)$/s.exec(text.slice(6)) ?? [];
  if (targetHost === '') return { fault: 'Missing target hostname' };
  if (rest === '') return { fault: `Missing \`/\` after target hostname (\`${targetHost}\`)` };
  const [, name = '', afterName = ''] = /^([^/]*)(.*)$/s.exec(rest.slice(1)) ?? [];
  if (name === '') return { fault: 'Missing session name' };
  if (afterName !== '') return { fault: `Unexpected \`/\` after session name (\`${name}\`)` };
  return { targetHost, name };
}
