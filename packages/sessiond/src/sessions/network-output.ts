/** Outputs on relay daemons: what is refused, and upstream's text for one. */

import { ProtocolError, SystemError } from '@lttng-ts/base';
import type { NetworkOutput, RelayPort } from '@lttng-ts/protocols';
import { refusal, refuse } from './refusal.ts';

/** Upstream's limit of a path on a relay daemon, with the NUL. */
const MAX_PATH_BYTES = 4095;

const NUMBERS = { 4: /^\d{1,3}(\.\d{1,3}){3}$/, 6: /^[\da-f:.]{2,45}$/i } as const;

/** Throws the refusal of an output that cannot be. */
export function requireNetworkOutput(output: NetworkOutput): NetworkOutput {
  const { control, data, path } = output;
  if (control.address === data.address && control.port === data.port) refuse('INVALID');
  for (const { address, family, port } of [control, data]) {
    if (!NUMBERS[family].test(address) || port < 1 || port > 65535) refuse('INVALID');
  }
  if (path.split('/').includes('..')) refuse('INVALID');
  if (path.includes('\0') || Buffer.byteLength(path) > MAX_PATH_BYTES) refuse('INVALID');
  return output;
}

/** As `lttng list` shows it. */
export function networkOutputText({ control, data, path }: NetworkOutput): string {
  return `${portText(control)}/${path} [data: ${data.port}]`;
}

/** As the outputs of snapshots are shown. */
export function snapshotOutputText({ control, path }: NetworkOutput): string {
  return `${portText(control)}/${path}`;
}

/** One port as upstream writes it: `tcp4://127.0.0.1:5342`. */
export function portText({ family, address, port }: RelayPort): string {
  return `tcp${family}://${family === 6 ? `[${address}]` : address}:${port}`;
}

/** What upstream answers when the relay daemon cannot be used. */
export function refusalOfRelay(error: unknown): unknown {
  if (error instanceof SystemError) return refusal('RELAYD_CONNECT_FAIL', { cause: error });
  if (error instanceof ProtocolError) return refusal('RELAYD_VERSION_FAIL', { cause: error });
  return error;
}
