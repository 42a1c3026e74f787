/** The options of `lttng-relayd`, in the order of upstream's table (`daemon/parse-getopt.ts`). */
import type { OptionSpec } from '../lttng/options/option-spec.ts';

export const relaydOptions = [
  { long: 'control-port', short: 'C', argument: 'URL', summary: 'Control port (tcp://0.0.0.0:5342).' },
  { long: 'data-port', short: 'D', argument: 'URL', summary: 'Data port (tcp://0.0.0.0:5343).' },
  { long: 'live-port', short: 'L', argument: 'URL', summary: 'Port of live readers (tcp://localhost:5344).' },
  { long: 'daemonize', short: 'd', summary: 'Start in the background without standard streams.' },
  { long: 'background', short: 'b', summary: 'Start in the background and keep standard streams.' },
  { long: 'group', short: 'g', argument: 'GROUP', summary: 'Accepted, without effect.' },
  {
    long: 'fd-pool-size',
    argument: 'SIZE',
    summary: 'Files that are open at once, at least 100; further ones are closed and opened again as needed.',
  },
  { long: 'help', short: 'h', summary: 'Show this help.' },
  { long: 'output', short: 'o', argument: 'PATH', summary: 'Folder for all traces; an absolute path.' },
  { long: 'verbose', short: 'v', summary: 'Say more on standard error; up to three times.' },
  {
    long: 'config',
    short: 'f',
    argument: 'PATH',
    summary: 'Configuration file, read after the default ones.',
  },
  { long: 'version', short: 'V', summary: 'Show the version.' },
  { long: 'working-directory', short: 'w', argument: 'PATH', summary: 'Folder to work in.' },
  {
    long: 'group-output-by-session',
    short: 's',
    summary: 'Traces go to SESSION/HOST-DATE below the output folder.',
  },
  {
    long: 'group-output-by-host',
    short: 'p',
    summary: 'Traces go to HOST/SESSION-DATE below the output folder (default).',
  },
  { long: 'disallow-clear', short: 'x', summary: 'Refuse to clear recording sessions.' },
  // Upstream's since 2.14.
  { long: 'pid-file', isLater: true, argument: 'PATH', summary: 'File for the number of the process.' },
  {
    long: 'dynamic-port-allocation',
    isLater: true,
    summary: 'Take any free ports, and write them to files beside the PID file.',
  },
  // Ours alone.
  {
    long: 'status',
    isLater: true,
    summary: 'Show what the running relay daemon of this control port does, and end.',
  },
  { long: 'json', isLater: true, summary: 'With --status: as JSON.' },
  {
    long: 'metrics-port',
    isLater: true,
    argument: 'URL',
    summary: 'Serve /metrics for Prometheus: tcp://HOST:PORT, or a port of this machine.',
  },
  {
    long: 'first-bytes-timeout',
    isLater: true,
    argument: 'SECONDS',
    summary: 'Close control and live connections that say nothing for so long at first (60; 0: never).',
  },
  {
    long: 'stall-timeout',
    isLater: true,
    argument: 'SECONDS',
    summary: 'Close connections that stop within a message, or take no replies, for so long (300; 0: never).',
  },
  {
    long: 'resume-timeout',
    isLater: true,
    argument: 'SECONDS',
    summary:
      'How long a producer of this project that is gone may come back to its session (60; 0: not at all).',
  },
  {
    long: 'max-host-connections',
    isLater: true,
    argument: 'COUNT',
    summary: 'Connections of one host at a time.',
  },
  { long: 'max-host-streams', isLater: true, argument: 'COUNT', summary: 'Streams of one host at a time.' },
  {
    long: 'max-host-bytes',
    isLater: true,
    argument: 'BYTES',
    summary: 'Bytes of packets that one host may send while the daemon runs.',
  },
  {
    long: 'token-file',
    isLater: true,
    argument: 'PATH',
    summary: 'Take connections with a token of this file only.',
  },
  {
    long: 'tls-certificate',
    isLater: true,
    argument: 'PATH',
    summary: 'Certificate in PEM: ports speak TLS.',
  },
  { long: 'tls-key', isLater: true, argument: 'PATH', summary: 'Key of the certificate in PEM.' },
  {
    long: 'tls-peer-ca',
    isLater: true,
    argument: 'PATH',
    summary: 'Demand certificates of peers, of these authorities (PEM).',
  },
  {
    long: 'tls-ports',
    isLater: true,
    argument: 'PORTS',
    summary: 'Ports that speak TLS (control,data,live).',
  },
] as const satisfies readonly OptionSpec[];

export type RelaydOption = (typeof relaydOptions)[number]['long'];
