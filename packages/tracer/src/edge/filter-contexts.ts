/** The contexts that filters may ask for (`$ctx.vpid`), as they are in the calling thread now. */

import type { ContextReader } from '@lttng-ts/filter';
import type { Native } from '@lttng-ts/native';
import { applicationValue } from '../application-contexts.ts';
import {
  type CredentialContext,
  credential,
  type NamespaceContext,
  namespaceFiles,
  namespaceInode,
} from './process-facts.ts';

export function createContextReader(native: Native): ContextReader {
  const known = new Map<string, number | bigint>();
  // What the kernel must be asked for by a file is asked once.
  const once = (name: string, read: () => number | bigint): number | bigint => {
    const value = known.get(name) ?? read();
    known.set(name, value);
    return value;
  };
  return {
    readContext(name) {
      switch (name) {
        case 'vpid':
          return process.pid;
        case 'vtid':
          return once(name, () => native.gettid());
        case 'pthread_id':
          return once(name, () => native.pthreadSelf());
        case 'procname':
          return native.threadName();
        case 'cpu_id':
          return native.getcpu();
        default:
          if (name in namespaceFiles) return once(name, () => namespaceInode(name as NamespaceContext));
          if (/^v[es]?[ug]id$/.test(name)) return once(name, () => credential(name as CredentialContext));
          if (name.startsWith('$app.')) {
            const value = applicationValue(name);
            return typeof value === 'boolean' ? Number(value) : value;
          }
          return undefined;
      }
    },
  };
}
