/**
 * Writes V8's code cache of a bundled module: `node write-code-cache.cjs NAME.cjs EXPORT WORDS…` loads it, calls its
 * function EXPORT with the words, and keeps what was compiled by then.
 */
const { writeFileSync } = require('node:fs');
const vm = require('node:vm');

const [, , file = '', name = '', ...words] = process.argv;
const RealScript = vm.Script;
const ID_LENGTH = 40;
let script;
let id = '';
vm.Script = class extends RealScript {
  constructor(source, options) {
    super(source, options);
    script ??= this;
    id ||= source.slice(0, ID_LENGTH);
  }
};
process.on('exit', (status) => {
  if (status !== 0) return;
  writeFileSync(
    file.replace(/\.cjs$/, '.cache'),
    Buffer.concat([Buffer.from(id), script.createCachedData()]),
  );
});
require(file)[name](words);
