/** Channels, rules, trackers, contexts, with the original and with ours. */
import { testArea } from './session-areas.ts';

testArea('recording');
