/** Options of `sink.text.details`, and how its parameters set them. */
import type { ValueMap } from '@lttng-ts/graph';
import { booleanParam, type Parameters } from '../../params/validate.ts';

export interface DetailsOptions {
  readonly withMetadata: boolean;
  readonly withData: boolean;
  readonly withTime: boolean;
  readonly withTraceName: boolean;
  readonly withStreamName: boolean;
  readonly withStreamClassName: boolean;
  readonly withUuid: boolean;
  readonly withUid: boolean;
  /** One line for each message. */
  readonly isCompact: boolean;
}

const flag = { shape: { kind: 'boolean' } } as const;

export const DETAILS_PARAMETERS: Parameters = {
  color: { shape: { kind: 'string', choices: ['never', 'auto', 'always'] } },
  'with-metadata': flag,
  'with-data': flag,
  'with-time': flag,
  'with-trace-name': flag,
  'with-stream-name': flag,
  'with-stream-class-name': flag,
  'with-uuid': flag,
  'with-uid': flag,
  compact: flag,
};

/** Reads options from parameters that fit {@link DETAILS_PARAMETERS}. */
export function detailsOptions(params: ValueMap): DetailsOptions {
  return {
    withMetadata: booleanParam(params, 'with-metadata', true),
    withData: booleanParam(params, 'with-data', true),
    withTime: booleanParam(params, 'with-time', true),
    withTraceName: booleanParam(params, 'with-trace-name', true),
    withStreamName: booleanParam(params, 'with-stream-name', true),
    withStreamClassName: booleanParam(params, 'with-stream-class-name', true),
    withUuid: booleanParam(params, 'with-uuid', true),
    withUid: booleanParam(params, 'with-uid', true),
    isCompact: booleanParam(params, 'compact', false),
  };
}
