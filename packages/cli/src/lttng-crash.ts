/** The program `lttng-crash`. */
import { runMain } from './crash/edge/main.ts';

runMain();
