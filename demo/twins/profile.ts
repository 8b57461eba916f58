/** A request that a twin does not carry out, with the status code of its RESPONSE. */
export class Refusal extends Error {
  constructor(
    readonly code: 'PAYLOAD_INVALID' | 'OBJECT_NOT_FOUND' | 'ACTION_NOT_APPLICABLE' | 'STATE_CONFLICT',
    reason: string,
  ) {
    super(reason);
  }
}

/** What is said of a feature when it is registered, and of a need: the form in which a twin wants what others have. */
export type Feature = Readonly<Record<string, unknown>> & { kind: 'data' | 'function'; name: string };

/** What a domain adds to the registration that all have in common. */
export interface Profile {
  name: string;
  description: string;
  objectOfInterest: readonly string[];
  area: unknown;
  features: readonly Feature[];
  needs?: readonly Feature[];
}
