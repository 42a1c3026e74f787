/** Limits of names, and lists of names. */

/** Linux's NAME_MAX: names become folders and files. */
export const MAX_NAME_BYTES = 255;

/** Length of a name as the file system counts it. */
export const nameBytes = (name: string): number => Buffer.byteLength(name, 'utf8');

/** Splits at commas; empty names count for nothing. */
export const splitNames = (text: string): readonly string[] => text.split(',').filter((name) => name !== '');
