/**
 * From a plan to source: one statement per field, with literal offsets as long as nothing of variable size came before.
 * The text holds numbers and numbered locals only; tables of values come in as constants.
 */
import { type Code, js, list, local } from './code.ts';
import type { IntegerStep, Plan, Step } from './plan.ts';
import { align } from './runtime.ts';

/** Source of an encoder's body. Its locals: `bytes`, `view`, `runtime`, `a0`…; it returns a length or NO_ROOM. */
export interface EncoderSource {
  readonly body: Code;
  readonly parameters: readonly Code[];
  /** Names and values of what the body refers to besides its parameters and `runtime`. */
  readonly constantNames: readonly Code[];
  readonly constants: readonly unknown[];
}

/** Where the next value goes: a known offset, or the local `at`. */
type Place = number | 'at';

/** Generates the encoder of a plan. */
export function generateEncoder(plan: Plan): EncoderSource {
  const constants: unknown[] = [];
  const constant = (value: unknown): Code => local('c', constants.push(value) - 1);
  let place = 0 as Place;
  const statements = plan.steps.map((step, i) => {
    const [code, next] = statementFor(step, local('a', i), place, constant);
    place = next;
    return code;
  });
  const body = js`
  const limit = bytes.length - ${plan.fixedBytes};
  if (limit < 0) return -1;
  let at = 0;${statements}
  return ${place === 'at' ? js`at` : js`${place}`};`;
  return {
    body,
    parameters: plan.steps.map((_, i) => local('a', i)),
    constantNames: constants.map((_, i) => local('c', i)),
    constants,
  };
}

function statementFor(
  step: Step,
  value: Code,
  place: Place,
  constant: (value: unknown) => Code,
): readonly [Code, Place] {
  switch (step.kind) {
    case 'integer':
      return fixed(place, step.integer.alignBytes, step.integer.sizeBytes, (at) =>
        setInteger(step.integer, value, at),
      );
    case 'enumeration': {
      const labels = constant(step.labels);
      const resolved = js`(typeof ${value} === 'string' ? ${labels}.get(${value}) : ${value})`;
      return fixed(place, step.integer.alignBytes, step.integer.sizeBytes, (at) =>
        setInteger(step.integer, resolved, at),
      );
    }
    case 'float':
      return fixed(place, step.alignBytes, step.sizeBytes, (at) => {
        const number = js`typeof ${value} === 'number' ? ${value} : runtime.toFloat(${value})`;
        const method = step.sizeBytes === 4 ? js`setFloat32` : js`setFloat64`;
        return js`view.${method}(${at}, ${number}, ${step.isLittleEndian});`;
      });
    case 'string':
      return variable(place, (at) => js`runtime.putString(bytes, ${at}, ${value}, limit)`);
    case 'text-array':
      return variable(place, (at) => js`runtime.putTextArray(bytes, ${at}, ${value}, ${step.length})`);
    case 'text-sequence': {
      const lengthType = constant(step.lengthType);
      return variable(
        place,
        (at) => js`runtime.putTextSequence(bytes, view, ${at}, ${value}, ${lengthType}, limit)`,
      );
    }
    case 'array': {
      const element = constant(step.element);
      return variable(
        place,
        (at) => js`runtime.putArray(bytes, view, ${at}, ${value}, ${step.length}, ${element})`,
      );
    }
    case 'sequence': {
      const [lengthType, element] = [constant(step.lengthType), constant(step.element)];
      return variable(
        place,
        (at) => js`runtime.putSequence(bytes, view, ${at}, ${value}, ${lengthType}, ${element}, limit)`,
      );
    }
  }
}

/** A value of fixed size: its offset stays a literal when the place is one. */
function fixed(
  place: Place,
  alignBytes: number,
  sizeBytes: number,
  set: (at: Code) => Code,
): readonly [Code, Place] {
  if (place !== 'at') {
    const start = align(place, alignBytes);
    return [js`\n  ${set(js`${start}`)}`, start + sizeBytes];
  }
  const aligned = alignBytes === 1 ? js`` : js`at = (at + ${alignBytes - 1}) & ${-alignBytes};\n  `;
  return [js`\n  ${aligned}${set(js`at`)}\n  at += ${sizeBytes};`, 'at'];
}

/** A value of variable size, put by the runtime. */
function variable(place: Place, put: (at: Code) => Code): readonly [Code, Place] {
  const at = place === 'at' ? js`at` : js`${place}`;
  return [js`\n  at = ${put(at)};\n  if (at < 0) return -1;`, 'at'];
}

function setInteger(integer: IntegerStep, value: Code, at: Code): Code {
  const little = integer.isLittleEndian;
  const number = js`typeof ${value} === 'number' ? ${value} : runtime.toNumber(${value})`;
  switch (integer.sizeBytes) {
    case 1:
      return js`view.setUint8(${at}, ${number});`;
    case 2:
      return js`view.setUint16(${at}, ${number}, ${little});`;
    case 4:
      return js`view.setUint32(${at}, ${number}, ${little});`;
    case 8:
      return js`if (typeof ${value} === 'bigint') view.setBigUint64(${at}, ${value}, ${little});
  else runtime.put64(view, ${at}, ${value}, ${little});`;
  }
}

/** The parameter list of a generated function. */
export const parameterList = (source: EncoderSource): Code => list(source.parameters);
