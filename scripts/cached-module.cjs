/**
 * Becomes `NAME.cjs` beside a large bundled module `NAME.code.js`: loads it with V8's code cache `NAME.cache`, which
 * `scripts/write-code-cache.cjs` makes. A cache of another Node.js, or of another build, is passed over.
 */
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');

/** The first line of the code, and the beginning of the cache: V8 itself compares lengths only. */
const ID_LENGTH = 36;
const stem = __filename.slice(0, -'.cjs'.length);
const filename = `${stem}.code.js`;
// latin1: the bundler writes ASCII, and this is the quickest.
const code = readFileSync(filename, 'latin1');

function findCache() {
  let cache;
  try {
    cache = readFileSync(`${stem}.cache`);
  } catch {
    // There need not be one.
    return undefined;
  }
  return cache.latin1Slice(0, ID_LENGTH) === code.slice(0, ID_LENGTH) ? cache.subarray(ID_LENGTH) : undefined;
}

const script = new Script(`(function (exports, require, module, __filename, __dirname) {${code}\n})`, {
  filename,
  cachedData: findCache(),
});
script.runInThisContext().call(module.exports, module.exports, require, module, filename, __dirname);
