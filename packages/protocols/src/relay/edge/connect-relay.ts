/**
 * Connections to relay daemons, of producers and of live readers: plain, as the original's are, or with TLS and a token,
 * which relay daemons of this project take. What is used is said by the environment, so that nothing else changes.
 */
import { readFileSync } from 'node:fs';
import { connect, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { SystemError, systemCall, toError } from '@lttng-ts/base';
import { encodeRelayToken } from '../beginning.ts';

/** How relay daemons are spoken to. */
export interface RelayAccess {
  /** Null: plain. */
  readonly tls: {
    /** Authorities in PEM; null: those that Node knows. */
    readonly authorities: Uint8Array | null;
    /** Our own certificate and key in PEM, for relay daemons that demand one; null: none. */
    readonly own: { readonly certificate: Uint8Array; readonly key: Uint8Array } | null;
  } | null;
  readonly token: string | null;
}

export interface RelayEndpoint {
  readonly host: string;
  readonly port: number;
  readonly family: 4 | 6;
}

/** A host that drops what is sent to it answers nothing at all. */
const CONNECT_TIMEOUT_MS = 30_000;

export const PLAIN_ACCESS: RelayAccess = { tls: null, token: null };

/**
 * Reads LTTNG_TS_RELAY_TLS (1: on), LTTNG_TS_RELAY_CA, LTTNG_TS_RELAY_CERTIFICATE with LTTNG_TS_RELAY_KEY (paths of PEM files)
 * and LTTNG_TS_RELAY_TOKEN_FILE (its first line is the token). Throws `SystemError` for a file that cannot be read.
 */
export function relayAccessOf(environment: Readonly<Record<string, string | undefined>>): RelayAccess {
  const read = (name: string): Uint8Array | null => {
    const path = environment[name] ?? '';
    return path === '' ? null : systemCall({ path, variable: name }, () => readFileSync(path));
  };
  const tokenFile = read('LTTNG_TS_RELAY_TOKEN_FILE');
  const token = tokenFile === null ? '' : (new TextDecoder().decode(tokenFile).split('\n')[0] ?? '').trim();
  const certificate = read('LTTNG_TS_RELAY_CERTIFICATE');
  const key = read('LTTNG_TS_RELAY_KEY');
  const isTls = environment['LTTNG_TS_RELAY_TLS'] === '1';
  return {
    tls: isTls
      ? {
          authorities: read('LTTNG_TS_RELAY_CA'),
          own: certificate === null || key === null ? null : { certificate, key },
        }
      : null,
    token: token === '' ? null : token,
  };
}

/**
 * Connects; the token, if any, is sent. Rejects with `SystemError`, also for certificates that are not trusted, or
 * no certificates, and tokens that are too long.
 */
export async function connectRelay(
  endpoint: RelayEndpoint,
  access: RelayAccess,
  timeoutMs = CONNECT_TIMEOUT_MS,
): Promise<Socket> {
  const { host, port, family } = endpoint;
  const { tls, token } = access;
  const { authorities, own } = tls ?? { authorities: null, own: null };
  // Names are sent to the server, addresses may not be.
  const servername = isIP(host) === 0 ? host : '';
  const secure: ConnectionOptions = {
    ...(authorities === null ? {} : { ca: Buffer.from(authorities) }),
    ...(own === null ? {} : { cert: Buffer.from(own.certificate), key: Buffer.from(own.key) }),
  };
  let socket: Socket;
  let greeting: Uint8Array | null;
  try {
    greeting = token === null ? null : encodeRelayToken(token);
    socket =
      tls === null ? connect({ host, port, family }) : connectTls({ ...secure, ...endpoint, servername });
  } catch (cause) {
    // A token that is too long, PEM that is none.
    throw new SystemError('connect', 'EINVAL', { host, port, reason: toError(cause).message }, { cause });
  }
  await new Promise<void>((settle, fail) => {
    const give = (syscall: string, code: string, cause?: Error): void => {
      socket.destroy();
      fail(new SystemError(syscall, code, { host, port }, { cause }));
    };
    socket.setTimeout(timeoutMs, () => give('connect', 'ETIMEDOUT'));
    // A name with several addresses fails with an error of errors.
    socket.once('error', (cause: NodeJS.ErrnoException) =>
      give(cause.syscall ?? 'connect', cause.code ?? 'EIO', cause),
    );
    socket.once(tls === null ? 'connect' : 'secureConnect', settle);
  });
  socket.setTimeout(0);
  socket.removeAllListeners('timeout');
  socket.removeAllListeners('error');
  // Requests are small and each waits for its reply.
  socket.setNoDelay(true);
  if (greeting !== null) socket.write(greeting);
  return socket;
}
