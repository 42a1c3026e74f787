/** Numbers of hosts. */
import { lookup } from 'node:dns/promises';

/** The first number of a host in this version of the Internet Protocol, or null. */
export async function resolveHost(host: string, family: 4 | 6): Promise<string | null> {
  // A name that is not known is the user's to correct.
  return await lookup(host, { family }).then(
    ({ address }) => address,
    () => null,
  );
}
