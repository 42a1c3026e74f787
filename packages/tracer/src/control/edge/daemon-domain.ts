/**
 * One session daemon that may be there or not: root's, or the user's. Connects, registers, serves it until it is gone,
 * waits for the next one. The rules of retrying are liblttng-ust's.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { toError } from '@lttng-ts/base';
import type { Fd, Native } from '@lttng-ts/native';
import { registrationMessage, type UstSocketType, ustSocketTypes } from '@lttng-ts/protocols/ust-app';
import type { DaemonPlace } from '../../daemon-places.ts';
import { DaemonCommands, type DaemonCommandsOptions } from '../daemon-commands.ts';
import type { EventClass } from '../event-registry.ts';
import { CommandSocket } from './command-socket.ts';
import { NotifySocket } from './notify-socket.ts';
import { WaitMemory } from './wait-memory.ts';

/** Pause after a second failure in a row. */
const RETRY_MS = 5000;

export interface DaemonDomainOptions {
  readonly native: Native;
  readonly place: DaemonPlace;
  readonly notifyTimeoutMs: number;
  readonly registration: (type: UstSocketType) => Parameters<typeof registrationMessage.encode>[0];
  readonly commandsOptions: Omit<DaemonCommandsOptions, 'notify' | 'onRegistered'>;
  /** The first attempt is over: registered, or there is no daemon. Called once. */
  readonly onSettled: () => void;
  readonly onConnectedChanged: (isConnected: boolean) => void;
  readonly log: (message: string) => void;
}

export class DaemonDomain {
  readonly #options: DaemonDomainOptions;
  #commands: DaemonCommands | null = null;
  #isSettled = false;

  constructor(options: DaemonDomainOptions) {
    this.#options = options;
  }

  /** Tells the daemon about events that were defined meanwhile. */
  async syncRules(): Promise<void> {
    await this.#commands?.syncRules();
  }

  /** See `DaemonCommands.forget`. */
  async forget(classes: readonly EventClass[]): Promise<void> {
    await this.#commands?.forget(classes);
  }

  /** Runs for the life of the process. */
  async run(): Promise<void> {
    const { native, place, log } = this.#options;
    const waitMemory = WaitMemory.open(native, place);
    for (let failureCount = 0; ; ) {
      const reason = await this.#serveOnce();
      log(`No session daemon: path="${place.socketPath}", reason=${JSON.stringify(reason)}`);
      this.#settle();
      if (reason === null) {
        failureCount = 0;
        continue;
      }
      if (waitMemory === null) return log('Wait memory cannot be mapped: this daemon is ignored from now on');
      await waitMemory.waitForDaemon();
      // The word may be stale, left by a daemon that was killed: do not try all the time.
      if (++failureCount % 2 === 0) await sleep(RETRY_MS);
    }
  }

  /** One connection from its beginning to its end; gives why it could not begin, or `null` when it ended. */
  async #serveOnce(): Promise<string | null> {
    const fds: Fd[] = [];
    try {
      const command = this.#connect('command', fds);
      const notify = this.#connect('notify', fds);
      await this.#serve(command, notify);
      return null;
    } catch (error) {
      for (const fd of fds) this.#options.native.close(fd);
      return toError(error).message;
    }
  }

  #connect(type: UstSocketType, opened: Fd[]): Fd {
    const { native, place, registration } = this.#options;
    const fd = native.connectUnix(place.socketPath);
    opened.push(fd);
    const message = registrationMessage.encode(registration(type));
    // A fresh socket always has room for 136 bytes.
    if (native.sendMessage(fd, message) !== message.length) throw new Error(`Short write: type="${type}"`);
    return fd;
  }

  #serve(commandFd: Fd, notifyFd: Fd): Promise<void> {
    const { native, notifyTimeoutMs, commandsOptions, onConnectedChanged, log } = this.#options;
    return new Promise((resolve) => {
      const end = (reason: string): void => {
        if (this.#commands !== commands) return;
        this.#commands = null;
        log(`Session daemon is gone: reason="${reason}"`);
        commandSocket.close();
        notifySocket.close();
        commands.close();
        onConnectedChanged(false);
        resolve();
      };
      const notifySocket = new NotifySocket({
        native,
        fd: notifyFd,
        timeoutMs: notifyTimeoutMs,
        onClosed: end,
        log,
      });
      const commands = new DaemonCommands({
        ...commandsOptions,
        notify: notifySocket,
        onRegistered: () => this.#settle(),
      });
      this.#commands = commands;
      const commandSocket = new CommandSocket({ native, fd: commandFd, commands, onClosed: end, log });
      log('Connected to a session daemon');
      onConnectedChanged(true);
    });
  }

  #settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#options.onSettled();
  }
}

/** The numbers of socket types, for the registration. */
export const socketTypeNumber = (type: UstSocketType): number => ustSocketTypes[type];
