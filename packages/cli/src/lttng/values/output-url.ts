/** The output of a session as `create --output`, `--set-url`, `--ctrl-url` and `--data-url` say it. */

/** Where a URL points, or the lines that say what is wrong with it. */
export type OutputUrl =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'network' }
  | { readonly kind: 'wrong'; readonly lines: readonly string[] };

const NETWORK = /^(net|tcp)[46]?:\/\/.+/;

/** Reads one URL; a bare absolute path is accepted like `file://`. */
export function parseOutputUrl(url: string): OutputUrl {
  if (url.startsWith('/')) return { kind: 'path', path: url };
  if (url.startsWith('file://')) {
    const path = url.slice('file://'.length);
    return path.startsWith('/') ? { kind: 'path', path } : wrong(url, 'Missing destination full path.');
  }
  return NETWORK.test(url) ? { kind: 'network' } : wrong(url, `URI parse unknown protocol ${url}`);
}

function wrong(url: string, reason: string): OutputUrl {
  return {
    kind: 'wrong',
    lines: [reason, `Unable to parse the URL ${url}`, 'Unrecognized URL format.'],
  };
}
