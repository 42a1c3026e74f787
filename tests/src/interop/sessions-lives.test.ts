/** Lives of sessions: state dumps, save and load, blocking, buffers in files, crashes, with the original and with ours. */
import { testArea } from './session-areas.ts';

testArea('lives');
