/** Begins each fragment of CTF 2 metadata, and tells it from CTF 1.8's (RFC 7464). */
export const RECORD_SEPARATOR = '\x1e';
