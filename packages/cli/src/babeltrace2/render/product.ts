/** Who this is. */

/** The version of Babeltrace whose behaviour this program has. */
export const VERSION = '2.1.0';
export const PRODUCT = 'lttng-ts 0.1.0';
