/** The program `lttng`. */
import { runMain } from './lttng/edge/main.ts';

runMain();
