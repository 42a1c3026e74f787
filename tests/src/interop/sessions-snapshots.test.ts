/** Snapshots and their outputs, with the original and with ours. */
import { testArea } from './session-areas.ts';

testArea('snapshots');
