/** Tracing domains that this daemon records, and upstream's refusals of the others. */
import type { Domain, LttngErrorName } from '@lttng-ts/protocols';
import { refuse } from './refusal.ts';

const refusals: Readonly<Record<Domain, LttngErrorName | null>> = {
  ust: null,
  kernel: 'KERN_NA',
  jul: 'UNKNOWN_DOMAIN',
  log4j: 'UNKNOWN_DOMAIN',
  python: 'UNKNOWN_DOMAIN',
};

/** Throws the refusal of a domain that is not recorded. */
export function requireDomain(domain: Domain): void {
  const name = refusals[domain];
  if (name !== null) refuse(name);
}
