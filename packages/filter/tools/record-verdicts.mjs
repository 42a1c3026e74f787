/**
 * Records which filters the original tracer accepts: `cases/verdicts.json`. A C program with liblttng-ust has one
 * event for each expression of `cases/verdict-expressions.json`, all with the same fields and values; each event is
 * enabled with its filter under Debian's lttng-sessiond, the program emits all of them once, and the events in the
 * trace are those whose filter accepted. Needs cc, liblttng-ust-dev, lttng-tools and babeltrace2.
 *
 * Run it in namespaces of its own, as record-bytecode.mjs says.
 */
// @ts-check
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const here = new URL('../cases/', import.meta.url);
const expressions = JSON.parse(readFileSync(new URL('verdict-expressions.json', here), 'utf8'));
const work = mkdtempSync(join(tmpdir(), 'verdicts-'));

const ARGS = 'int, unused';
const header = `#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER v
#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "./tp.h"
#if !defined(TP_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define TP_H
#include <stdint.h>
#include <lttng/tracepoint.h>
#ifndef VALUES_H
#define VALUES_H
static int16_t arr_values[3] __attribute__((unused)) = { 1, -2, 3 };
static uint32_t seq_values[2] __attribute__((unused)) = { 10, 20 };
#endif
LTTNG_UST_TRACEPOINT_ENUM(v, en_type, LTTNG_UST_TP_ENUM_VALUES(lttng_ust_field_enum_value("A", 1) lttng_ust_field_enum_value("B", 2)))
LTTNG_UST_TRACEPOINT_EVENT_CLASS(v, all, LTTNG_UST_TP_ARGS(${ARGS}), LTTNG_UST_TP_FIELDS(
 lttng_ust_field_integer(int8_t, i8, -3) lttng_ust_field_integer(uint8_t, u8, 200)
 lttng_ust_field_integer(int32_t, i32, 7) lttng_ust_field_integer(uint32_t, u32, 4000000000u)
 lttng_ust_field_integer(int64_t, i64, -(1LL << 62)) lttng_ust_field_integer(uint64_t, u64, ~0ULL)
 lttng_ust_field_float(double, dbl, 1.5) lttng_ust_field_float(float, flt, 0.1f)
 lttng_ust_field_string(str, "hello*world")
 lttng_ust_field_array(int16_t, arr, arr_values, 3)
 lttng_ust_field_sequence(uint32_t, seq, seq_values, size_t, 2)
 lttng_ust_field_sequence_text(char, txt, "text", size_t, 4)
 lttng_ust_field_enum(v, en_type, uint8_t, en, 2)))
${expressions.map((_, i) => `LTTNG_UST_TRACEPOINT_EVENT_INSTANCE(v, all, v, e${i}, LTTNG_UST_TP_ARGS(${ARGS}))`).join('\n')}
#endif
#include <lttng/tracepoint-event.h>
`;
const program = `#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "tp.h"
int main(void) {
${expressions.map((_, i) => `  lttng_ust_tracepoint(v, e${i}, 0);`).join('\n')}
  return 0;
}
`;
writeFileSync(join(work, 'tp.h'), header);
writeFileSync(join(work, 'verdicts.c'), program);
execFileSync('cc', ['-I.', '-o', 'verdicts', 'verdicts.c', '-llttng-ust', '-ldl'], {
  cwd: work,
  stdio: 'inherit',
});

const daemon = spawn('/usr/bin/lttng-sessiond', ['--no-kernel'], { stdio: 'ignore' });
for (let i = 0; i < 500 && !existsSync('/var/run/lttng/lttng-ust-sock-8'); i += 1) await sleep(20);
await sleep(300);
const lttng = (/** @type {string[]} */ ...args) => spawnSync('/usr/bin/lttng', args, { encoding: 'utf8' });
lttng('create', 'verdicts', `--output=${work}/trace`);
const refused = expressions.filter((expression, i) => {
  const { status, stderr } = lttng('enable-event', '-u', `v:e${i}`, '--filter', expression);
  if (status !== 0) console.log(expression, status, stderr);
  return status !== 0;
});
lttng('start');
const ran = spawnSync(join(work, 'verdicts'), [], {
  cwd: work,
  env: { ...process.env, LTTNG_UST_REGISTER_TIMEOUT: '-1' },
  timeout: 30000,
});
lttng('stop');
lttng('destroy');
daemon.kill('SIGTERM');
await new Promise((resolve) => daemon.once('exit', resolve));
const text = execFileSync('babeltrace2', [`${work}/trace`], { encoding: 'utf8' });
const seen = new Set([...text.matchAll(/ v:e(\d+):/g)].map(([, number]) => Number(number)));
const rows = expressions.map(
  (expression, i) =>
    `    ${JSON.stringify(refused.includes(expression) ? { expression, refused: true } : { expression, accepts: seen.has(i) })}`,
);
writeFileSync(
  new URL('verdicts.json', here),
  `{\n  "recorded": "liblttng-ust 2.13.5, lttng-tools 2.13.9",\n  "rows": [\n${rows.join(',\n')}\n  ]\n}\n`,
);
console.log(
  `program: status=${ran.status} signal=${ran.signal}; ${seen.size} of ${expressions.length} accept`,
);
