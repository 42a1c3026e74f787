/**
 * Becomes `NAME.cjs` beside a large bundled module: `NAME.code.js` has its code as a function, `NAME.cache` what V8 compiled
 * of it, which `scripts/write-code-cache.cjs` makes. A cache of another Node.js, or of another build, is passed over.
 *
 * Each page of fresh memory costs a start some microseconds, so both files are read into the same one, and nothing is copied.
 */
const { closeSync, fstatSync, openSync, readSync } = require('node:fs');
const { Script } = require('node:vm');

/**
 * The beginning of code and cache tells that they belong together: V8 itself compares lengths only. Eight bytes several
 * times, because V8 copies a cache that does not begin at such a place.
 */
const ID_LENGTH = 40;
const stem = __filename.slice(0, -'.cjs'.length);
const filename = `${stem}.code.js`;
const codeFile = openSync(filename, 'r');
const cacheFile = openCache();
const memory = Buffer.allocUnsafeSlow(
  Math.max(fstatSync(codeFile).size, cacheFile === null ? 0 : fstatSync(cacheFile).size),
);

function openCache() {
  try {
    return openSync(`${stem}.cache`, 'r');
  } catch {
    // There need not be one.
    return null;
  }
}

/** What is in a file, up to the next call. */
function readAll(file) {
  let length = 0;
  for (let count = 1; count > 0; length += count)
    count = readSync(file, memory, length, memory.length - length);
  closeSync(file);
  return memory.subarray(0, length);
}

// latin1: the bundler writes ASCII, and this is the quickest.
const code = readAll(codeFile).latin1Slice();
const cache = cacheFile === null ? null : readAll(cacheFile);
const isFitting = cache?.latin1Slice(0, ID_LENGTH) === code.slice(0, ID_LENGTH);
const script = new Script(code, {
  filename,
  cachedData: isFitting ? cache.subarray(ID_LENGTH) : undefined,
});
script.runInThisContext().call(module.exports, module.exports, require, module, filename, __dirname);
