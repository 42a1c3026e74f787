/** The program `lttng-sessiond`. */
import { runMain } from './sessiond/edge/main.ts';

runMain(import.meta.url);
