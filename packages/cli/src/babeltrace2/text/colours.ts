/** Colours of this program's own texts. */

/** Codes, all empty where there are no colours. */
export interface Colours {
  readonly reset: string;
  readonly bold: string;
  readonly yellow: string;
  readonly blue: string;
  readonly cyan: string;
  readonly green: string;
  readonly defaultColour: string;
  readonly brightRed: string;
  readonly brightGreen: string;
  readonly brightBlue: string;
  readonly brightMagenta: string;
  readonly brightCyan: string;
}

const NONE: Colours = {
  reset: '',
  bold: '',
  yellow: '',
  blue: '',
  cyan: '',
  green: '',
  defaultColour: '',
  brightRed: '',
  brightGreen: '',
  brightBlue: '',
  brightMagenta: '',
  brightCyan: '',
};

/** The codes for a terminal; on many of them bold means bright. */
export function coloursFor({
  hasColours,
  isBrightBold,
}: {
  readonly hasColours: boolean;
  readonly isBrightBold: boolean;
}): Colours {
  if (!hasColours) return NONE;
  const bright = (digit: number): string => (isBrightBold ? `\x1b[1;3${digit}m` : `\x1b[9${digit}m`);
  return {
    reset: '\x1b[0m',
    bold: '\x1b[1m',
    yellow: '\x1b[33m',
    blue: '\x1b[34m',
    cyan: '\x1b[36m',
    green: '\x1b[32m',
    defaultColour: '\x1b[39m',
    brightRed: bright(1),
    brightGreen: bright(2),
    brightBlue: bright(4),
    brightMagenta: bright(5),
    brightCyan: bright(6),
  };
}
