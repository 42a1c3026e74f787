/** Recorded command lines that go across commands, and those of the daemons. */
import { testCases } from './command-cases.ts';

testCases('across');
