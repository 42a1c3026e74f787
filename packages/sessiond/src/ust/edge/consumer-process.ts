/**
 * A consumer as a child process: a socket pair whose other end is its descriptor 3, and its end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';
import { toError } from '@lttng-ts/base';
import { fd, type Native } from '@lttng-ts/native';
import { MAX_FRAME_FDS } from '@lttng-ts/protocols';
import { ConsumerLink } from '../consumer-link.ts';
import type { Consumer, ConsumerListener, LaunchConsumer } from '../consumers.ts';
import type { Log, Timers } from '../ports.ts';
import { Connection } from './connection.ts';
import { processorWaitMs } from './processor-wait.ts';

/** How to start a consumer; options are added after `args`. */
export interface ConsumerCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** It has no standard streams: those of a daemon that is about to let go of them are not to be held. */
  readonly isSilent?: boolean;
}

interface ConsumerProcessOptions {
  readonly native: Native;
  readonly command: ConsumerCommand;
  readonly timers: Timers;
  readonly log: Log;
}

const LINK_FD = 3;
const RECEIVE_BYTES = 65536;
/** How long a closed link waits for the exit status that explains it. */
const EXIT_GRACE_MS = 1000;
/** How long a consumer may drain its buffers after the end of its link before it is killed. */
const CLOSE_DEADLINE_MS = 15_000;

/** Makes the launcher of consumers. */
export function consumerLauncher(options: ConsumerProcessOptions): LaunchConsumer {
  return async (owner, listener) => new ConsumerProcess(options, owner, listener);
}

class ConsumerProcess implements Consumer {
  readonly uid: number;
  readonly link: ConsumerLink;
  readonly #options: ConsumerProcessOptions;
  readonly #connection: Connection;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #exitText: string | null = null;
  #endReason = '';
  #cancelKill: () => void = () => undefined;

  constructor(
    options: ConsumerProcessOptions,
    owner: { readonly uid: number; readonly gid: number },
    listener: ConsumerListener,
  ) {
    const { native, command, timers } = options;
    this.#options = options;
    this.uid = owner.uid;
    const [ours, theirs] = native.socketPair();
    this.link = new ConsumerLink({
      timers,
      onSilence: (silentCommand) => listener.onSilence(this, silentCommand),
      send: (bytes) => this.#connection.send(bytes),
      closeFd: (number) => native.close(fd(number)),
      processorWaitMs: () => processorWaitMs(this.#child.pid),
      onNotification: (name, params) => listener.onNotification(name, params),
      onEnd: (reason) => {
        this.#endReason = reason;
        this.#connection.close();
        this.#cancelKill = timers.after(CLOSE_DEADLINE_MS, () => this.#kill());
        listener.onEnd(this);
      },
    });
    this.#connection = new Connection(
      native,
      ours,
      {
        wantedBytes: () => RECEIVE_BYTES,
        receive: (bytes, fds) => this.link.receive(bytes, fds),
        // The exit status says more than the end of the link, and comes a moment later.
        end: (reason) => {
          if (this.#exitText !== null) this.link.end(this.#exitText);
          else timers.after(EXIT_GRACE_MS, () => this.link.end(reason));
        },
      },
      MAX_FRAME_FDS,
    );
    const args = ['--owner-uid', owner.uid, '--owner-gid', owner.gid, '--link-fd', LINK_FD].map(String);
    const output = command.isSilent === true ? 'ignore' : 'inherit';
    this.#child = spawn(command.file, [...command.args, ...args], {
      stdio: ['ignore', output, output, theirs],
      // A group of its own: the terminal's Ctrl-C is for the daemon, which ends the consumer in order.
      detached: true,
    });
    native.close(theirs);
    this.#exited = new Promise((resolve) => {
      this.#child.on('exit', (code, signal) => {
        this.#exitText = signal === null ? `exit status ${code}` : `killed by ${signal}`;
        this.link.end(this.#exitText);
        this.#cancelKill();
        resolve();
      });
      this.#child.on('error', (error) => {
        this.link.end(`cannot be started: ${toError(error).message}`);
        this.#cancelKill();
        resolve();
      });
    });
  }

  get endReason(): string {
    return this.#endReason;
  }

  async close(): Promise<void> {
    this.link.end('closed');
    await this.#exited;
  }

  /** Its link has ended, whoever ended it, and it has had the time to drain. */
  #kill(): void {
    const { pid } = this.#child;
    this.#options.log('error', `Consumer does not end, it is killed: pid=${pid}`);
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  }
}
