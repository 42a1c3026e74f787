/** The program `lttng-relayd`. */
import { runMain } from './relayd/edge/main.ts';

runMain();
