/** The plugins of Babeltrace 2, with the descriptions that people know. */
import { definePlugin, type Plugin } from '@lttng-ts/graph';
import { fsSink } from './ctf/fs-sink/fs-sink.ts';
import { fsSource } from './ctf/fs-source/fs-source.ts';
import { liveSource } from './ctf/live-source/live-source.ts';
import type { Host } from './host.ts';
import { expression } from './lttng-ts/expression/expression.ts';
import { debugInfo } from './lttng-utils/debug-info/debug-info.ts';
import { details } from './text/details/details.ts';
import { dmesg } from './text/dmesg/dmesg.ts';
import { json } from './text/json/json.ts';
import { pretty } from './text/pretty/pretty.ts';
import { counter } from './utils/counter/counter.ts';
import { dummy } from './utils/dummy/dummy.ts';
import { muxer } from './utils/muxer/muxer.ts';
import { trimmer } from './utils/trimmer/trimmer.ts';

/** Makes the plugins for `host`, in the order in which upstream lists them. */
export function standardPlugins(host: Host): readonly Plugin[] {
  return [
    definePlugin({
      name: 'text',
      description: 'Plain text input and output',
      classes: [dmesg(host), details(host), json(host), pretty(host)],
    }),
    definePlugin({
      name: 'lttng-utils',
      description: 'LTTng-specific graph utilities',
      classes: [debugInfo(host)],
    }),
    definePlugin({
      name: 'ctf',
      description: 'CTF input and output',
      classes: [fsSource(host), liveSource(host), fsSink(host)],
    }),
    definePlugin({
      name: 'lttng-ts',
      description: 'What Babeltrace 2 does not have',
      classes: [expression],
    }),
    definePlugin({
      name: 'utils',
      description: 'Common graph utilities',
      classes: [dummy, counter(host), trimmer, muxer],
    }),
  ];
}
