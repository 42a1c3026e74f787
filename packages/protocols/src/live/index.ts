export * from './live-url.ts';
export * from './viewer-protocol.ts';
