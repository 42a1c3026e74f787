/**
 * TCP keep-alive as the environment asks for it. What is wrong is told, and the start goes on without it, as upstream's
 * does. Pure.
 */
import type { KeepAlive } from '@lttng-ts/relayd';
import { parseSwitch } from '../daemon/config-file.ts';
import type { StartMessage, StartRequest } from '../daemon/start.ts';

const PREFIX = 'LTTNG_RELAYD_TCP_KEEP_ALIVE';
const MAX_INT = 2147483647n;

/** Reads LTTNG_RELAYD_TCP_KEEP_ALIVE and its companions. Numbers of 0 and -1 leave a setting to the system. */
export function readKeepAlive(environment: StartRequest['environment']): {
  readonly keepAlive: KeepAlive;
  readonly messages: readonly StartMessage[];
} {
  const messages: StartMessage[] = [];
  const fault = (text: string): null => {
    messages.push({ kind: 'error', text });
    return null;
  };
  const number = (suffix: string): number | null => {
    const name = `${PREFIX}_${suffix}`;
    const text = environment[name];
    if (text === undefined) return null;
    const value = parseInteger(text);
    if (value === null) return fault(`${name} is not a valid number`);
    if (value < -1n) return fault(`${name} must be greater or equal to -1`);
    if (value > MAX_INT) return fault(`${name} is too big. Maximum value is ${MAX_INT}`);
    return value > 0n ? Number(value) : null;
  };
  const wanted = environment[PREFIX];
  const level = wanted === undefined ? 0 : parseSwitch(wanted);
  if (level !== 0 && level !== 1) fault(`Invalid value for ${PREFIX}`);
  const keepAlive = {
    isEnabled: level === 1,
    idleS: number('IDLE_TIME'),
    intervalS: number('PROBE_INTERVAL'),
    probeCount: number('MAX_PROBE_COUNT'),
  };
  if (environment[`${PREFIX}_ABORT_THRESHOLD`] !== undefined) {
    const name = `${PREFIX}_ABORT_THRESHOLD`;
    const text = `Overriding the TCP keep-alive abort threshold per-socket is not supported by this platform. Ignoring the ${name} environment variable.`;
    messages.push({ kind: 'warning', text });
  }
  return { keepAlive, messages };
}

/** A whole number as C's strtol takes it, all of the text. */
function parseInteger(text: string): bigint | null {
  const [, sign = '', digits = ''] = /^\s*([+-]?)(0x[0-9a-f]+|\d+)$/i.exec(text) ?? [];
  if (digits === '') return null;
  const isOctal = /^0[0-7]+$/.test(digits);
  if (!isOctal && /^0\d/.test(digits)) return null;
  const value = BigInt(isOctal ? `0o${digits.slice(1)}` : digits);
  return sign === '-' ? -value : value;
}
