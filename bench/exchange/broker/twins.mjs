/** The twins of every broker that is measured: one sends, to each of the others. */
export const SENDER = 'urn:bench:sender';
export const RECEIVER = 'urn:bench:receiver';
/** Nobody reads this one. */
export const SHELF = 'urn:bench:shelf';
/** Has a backlog of bulk messages, when one is wanted. */
export const DEPOT = 'urn:bench:depot';
