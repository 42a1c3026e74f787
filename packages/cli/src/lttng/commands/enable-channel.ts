/** `lttng enable-channel`. */
import type { ChannelAttributes } from '@lttng-ts/protocols';
import { type CommandContext, refuseExtraWords, sessionName } from '../command.ts';
import { attempt } from '../control-caller.ts';
import { chosenDomains, type DomainRow } from '../domains.ts';
import type { ParsedOptions } from '../options/option-spec.ts';
import { exitCodes, failed, type Outcome, type Reporter, refused, succeeded } from '../results.ts';
import { MAX_NAME_BYTES, nameBytes, splitNames } from '../values/names.ts';
import { ceilToPowerOfTwo, MAX_U32, parseCount, parseSizeBytes, parseTimeUs } from '../values/sizes.ts';

/** Errors that only warn: the channel is there as asked for. */
const ALREADY_THERE = new Set(['KERN_CHAN_EXIST', 'UST_CHAN_EXIST', 'CHAN_EXIST']);

type Asked = { -readonly [K in keyof ChannelAttributes]?: ChannelAttributes[K] };

/** Creates channels, or enables disabled ones. */
export async function enableChannel(context: CommandContext): Promise<Outcome> {
  const { options, reporter } = context;
  const asked: Asked = {};
  if (!readValues(options, asked, reporter)) return refused();
  const [row, ...others] = chosenDomains(options);
  if (row === undefined) return refuseWith(reporter, 'Please specify a domain (--kernel/--userspace).');
  if (others.length > 0) return refuseWith(reporter, 'Only one domain must be specified.');
  const names = options.positionals[0];
  if (names === undefined) return refuseWith(reporter, 'Missing channel name.');
  if (refuseExtraWords(context, 1)) return refused();
  const session = sessionName(context, options.find('session'));
  if (session === null) return failed();
  const conflict = readModes(options, asked, row);
  if (conflict !== null) {
    reporter.error(conflict);
    return failed();
  }
  return await enableAll(context, { session, row, names: splitNames(names), asked });
}

function refuseWith(reporter: Reporter, text: string): Outcome {
  reporter.error(text);
  return refused();
}

interface Request {
  readonly session: string;
  readonly row: DomainRow;
  readonly names: readonly string[];
  readonly asked: Asked;
}

async function enableAll(context: CommandContext, request: Request): Promise<Outcome> {
  const codes: number[] = [];
  for (const channel of request.names) {
    if (nameBytes(channel) > MAX_NAME_BYTES) {
      context.reporter.error(`Channel name is too long (max. ${MAX_NAME_BYTES} characters)`);
      return failed();
    }
    codes.push(await enableOne(context, request, channel));
  }
  const worst = codes.find((code) => code === exitCodes.error) ?? codes.find((code) => code !== 0);
  return worst === undefined ? succeeded : failed(worst);
}

async function enableOne(
  { client, reporter }: CommandContext,
  { session, row, asked }: Request,
  channel: string,
): Promise<number> {
  const { domain } = row;
  const answer = await attempt(client, 'channel.enable', { session, domain, channel, attributes: asked });
  if (answer.failure === null) {
    const { attributes } = answer.result;
    const [askedBytes, madeBytes] = [asked.traceFileSizeBytes ?? 0, attributes.traceFileSizeBytes];
    if (madeBytes > askedBytes) {
      reporter.warning(`Tracefile size rounded up from (${askedBytes}) to subbuffer size (${madeBytes})`);
    }
    reporter.item({ kind: 'channel-enabled', session, domain, channel, attributes, failure: null });
    return 0;
  }
  const { failure } = answer;
  reporter.item({ kind: 'channel-enabled', session, domain, channel, attributes: null, failure });
  if (failure.name === 'INVALID_CHANNEL_NAME') {
    reporter.error(
      `Invalid channel name: "${channel}". Channel names may not start with '.', and may not contain '/'.`,
    );
    return exitCodes.error;
  }
  const text = `Channel ${channel}: ${failure.text} (session ${session})`;
  if (!ALREADY_THERE.has(failure.name)) {
    reporter.error(text);
    return exitCodes.error;
  }
  reporter.warning(text);
  return exitCodes.warning;
}

/** Reports wrong numbers; upstream does so before it looks at the words behind them. */
export function checkChannelValues(options: ParsedOptions, reporter: Reporter): boolean {
  return readValues(options, {}, reporter);
}

/** Reads the options with numbers into `asked`; reports and gives `false` when one of them is wrong. */
function readValues(options: ParsedOptions, asked: Asked, reporter: Reporter): boolean {
  const wrong =
    readBufferSizes(options, asked, reporter) ?? readTimers(options, asked) ?? readTraceFiles(options, asked);
  if (wrong !== null) reporter.error(wrong);
  return wrong === null;
}

