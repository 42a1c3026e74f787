/**
 * The options of `lttng-sessiond`, in the order of upstream's table: an abbreviation that fits several takes
 * the first (`parse-getopt.ts`).
 */
import type { OptionSpec } from '../lttng/options/option-spec.ts';

export const sessiondOptions = [
  {
    long: 'client-sock',
    short: 'c',
    argument: 'PATH',
    summary: 'Socket for the original lttng and programs with liblttng-ctl.',
  },
  { long: 'apps-sock', short: 'a', argument: 'PATH', summary: 'Socket where applications register.' },
  { long: 'kconsumerd-cmd-sock', argument: 'PATH', summary: 'Accepted, without effect: no such socket.' },
  { long: 'kconsumerd-err-sock', argument: 'PATH', summary: 'Accepted, without effect: no such socket.' },
  { long: 'ustconsumerd32-cmd-sock', argument: 'PATH', summary: 'Accepted, without effect: no such socket.' },
  { long: 'ustconsumerd32-err-sock', argument: 'PATH', summary: 'Accepted, without effect: no such socket.' },
  { long: 'ustconsumerd64-cmd-sock', argument: 'PATH', summary: 'Accepted, without effect: no such socket.' },
  { long: 'ustconsumerd64-err-sock', argument: 'PATH', summary: 'Accepted, without effect: no such socket.' },
  {
    long: 'consumerd32-path',
    argument: 'PATH',
    summary: 'Accepted, without effect: 32-bit programs are not traced.',
  },
  { long: 'consumerd32-libdir', argument: 'PATH', summary: 'Accepted, without effect.' },
  { long: 'consumerd64-path', argument: 'PATH', summary: 'Consumer to start; the one beside this program.' },
  { long: 'consumerd64-libdir', argument: 'PATH', summary: 'Accepted, without effect.' },
  { long: 'daemonize', short: 'd', summary: 'Start in the background without standard streams.' },
  { long: 'background', short: 'b', summary: 'Start in the background and keep standard streams.' },
  { long: 'sig-parent', short: 'S', summary: 'Send SIGUSR1 to the parent process when ready.' },
  { long: 'help', short: 'h', summary: 'Show this help.' },
  {
    long: 'group',
    short: 'g',
    argument: 'GROUP',
    summary: 'Unix group that may control the root daemon (tracing).',
  },
  { long: 'version', short: 'V', summary: 'Show the version.' },
  { long: 'quiet', short: 'q', summary: 'Say nothing, not even errors.' },
  { long: 'verbose', short: 'v', summary: 'Say more on standard error; up to three times.' },
  { long: 'verbose-consumer', summary: 'Accepted, without effect: --verbose shows what consumers say.' },
  { long: 'no-kernel', summary: 'Do not trace the Linux kernel.' },
  { long: 'pidfile', short: 'p', argument: 'PATH', summary: 'File for the number of the process.' },
  {
    long: 'agent-tcp-port',
    argument: 'PORT',
    summary: 'Accepted, without effect: no agents are served yet.',
  },
  {
    long: 'config',
    short: 'f',
    argument: 'PATH',
    summary: 'Configuration file, read after the default ones.',
  },
  { long: 'load', short: 'l', argument: 'PATH', summary: 'Session configuration, or a folder of them.' },
  { long: 'kmod-probes', argument: 'PROBES', summary: 'Accepted, without effect: no kernel modules.' },
  { long: 'extra-kmod-probes', argument: 'PROBES', summary: 'Accepted, without effect: no kernel modules.' },
  {
    long: 'event-notifier-error-buffer-size-kernel',
    argument: 'SLOTS',
    summary: 'Accepted, without effect: no triggers yet.',
  },
  {
    long: 'event-notifier-error-buffer-size-userspace',
    argument: 'SLOTS',
    summary: 'Accepted, without effect: no triggers yet.',
  },
  // Upstream's since 2.15.
  {
    long: 'default-trace-format',
    isLater: true,
    argument: 'FORMAT',
    summary: 'Format of traces when lttng create does not say: ctf-1.8 or ctf-2.',
  },
] as const satisfies readonly OptionSpec[];

/** Name of an option. */
export type SessiondOption = (typeof sessiondOptions)[number]['long'];

/** Accepted as upstream accepts them, and nothing comes of them (yet). */
export const withoutEffect: readonly SessiondOption[] = [
  'kconsumerd-cmd-sock',
  'kconsumerd-err-sock',
  'ustconsumerd32-cmd-sock',
  'ustconsumerd32-err-sock',
  'ustconsumerd64-cmd-sock',
  'ustconsumerd64-err-sock',
  'consumerd32-path',
  'consumerd32-libdir',
  'consumerd64-libdir',
  'verbose-consumer',
  'agent-tcp-port',
  'kmod-probes',
  'extra-kmod-probes',
  'event-notifier-error-buffer-size-kernel',
  'event-notifier-error-buffer-size-userspace',
];
