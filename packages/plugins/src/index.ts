export { fsSource } from './ctf/fs-source/fs-source.ts';
export { openCtfTrace } from './ctf/fs-source/open-trace.ts';
export { liveSource } from './ctf/live-source/live-source.ts';
export type {
  LiveConnection,
  LiveTransport,
  Pause,
  RelayAddress,
} from './ctf/live-source/live-transport.ts';
export type {
  EntryKind,
  FolderEntry,
  Host,
  InputFiles,
  Output,
  OutputFile,
  OutputFiles,
} from './host.ts';
export type { Parameter, Parameters, Shape } from './params/validate.ts';
export { validateParams } from './params/validate.ts';
export { standardPlugins } from './standard-plugins.ts';
export { pretty } from './text/pretty/pretty.ts';
export type { TextThreads } from './text/pretty/text-machines.ts';
export { dummy } from './utils/dummy/dummy.ts';
export { muxer } from './utils/muxer/muxer.ts';
