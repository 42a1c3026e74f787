/**
 * The session daemon as commands call it: the first of several sockets where one listens, connected at the first
 * call. A daemon that is not there, or goes away, is the same to them, as it is to upstream.
 */
import { SystemError } from '@lttng-ts/base';
import { ControlClient } from '@lttng-ts/control';
import type { AnsweredMethod, ControlEvent, ParamsOf, ResultOf } from '@lttng-ts/protocols';
import { type ControlCaller, noDaemonError } from '../control-caller.ts';
import { openNativeTransport } from './native-transport.ts';

/** A client that connects to the first of `paths` where a daemon listens. */
export class ControlConnection implements ControlCaller {
  readonly #paths: readonly string[];
  #client: ControlClient | null = null;

  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  beside(): ControlCaller {
    return new ControlConnection(this.#paths);
  }

  async events(session: string | null): Promise<AsyncIterableIterator<ControlEvent>> {
    this.#client ??= await this.#connect();
    return await this.#client.events(session);
  }

  async call<M extends AnsweredMethod>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
    this.#client ??= await this.#connect();
    try {
      return await this.#client.call(method, params);
    } catch (cause) {
      if (!(cause instanceof SystemError)) throw cause;
      this.close();
      throw noDaemonError({ cause });
    }
  }

  close(): void {
    this.#client?.close();
    this.#client = null;
  }

  async #connect(): Promise<ControlClient> {
    for (const path of this.#paths) {
      try {
        return await ControlClient.connect(path, { openTransport: openNativeTransport });
      } catch (error) {
        // Nobody listens there, or not for this user: the next one may.
        if (!(error instanceof SystemError)) throw error;
      }
    }
    throw noDaemonError();
  }
}
