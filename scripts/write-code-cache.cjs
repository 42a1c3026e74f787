/**
 * Writes V8's code cache of a bundled module: `node write-code-cache.cjs NAME.cache MAIN.cjs EXPORT WORDS…` loads MAIN, calls its
 * function EXPORT with the words, and keeps what was compiled by then of `NAME.code.js`. With an empty EXPORT it is a command,
 * which runs with these words when it is loaded.
 */
const { writeFileSync } = require('node:fs');
const vm = require('node:vm');

const [, , cacheFile = '', main = '', name = '', ...words] = process.argv;
const codeFile = cacheFile.replace(/cache$/, 'code.js');
const RealScript = vm.Script;
const ID_LENGTH = 40;
let script;
let id = '';
vm.Script = class extends RealScript {
  constructor(source, options) {
    super(source, options);
    if (options.filename !== codeFile) return;
    script = this;
    id = source.slice(0, ID_LENGTH);
  }
};
process.on('exit', (status) => {
  if (status !== 0) return;
  writeFileSync(cacheFile, Buffer.concat([Buffer.from(id), script.createCachedData()]));
});
if (name === '') process.argv.splice(2, Infinity, ...words);
const loaded = require(main);
if (name !== '') loaded[name](words);
