/** Tracing domains as the command line and its texts name them. */
import type { Domain } from '@lttng-ts/protocols';
import type { ParsedOptions } from './options/option-spec.ts';

/** One row for each domain, in upstream's order. */
export const domainRows = [
  {
    domain: 'kernel',
    option: 'kernel',
    word: 'kernel',
    title: 'Linux kernel',
    listTitle: 'Kernel',
    mi: 'KERNEL',
  },
  {
    domain: 'ust',
    option: 'userspace',
    word: 'ust',
    title: 'User space',
    listTitle: 'UST global',
    mi: 'UST',
  },
  {
    domain: 'jul',
    option: 'jul',
    word: 'jul',
    title: 'java.util.logging (JUL)',
    listTitle: 'JUL (Java Util Logging)',
    mi: 'JUL',
  },
  {
    domain: 'log4j',
    option: 'log4j',
    word: 'log4j',
    title: 'log4j',
    listTitle: 'LOG4j (Logging for Java)',
    mi: 'LOG4J',
  },
  {
    domain: 'python',
    option: 'python',
    word: 'python',
    title: 'Python logging',
    listTitle: 'Python (logging)',
    mi: 'PYTHON',
  },
] as const satisfies readonly {
  readonly domain: Domain;
  /** The option that chooses it. */
  readonly option: string;
  /** Its name within sentences. */
  readonly word: string;
  readonly title: string;
  /** Its name in `list --domain`. */
  readonly listTitle: string;
  readonly mi: string;
}[];

export type DomainRow = (typeof domainRows)[number];

/** The domains that the options choose. */
export function chosenDomains(options: ParsedOptions): readonly DomainRow[] {
  return domainRows.filter(({ option }) => options.has(option));
}

export function domainRow(domain: Domain): DomainRow {
  const row = domainRows.find((candidate) => candidate.domain === domain);
  if (row === undefined) throw new RangeError(`No such domain: ${domain}`);
  return row;
}
