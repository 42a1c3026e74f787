/** Trace classes that grow. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMetadataText } from '@lttng-ts/ctf';
import { growTraceClass, translateTraceClass } from './translate-trace.ts';

const HEAD = `/* CTF 1.8 */
typealias integer { size = 8; align = 8; signed = false; } := byte;
trace { major = 1; minor = 8; byte_order = le; packet.header := struct { byte stream_id; }; };
clock { name = tick; freq = 1000; };
stream { id = 0; event.header := struct { byte id; integer { size = 64; map = clock.tick.value; } timestamp; }; };
event { id = 0; stream_id = 0; name = "first"; fields := struct { byte a; }; };
`;
const MORE = `event { id = 1; stream_id = 0; name = "second"; fields := struct { byte b; }; };
stream { id = 1; event.header := struct { byte id; integer { size = 64; map = clock.tick.value; } timestamp; }; };
event { id = 0; stream_id = 1; name = "third"; };
`;
const CHANGES = { offsetSeconds: 0n, offsetNs: 0n, forcesUnixEpoch: false };

test('classes that are there stay the same objects, new ones are added', () => {
  const before = translateTraceClass(parseMetadataText(HEAD), 0, CHANGES);
  const [streamClass] = before.traceClass.streamClasses;
  const first = streamClass?.eventClasses.get(0n);
  const grown = parseMetadataText(HEAD + MORE);
  const after = growTraceClass(before, grown, CHANGES);
  assert.equal(after.traceClass, before.traceClass);
  const [same, added] = after.traceClass.streamClasses;
  assert.equal(same, streamClass);
  assert.equal(same?.eventClasses.get(0n), first);
  assert.equal(same?.eventClasses.get(1n)?.name, 'second');
  assert.equal(added?.eventClasses.get(0n)?.name, 'third');
  assert.equal(added?.defaultClockClass, same?.defaultClockClass);
  // The new text's own objects lead to all of them.
  for (const dataStreamClass of grown.dataStreamClasses.values()) {
    const translation = after.streams.get(dataStreamClass);
    const names = [...dataStreamClass.eventRecordClasses.values()].map(
      (eventRecordClass) => translation?.events.get(eventRecordClass)?.eventClass.name,
    );
    assert.deepEqual(names, dataStreamClass.id === 0n ? ['first', 'second'] : ['third']);
  }
});
