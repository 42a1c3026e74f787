export { listSessions, liveConnectRequest } from './live-requests.ts';
export { packetBytes, type RunningRelay, runRelay, ScriptedProducer, Wire } from './scripted-producer.ts';
export { ScriptedViewer } from './scripted-viewer.ts';
