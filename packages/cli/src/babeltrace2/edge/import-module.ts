/** Imports of modules that users wrote. A file of its own when bundled: what V8 compiled before cannot import. */

/** What a module exports. */
export async function importModule(url: string): Promise<Readonly<Record<string, unknown>>> {
  return (await import(url)) as Readonly<Record<string, unknown>>;
}
