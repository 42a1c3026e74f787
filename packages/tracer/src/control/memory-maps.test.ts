import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mappedModules } from './memory-maps.ts';

const maps = `00400000-00b6f000 r--p 00000000 fe:00 260689                             /usr/bin/node
00b6f000-00b71000 r-xp 0076f000 fe:00 260689                             /usr/bin/node
7f59c3e40000-7f59c3fd2000 r-xp 014c4000 fe:00 260689                     /usr/bin/node
7f59c4000000-7f59c4021000 rw-p 00000000 00:00 0
7f59d0000000-7f59d0001000 r--p 00000000 fe:00 77                         /usr/lib/locale/C.utf8/LC_CTYPE
7f59d1000000-7f59d1001000 r--p 00000000 fe:00 78                         /opt/my app/a b.so
7f59d1001000-7f59d1002000 r-xp 00001000 fe:00 78                         /opt/my app/a b.so
7f59d2000000-7f59d2001000 r-xp 00001000 fe:00 79                         /no/beginning.so
7f59d32fd000-7f59d32ff000 rw-s 00000000 00:01 5                          /memfd:lttng (deleted)
7f59d38e9000-7f59d38eb000 r-xp 00000000 00:00 0                          [vdso]
7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0                          [stack]
`;

test('modules are files with a mapped beginning and code', () => {
  assert.deepEqual(mappedModules(maps), [
    { path: '/usr/bin/node', baseAddress: 0x400000n },
    { path: '/opt/my app/a b.so', baseAddress: 0x7f59d1000000n },
    { path: '[vdso]', baseAddress: 0x7f59d38e9000n },
  ]);
});
