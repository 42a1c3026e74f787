/** What streaming to a relay daemon needs of the world: two connections, and a clock. `edge/` gives the real ones. */
import type { MonotonicNs, ScheduledTask } from '@lttng-ts/base';
import type { NetworkOutput } from '@lttng-ts/protocols';

/** The two connections of a session. Nothing is heard of them after `close`. */
export interface RelaySockets {
  sendControl(bytes: Uint8Array): void;
  /** Sends a packet with its header; `onSent` is called when the system has taken all of it. */
  sendData(bytes: Uint8Array, onSent: () => void): void;
  /**
   * Bytes count from now on, and connections that are cut go on with new sockets within `timeoutS`: the relay daemon has given
   * a key for that, in `receivedBytes` of the control connection. `onSent` is called then when the relay daemon has it.
   */
  keepAcrossCuts(key: Uint8Array, timeoutS: number, receivedBytes: number): void;
  /**
   * Gives up sockets on which nothing comes any more: connections go on with new ones, as after a cut. False: there is no
   * key for that, and nothing was done.
   */
  replace(reason: string): boolean;
  /** Connections end when they are cut again. */
  forgetCuts(): void;
  /** Ends both connections once all that was sent is through. */
  close(): void;
  /** Ends both at once. */
  destroy(): void;
}

export interface RelaySocketsListener {
  receiveControl(chunk: Uint8Array): void;
  /** One of the connections has ended or failed. */
  end(reason: string): void;
}

/** Connects to both ports. Rejects with `SystemError`. */
export type ConnectRelay = (output: NetworkOutput, listener: RelaySocketsListener) => Promise<RelaySockets>;

export interface RelayClock {
  now(): MonotonicNs;
  after(delayNs: bigint): MonotonicNs;
  schedule(task: ScheduledTask, due: MonotonicNs): void;
  cancel(task: ScheduledTask): void;
}
