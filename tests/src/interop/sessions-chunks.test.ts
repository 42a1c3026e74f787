/** Rotations, schedules, clear, with the original and with ours. */
import { testArea } from './session-areas.ts';

testArea('chunks');
