/** Colours of terminals, as Babeltrace 2 uses them. Without colours every sequence is empty. */

export interface Palette {
  readonly reset: string;
  readonly bold: string;
  readonly red: string;
  readonly green: string;
  readonly yellow: string;
  readonly blue: string;
  readonly magenta: string;
  readonly cyan: string;
  readonly brightRed: string;
  readonly brightGreen: string;
  readonly brightYellow: string;
  readonly brightBlue: string;
  readonly brightMagenta: string;
  readonly brightCyan: string;
}

/** The colours of foregrounds, by their last digit. */
const COLOURS = { Red: 1, Green: 2, Yellow: 3, Blue: 4, Magenta: 5, Cyan: 6 } as const;

export const NO_COLOURS: Palette = palette(
  () => '',
  () => '',
);

/**
 * Sequences for a terminal. Bright colours have codes of their own, which most terminals make of bold ones, too:
 * upstream sends those.
 */
export function colours(isBrightBold: boolean): Palette {
  const normal = (code: number): string => `\x1b[${code}m`;
  return palette(normal, (digit) => (isBrightBold ? `\x1b[1m\x1b[3${digit}m` : `\x1b[9${digit}m`));
}

function palette(normal: (code: number) => string, bright: (digit: number) => string): Palette {
  return {
    reset: normal(0),
    bold: normal(1),
    red: normal(30 + COLOURS.Red),
    green: normal(30 + COLOURS.Green),
    yellow: normal(30 + COLOURS.Yellow),
    blue: normal(30 + COLOURS.Blue),
    magenta: normal(30 + COLOURS.Magenta),
    cyan: normal(30 + COLOURS.Cyan),
    brightRed: bright(COLOURS.Red),
    brightGreen: bright(COLOURS.Green),
    brightYellow: bright(COLOURS.Yellow),
    brightBlue: bright(COLOURS.Blue),
    brightMagenta: bright(COLOURS.Magenta),
    brightCyan: bright(COLOURS.Cyan),
  };
}
