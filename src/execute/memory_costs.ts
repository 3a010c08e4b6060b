/**
 * Peak of memory while a session is made, in multiples of its weights: the copy that is handed over
 * and the engine's own two. Measured with Conv and MatMul weights of 128 MiB.
 */
export const PREPARE_FACTOR = 3;

/** The same where the engine also blocks the weights of convolutions, from further copies. */
export const PREPARE_BLOCKED_FACTOR = 6;

/** What a session takes beside its weights: the graph, a thread pool. Measured, 66 small sessions. */
export const SESSION_BYTES = 1 << 20;
