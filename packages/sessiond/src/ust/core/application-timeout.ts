/** The environment variable LTTNG_APP_SOCKET_TIMEOUT: seconds, −1 for no limit. */

const DEFAULT_TIMEOUT_S = 5;

/** How long an application may take to answer, in milliseconds; null: for ever. Nonsense gives the default. */
export function applicationTimeoutMs(value: string | undefined): number | null {
  if (value === undefined || !/^-?\d{1,6}$/.test(value.trim())) return DEFAULT_TIMEOUT_S * 1000;
  const seconds = Number(value);
  if (seconds < 0) return null;
  // 0 would give up on every application at once; for the original it means no limit (SO_RCVTIMEO 0).
  return seconds === 0 ? null : seconds * 1000;
}
