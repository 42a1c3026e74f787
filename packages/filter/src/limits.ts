/** Limits of the filter language and of its bytecode, each with its origin. */

/** Largest filter or capture bytecode, relocation table included: UST applications refuse more. */
export const MAX_BYTECODE_BYTES = 65536;

/** Entries of the evaluation stack as the tracers' validator counts them. */
export const MAX_STACK_DEPTH = 10;

/**
 * Entries that an expression may use at once. UST's interpreter keeps two of the ten empty: the original tracer
 * (2.13.5) aborts the traced program on a filter that needs nine or ten, and never accepts one that needs more. So
 * such expressions are refused when they are compiled.
 */
export const MAX_USABLE_STACK_DEPTH = 8;

/** Longest filter expression: upstream's LTTNG_FILTER_MAX_LEN bounds the text like the bytecode. */
export const MAX_EXPRESSION_CHARS = 65536;

/**
 * Deepest nesting of parentheses, unary operators and right operands. Ours: recursion over a tree of this depth
 * is safe on every stack. Chains such as `a || b || c` grow to the left and are walked in loops: they do not count.
 */
export const MAX_NESTING = 200;

/** Longest symbol (field, context) name of a relocation: the size of names in UST's ABI. */
export const MAX_SYMBOL_BYTES = 256;
