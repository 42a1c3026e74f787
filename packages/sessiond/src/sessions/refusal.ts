/** Refusals in upstream's numbers and texts. */
import { PeerError } from '@lttng-ts/base';
import { type LttngErrorName, lttngErrors } from '@lttng-ts/protocols';

/** The refusal that the caller of the control API gets. */
export function refusal(name: LttngErrorName, options?: ErrorOptions): PeerError {
  const { number, text } = lttngErrors[name];
  return new PeerError(number, name, text, options);
}

/** Throws it. */
export function refuse(name: LttngErrorName): never {
  throw refusal(name);
}
