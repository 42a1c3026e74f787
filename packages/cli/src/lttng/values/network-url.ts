/**
 * URLs of relay daemons as commands take them: `net[4|6]://HOST[:CONTROL[:DATA]][/PATH]` for both ports,
 * `tcp[4|6]://HOST[:PORT][/PATH]` for one of two. Texts of refusals are upstream's. Hosts become numbers here: the
 * daemon asks nobody for names.
 */
import type { NetworkOutput, RelayPort } from '@lttng-ts/protocols';
import { RELAY_CONTROL_PORT, RELAY_DATA_PORT } from '@lttng-ts/protocols/relay';
import type { Machine as WholeMachine } from '../machine.ts';

type Machine = Pick<WholeMachine, 'resolveHost'>;

interface NetworkUrl {
  /** `net` means both ports. */
  readonly isBoth: boolean;
  readonly family: 4 | 6;
  readonly host: string;
  readonly port: number | null;
  readonly dataPort: number | null;
  /** Behind the slash after the ports. */
  readonly path: string;
}

/** What two URLs, or one, come to: an output, or lines that say what is wrong. */
export type ResolvedUrls =
  | { readonly kind: 'network'; readonly output: NetworkOutput }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'wrong'; readonly lines: readonly string[] };

const UNRECOGNIZED = 'Unrecognized URL format.';
const MAX_PORT = 65535;
/** Numbers of address families, as upstream's message has them. */
const FAMILY_NUMBERS = { 4: 2, 6: 10 } as const;

/** Whether a URL is of the kinds that this module knows. */
export function isNetworkUrl(url: string): boolean {
  return /^(net|tcp)[46]?:\/\//.test(url);
}

/** Reads one URL that says where everything goes. */
export async function resolveUrl(machine: Machine, url: string): Promise<ResolvedUrls> {
  const parsed = await parse(machine, url);
  if ('fault' in parsed) return notParsed(parsed.fault, url);
  if (parsed.kind === 'path') return parsed;
  const { isBoth, port, dataPort, path } = parsed.url;
  if (!isBoth) return { kind: 'wrong', lines: [UNRECOGNIZED] };
  const at = (given: number | null, usual: number): RelayPort => portOf(parsed, given ?? usual);
  return network(at(port, RELAY_CONTROL_PORT), at(dataPort, RELAY_DATA_PORT), path);
}

/** Reads the URLs of both ports. */
export async function resolveUrls(
  machine: Machine,
  controlUrl: string,
  dataUrl: string,
): Promise<ResolvedUrls> {
  const control = await parse(machine, controlUrl);
  if ('fault' in control) return notParsed(control.fault, controlUrl);
  if (control.kind === 'path') return mismatch('Cannot have a data URL when destination is file://');
  if (control.url.isBoth) {
    if (controlUrl === dataUrl) return await resolveUrl(machine, controlUrl);
    return mismatch('Control URL uses the net:// protocol and the data URL is different. Not allowed.');
  }
  const data = await parse(machine, dataUrl);
  if ('fault' in data) return notParsed(data.fault, dataUrl);
  if (data.kind === 'network' && data.url.isBoth) {
    return mismatch('Data URL can not be set with the net[4|6]:// protocol');
  }
  const isSame =
    data.kind === 'network' && data.url.family === control.url.family && data.address === control.address;
  if (!isSame) return mismatch('Control and data destination mismatch');
  const { port, path } = control.url;
  return network(
    portOf(control, port ?? RELAY_CONTROL_PORT),
    portOf(data, data.url.port ?? RELAY_DATA_PORT),
    path,
  );
}

type Parsed =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'network'; readonly url: NetworkUrl; readonly address: string }
  | { readonly fault: string };

async function parse(machine: Machine, text: string): Promise<Parsed> {
  if (text.startsWith('/')) return { kind: 'path', path: text };
  const [, scheme = '', rest = ''] = /^([^:]*):\/\/(.*)$/s.exec(text) ?? [];
  if (scheme === 'file') {
    return rest.startsWith('/') ? { kind: 'path', path: rest } : { fault: 'Missing destination full path.' };
  }
  const [, kind = '', version = ''] = /^(net|tcp)([46]?)$/.exec(scheme) ?? [];
  if (kind === '') return { fault: `URI parse unknown protocol ${text}` };
  const url = parseAuthority(rest, kind === 'net', version === '6' ? 6 : 4);
  if ('fault' in url) return url;
  const address = await machine.resolveHost(url.host, url.family);
  if (address === null) {
    return { fault: `URI parse bad hostname ${url.host} for af ${FAMILY_NUMBERS[url.family]}` };
  }
  return { kind: 'network', url, address };
}

function parseAuthority(
  rest: string,
  isBoth: boolean,
  family: 4 | 6,
): NetworkUrl | { readonly fault: string } {
  const [, authority = '', path = ''] = /^([^/]*)\/?(.*)$/s.exec(rest) ?? [];
  const [, bracketed, plain, tail = ''] = /^(?:\[([^\]]*)\]|([^:[]*))(.*)$/s.exec(authority) ?? [];
  const host = bracketed ?? plain ?? '';
  if (host === '') return { fault: 'No address or hostname detected.' };
  const ports: (number | null)[] = [];
  let left = tail;
  while (ports.length < (isBoth ? 2 : 1) && left.startsWith(':')) {
    const [, digits = '', others = ''] = /^:([^:]*)(.*)$/s.exec(left) ?? [];
    left = others;
    if (digits === '') {
      ports.push(null);
      continue;
    }
    const parsed = Number.parseInt(digits, 10);
    const port = Number.isNaN(parsed) ? 0 : parsed;
    if (port < 1 || port > MAX_PORT) return { fault: `Invalid port number ${port}` };
    ports.push(port);
  }
  if (left !== '') return { fault: `Trailing characters not recognized: ${left}` };
  const [port = null, dataPort = null] = ports;
  return { isBoth, family, host, port, dataPort, path };
}

function portOf({ url, address }: Extract<Parsed, { readonly kind: 'network' }>, port: number): RelayPort {
  return { family: url.family, address, port };
}

function network(control: RelayPort, data: RelayPort, path: string): ResolvedUrls {
  return { kind: 'network', output: { control, data, path } };
}

function notParsed(fault: string, url: string): ResolvedUrls {
  return { kind: 'wrong', lines: [fault, `Unable to parse the URL ${url}`, UNRECOGNIZED] };
}

function mismatch(fault: string): ResolvedUrls {
  return { kind: 'wrong', lines: [fault, UNRECOGNIZED] };
}

/** URLs of both ports, as upstream saves them. */
export function urlsOf({ control, data, path }: NetworkOutput): {
  readonly controlUrl: string;
  readonly dataUrl: string;
} {
  return { controlUrl: `${portUrl(control)}/${path}`, dataUrl: `${portUrl(data)}/` };
}

function portUrl({ family, address, port }: RelayPort): string {
  return `tcp${family}://${family === 6 ? `[${address}]` : address}:${port}`;
}
