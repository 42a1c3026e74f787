// @ts-check
/**
 * The sample program of the tests in JavaScript: takes the arguments and obeys the orders of sample.c.
 *
 *   sample.mjs ticks WRITER COUNT [PAUSE_US]   COUNT ticks
 *   sample.mjs kinds                           one event of every kind, several values
 *   sample.mjs serve                           obeys lines of standard input: "ticks WRITER COUNT", "kinds", "quit"
 *
 * Prints "ready" when the program runs and "done N" after each order.
 */
import process from 'node:process';
import { createInterface } from 'node:readline';
import { emitKinds, emitTicks } from './sample-events.mjs';

/** @param {string} writer @param {string} count @param {string} [pauseUs] */
function ticks(writer, count, pauseUs = '0') {
  emitTicks(Number(writer), Number(count), Number(pauseUs));
  console.log(`done ${count}`);
}

function kinds() {
  console.log(`done ${emitKinds()}`);
}

async function serve() {
  for await (const line of createInterface({ input: process.stdin })) {
    const [order, writer = '', count = ''] = line.split(' ');
    if (order === 'ticks') ticks(writer, count);
    else if (order === 'kinds') kinds();
    else if (order === 'quit') process.exit(0);
  }
}

const [order, ...words] = process.argv.slice(2);
console.log('ready');
if (order === 'ticks' && words.length >= 2) ticks(words[0] ?? '', words[1] ?? '', words[2]);
else if (order === 'kinds') kinds();
else if (order === 'serve') void serve();
else process.exitCode = 2;
