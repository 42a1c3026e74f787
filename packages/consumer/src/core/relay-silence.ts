/** How long a relay daemon may say nothing while something is asked of it. */

/** Longer than TCP needs to go on after half a minute without a network: its attempts are up to 26 s apart then. */
const DEFAULT_MS = 90_000;
const NS_PER_MS = 1_000_000n;

/** From the variable with which LTTng-tools limits how long it waits for a peer: milliseconds. */
export function relaySilenceNs(environment: Readonly<Record<string, string | undefined>>): bigint {
  const text = environment['LTTNG_NETWORK_SOCKET_TIMEOUT'];
  const asked = text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return BigInt(asked > 0 ? asked : DEFAULT_MS) * NS_PER_MS;
}
