/** Several environments on one network: each host has a wire of its own to the machine with the relay daemon. */
import type { Environment } from './environment.ts';

/** A wire between two environments. */
export interface Wire {
  /** Of the relay's end. */
  readonly relayAddress: string;
  /** Nothing goes through, in either direction. */
  cut(): void;
  /** What the relay sends does not arrive; what the host sends does. */
  cutReplies(): void;
  mend(): void;
  /** The host gets another address. */
  renumber(): void;
}

/** Connects a host to the relay's environment; `number` tells wires apart. */
export function connect(relay: Environment, host: Environment, number: number): Wire {
  const [relayAddress, hostAddress] = [`10.77.${number}.1`, `10.77.${number}.2`];
  const end = `wire${number}`;
  relay.ip('link', 'add', end, 'type', 'veth', 'peer', 'name', 'wire', 'netns', String(host.pidOutside));
  relay.ip('addr', 'add', `${relayAddress}/24`, 'dev', end);
  host.ip('addr', 'add', `${hostAddress}/24`, 'dev', 'wire');
  relay.ip('link', 'set', end, 'up');
  host.ip('link', 'set', 'wire', 'up');
  let isMuted = false;
  return {
    relayAddress,
    cut: () => relay.ip('link', 'set', end, 'down'),
    cutReplies: () => {
      isMuted = true;
      relay.ip('route', 'add', 'blackhole', `${hostAddress}/32`);
    },
    mend: () => {
      if (isMuted) relay.ip('route', 'del', 'blackhole', `${hostAddress}/32`);
      else relay.ip('link', 'set', end, 'up');
      isMuted = false;
    },
    renumber: () => {
      host.ip('addr', 'del', `${hostAddress}/24`, 'dev', 'wire');
      host.ip('addr', 'add', `10.77.${number}.3/24`, 'dev', 'wire');
    },
  };
}
