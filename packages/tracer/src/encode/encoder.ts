/**
 * Chooses how events are encoded: generated functions, or the plain encoder where `new Function` is forbidden
 * (`--disallow-code-generation-from-strings`) or `LTTNG_TS_CODEGEN=0` asks for it.
 */
import type { Buffer } from 'node:buffer';
import { compile, js } from './code.ts';
import { generateEncoder, parameterList } from './generate.ts';
import type { Plan } from './plan.ts';
import { encodePayload } from './reference.ts';
import * as runtime from './runtime.ts';

/** Writes the values after the first two parameters; returns the length in bytes, or `NO_ROOM`. */
export type Encoder = (bytes: Buffer, view: DataView, ...values: readonly unknown[]) => number;

/** Source text of the generated encoder, for debugging. */
export function describeEncoder(plan: Plan): string {
  return generateEncoder(plan).body.text;
}

/** Makes the encoder of a plan. */
export function createEncoder(plan: Plan, mayGenerate: boolean): Encoder {
  if (mayGenerate) {
    const source = generateEncoder(plan);
    const parameters = parameterList(source);
    const comma = source.parameters.length === 0 ? js`` : js`, `;
    const body = js`return function (bytes, view${comma}${parameters}) {${source.body}\n};`;
    try {
      return compile(body, [js`runtime`, ...source.constantNames], [runtime, ...source.constants]) as Encoder;
    } catch {
      // Code generation is forbidden in this process: the plain encoder does the same, slower.
    }
  }
  return (bytes, view, ...values) => encodePayload(plan, bytes, view, values);
}
