/**
 * The part of the package that records, apart from the part that describes events. In the package for npm another module
 * stands here, which loads that part when the first provider is defined: see `scripts/pack.mjs`.
 */
import * as recorders from '../recorders.ts';

export type Recorders = Pick<typeof recorders, 'createRecorders' | 'defineContexts' | 'ready'>;

export const loadRecorders = (): Recorders => recorders;
