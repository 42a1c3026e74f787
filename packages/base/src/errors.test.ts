import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe, FormatError } from './errors.ts';

test('an error tells its story from the outermost place inwards', () => {
  const error = new FormatError('Sequence length exceeds packet: length=9, remaining-bits=8')
    .within('Event record', { class: 'sched:switch' })
    .within('Data stream', { file: 'ch0_3', packet: 17 });
  assert.equal(
    error.story,
    [
      'Data stream: file="ch0_3", packet=17',
      '  Event record: class="sched:switch"',
      '    Sequence length exceeds packet: length=9, remaining-bits=8 [LTTNG_FORMAT]',
    ].join('\n'),
  );
});

test('describe quotes strings and leaves numbers bare', () => {
  assert.equal(describe('Refused', { name: 'a "b"', count: 3n }), 'Refused: name="a \\"b\\"", count=3');
});