function readTraceFiles(options: ParsedOptions, asked: Asked): string | null {
  const fileSize = options.find('tracefile-size');
  if (fileSize !== null) {
    const bytes = parseSizeBytes(fileSize);
    if (bytes === null) return `Wrong value in --tracefile-size parameter: ${fileSize}`;
    asked.traceFileSizeBytes = bytes;
  }
  const fileCount = options.find('tracefile-count');
  if (fileCount === null) return null;
  const count = parseCount(fileCount);
  if (count === null) return `Wrong value in --tracefile-count parameter: ${fileCount}`;
  if (count > MAX_U32) return `32-bit overflow in --tracefile-count parameter: ${fileCount}`;
  asked.traceFileCount = count;
  return null;
}

function readBufferSizes(options: ParsedOptions, asked: Asked, reporter: Reporter): string | null {
  const size = options.find('subbuf-size');
  if (size !== null) {
    const bytes = parseSizeBytes(size);
    if (bytes === null || bytes === 0) return `Wrong value in --subbuf-size parameter: ${size}`;
    asked.subbufferSizeBytes = ceilToPowerOfTwo(bytes);
    if (asked.subbufferSizeBytes !== bytes) {
      reporter.warning(
        `The subbuf size (${bytes}) is rounded to the next power of 2 (${asked.subbufferSizeBytes})`,
      );
    }
  }
  const text = options.find('num-subbuf');
  if (text === null) return null;
  const count = parseCount(text);
  if (count === null || count === 0) return `Wrong value in --num-subbuf parameter: ${text}`;
  asked.subbufferCount = ceilToPowerOfTwo(count);
  if (asked.subbufferCount !== count) {
    reporter.warning(
      `The number of subbuffers (${count}) is rounded to the next power of 2 (${asked.subbufferCount})`,
    );
  }
  return null;
}

/** Timer options: the attribute that each sets, and whether upstream keeps it in 32 bits. */
const timers = [
  { option: 'switch-timer', attribute: 'switchTimerUs', is32Bit: true },
  { option: 'read-timer', attribute: 'readTimerUs', is32Bit: true },
  { option: 'monitor-timer', attribute: 'monitorTimerUs', is32Bit: false },
] as const;

function readTimers(options: ParsedOptions, asked: Asked): string | null {
  for (const { option, attribute, is32Bit } of timers) {
    const text = options.find(option);
    if (text === null) continue;
    const us = parseTimeUs(text);
    if (us === null) return `Wrong value for --${option} parameter: ${text}`;
    if (is32Bit && us > MAX_U32) return `32-bit overflow in --${option} parameter: ${text}`;
    asked[attribute] = us;
  }
  const text = options.find('blocking-timeout');
  if (text === null) return null;
  const us = text === 'inf' ? -1 : parseTimeUs(text);
  if (us === null) return `Wrong value for --blocking-timeout parameter: ${text}`;
  asked.blockingTimeoutUs = us;
  return null;
}

/** Reads modes and ownership, and looks for options that do not go together. */
function readModes(options: ParsedOptions, asked: Asked, row: DomainRow): string | null {
  const mode = options.lastOf(['discard', 'overwrite']);
  if (mode !== null) asked.mode = mode;
  const blocks = (asked.blockingTimeoutUs ?? 0) !== 0;
  if (asked.mode === 'overwrite' && blocks) {
    return 'You cannot specify --overwrite and --blocking-timeout=N, where N is different than 0';
  }
  const isKernel = row.domain === 'kernel';
  if (isKernel && blocks) return 'Retry timeout option not supported for kernel domain (-k)';
  const [byUser, byProcess] = [options.has('buffers-uid'), options.has('buffers-pid')];
  if (isKernel && (byUser || byProcess)) return 'Buffer type not supported for domain -k';
  if (!isKernel && options.has('buffers-global')) return 'Buffer type not supported for domain -u';
  if (byProcess) asked.ownership = 'process';
  else if (byUser) asked.ownership = 'user';
  if ((asked.traceFileCount ?? 0) > 0 && (asked.traceFileSizeBytes ?? 0) === 0) {
    return `Missing option --tracefile-size. A file count without a size won't do anything.`;
  }
  const output = options.find('output');
  if (output === null) return null;
  if (output !== 'mmap' && output !== 'splice') {
    return `Unknown output type ${output}. Possible values are: mmap, splice\n`;
  }
  asked.output = output;
  return null;
}
