/** What `lttng doctor` needs of the machine. The real one is `edge/look-around.ts`. */
import type { MachineFacts } from './facts.ts';

/** `group`: the group of `--group`; `outputs`: folders of traces. */
export type LookAround = (
  group: string,
  home: string | null,
  outputs: readonly string[],
) => Promise<MachineFacts>;
