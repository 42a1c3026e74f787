/** What programs in Node.js import as `@lttng-ts/plugins/node`. */
export { nodeHost } from './node-host.ts';
export { isTerminal, terminalColours } from './terminal.ts';
