/** Recorded command lines about one command each. */
import { testCases } from './command-cases.ts';

testCases('one-command');
