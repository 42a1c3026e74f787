/** The program `babeltrace2`. */
import { runMain } from './babeltrace2/edge/main.ts';

void runMain();
