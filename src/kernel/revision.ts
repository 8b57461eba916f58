/** Which state of which thing: versions count within an incarnation, incarnations count the lives of one id. */
export interface Revision {
  readonly incarnation: number;
  readonly version: number;
}

/**
 * What must be true of the stored thing for a change to be made. `expected`: it is at one of these revisions, or, for `any`, it exists.
 * `absent`: it does not exist. `unexpected`: it is at none of these.
 */
export interface Preconditions {
  readonly expected?: 'any' | readonly Revision[];
  readonly absent?: boolean;
  readonly unexpected?: readonly Revision[];
}
