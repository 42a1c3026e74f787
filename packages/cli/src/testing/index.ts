/** What system tests take from here to run the recorded command lines: `@lttng-ts/cli/testing`. */
export { runLineWithDaemon } from './in-process.ts';
export { allUses, usesOf } from './option-coverage.ts';
export { type RecordedFile, recordedFiles } from './recorded-files.ts';
export { scenarioOf } from './scenarios.ts';
export type { Outcome, Programs, Sequence, Step } from './transcripts.ts';
export { endProcess, faultsOf, runSequence } from './transcripts.ts';
