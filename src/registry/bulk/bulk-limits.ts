/** Lines that one request may carry; the rest goes into another request, with `from`. */
export const MAX_LINES = 1_000_000;
/** Bytes that one line may have; no profile that is accepted needs as much. */
export const MAX_LINE_BYTES = 1_048_576;
/** Lines that are committed together at most, and bytes of them. */
export const BATCH_LINES = 1_000;
export const BATCH_BYTES = 4 * 1024 * 1024;
/** Bulks that one broker reads at once; an organization has one at a time. */
export const MAX_OPEN_BULKS = 8;
/** Exports that one broker writes at once. */
export const MAX_OPEN_EXPORTS = 8;
/** Milliseconds that a bulk or an export may stand still, in both directions, before its connection is closed. */
export const STALL_MS = 120_000;
/** Days for which the broker remembers how far a bulk came. */
export const KEEP_DAYS = 7;
/** What a bulk may be called by its sender. */
export const BULK_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
