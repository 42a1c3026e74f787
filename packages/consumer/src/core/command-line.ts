/**
 * The consumer's command line: only the session daemon writes it.
 */
import { UsageError } from '@lttng-ts/base';

export interface ConsumerOptions {
  readonly ownerUid: number;
  readonly ownerGid: number;
  /** Descriptor of the link, inherited from the daemon. */
  readonly linkFd: number;
}

const OPTIONS = { '--owner-uid': 'ownerUid', '--owner-gid': 'ownerGid', '--link-fd': 'linkFd' } as const;

/** Largest user or group id; the one above means "none" to the kernel. */
const MAX_ID = 0xffff_fffe;

/** Parses the arguments after the program's name; throws `UsageError` when one is missing or unknown. */
export function parseConsumerOptions(args: readonly string[]): ConsumerOptions {
  const given: Partial<Record<(typeof OPTIONS)[keyof typeof OPTIONS], number>> = {};
  for (let at = 0; at < args.length; at += 2) {
    const [name = '', value = ''] = args.slice(at, at + 2);
    if (!Object.hasOwn(OPTIONS, name)) throw new UsageError(`Unknown option: option=${JSON.stringify(name)}`);
    const number = Number(value);
    if (!/^\d{1,10}$/.test(value) || number > MAX_ID) {
      throw new UsageError(`Not a number: option="${name}", value=${JSON.stringify(value)}`);
    }
    given[OPTIONS[name as keyof typeof OPTIONS]] = number;
  }
  const { ownerUid, ownerGid, linkFd = 3 } = given;
  if (ownerUid === undefined || ownerGid === undefined) {
    throw new UsageError('The session daemon starts this program: --owner-uid and --owner-gid are needed');
  }
  return { ownerUid, ownerGid, linkFd };
}
