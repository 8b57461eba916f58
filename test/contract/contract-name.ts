/** A suite runs on what its name says: the protocol's own name, and maybe in which way, as in `mqtt 5` or `webhook, binary`. */
export function protocolNameOf(suite: string): string {
  return suite.split(/[ ,]/, 1)[0] ?? '';
}
