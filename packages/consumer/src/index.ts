export type { ConsumerPorts } from './consumer.ts';
export { Consumer } from './consumer.ts';
export type { ConsumerOptions } from './core/command-line.ts';
export { parseConsumerOptions } from './core/command-line.ts';
export { becomeOwner } from './edge/credentials.ts';
export { FileChunk } from './edge/file-chunk.ts';
export { runConsumer } from './edge/run-consumer.ts';
export { serveConsumer } from './edge/serve-consumer.ts';
export type { ChannelLayout, LayOutChannel } from './edge/shared-channel-buffers.ts';
export type {
  DataStreamPlace,
  DataStreamSink,
  MetadataPlace,
  MetadataSink,
  PacketDescription,
  TraceChunk,
} from './sink.ts';
export { createNullChunk } from './sink.ts';
