/** The environment variables that the tracer reads, parsed. Pure. */

export interface TracerEnvironment {
  /** `LTTNG_TS_DISABLE`: every recording function does nothing. */
  readonly isDisabled: boolean;
  /** `LTTNG_TS_CODEGEN=0`: no `new Function`. */
  readonly mayGenerateCode: boolean;
  /** `LTTNG_UST_DEBUG` (presence): say on stderr what happens. */
  readonly isDebugging: boolean;
  /** `LTTNG_UST_REGISTER_TIMEOUT`: how long the first recording waits; -1 for ever, 0 not at all. */
  readonly registerTimeoutMs: number;
  /** Home of the per-user daemon: `LTTNG_HOME`, else `HOME`. */
  readonly home: string | null;
  /** `LTTNG_UST_WITHOUT_BADDR_STATEDUMP`, `LTTNG_UST_WITHOUT_PROCNAME_STATEDUMP` (presence): parts to leave out. */
  readonly stateChoices: { readonly hasModules: boolean; readonly hasProcessName: boolean };
  /** `LTTNG_UST_ALLOW_BLOCKING` (presence): channels with a blocking timeout may stop the program. */
  readonly isBlockingAllowed: boolean;
  /** `LTTNG_UST_APP_PATH` of LTTng 2.14: folder of the one daemon to register with; of a list, the first. */
  readonly appPath: string | null;
}

/** liblttng-ust's default. */
const DEFAULT_REGISTER_TIMEOUT_MS = 3000;
/** Shortest time for an answer on the notify socket, whatever the variable says (liblttng-ust's). */
const MIN_NOTIFY_TIMEOUT_MS = 10;

export function parseEnvironment(env: Readonly<Record<string, string | undefined>>): TracerEnvironment {
  const disable = env['LTTNG_TS_DISABLE'] ?? '';
  return {
    isDisabled: disable !== '' && disable !== '0',
    mayGenerateCode: env['LTTNG_TS_CODEGEN'] !== '0',
    isDebugging: env['LTTNG_UST_DEBUG'] !== undefined,
    registerTimeoutMs: parseTimeout(env['LTTNG_UST_REGISTER_TIMEOUT']),
    home: env['LTTNG_HOME'] || env['HOME'] || null,
    stateChoices: {
      hasModules: env['LTTNG_UST_WITHOUT_BADDR_STATEDUMP'] === undefined,
      hasProcessName: env['LTTNG_UST_WITHOUT_PROCNAME_STATEDUMP'] === undefined,
    },
    isBlockingAllowed: env['LTTNG_UST_ALLOW_BLOCKING'] !== undefined,
    appPath: env['LTTNG_UST_APP_PATH']?.split(':')[0] || null,
  };
}

function parseTimeout(text: string | undefined): number {
  const value = Number.parseInt(text ?? '', 10);
  if (Number.isNaN(value)) return DEFAULT_REGISTER_TIMEOUT_MS;
  return Math.max(-1, value);
}

/** How long to wait for the answer to a registration on the notify socket. */
export function notifyTimeoutMs({ registerTimeoutMs }: TracerEnvironment): number {
  return registerTimeoutMs < 0
    ? DEFAULT_REGISTER_TIMEOUT_MS
    : Math.max(MIN_NOTIFY_TIMEOUT_MS, registerTimeoutMs);
}
