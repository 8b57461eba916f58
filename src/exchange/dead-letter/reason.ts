/** Why a message became a dead letter, and the words that say so. */
export const DEAD_LETTER_REASONS = {
  nacked: 'given back too often',
  'lease-ran-out': 'lease ran out too often',
  'connection-ended': 'the connection was released',
  expired: 'its time was over',
  'receiver-expired': 'the registration of the receiver expired',
  'policy-denied': 'a policy forbids it',
  overflow: 'the inbox was full',
  unreachable: 'the endpoint of the receiver did not take it',
  'not-adaptable': 'it could not be adapted to the receiver',
  other: 'other',
} as const;

/** Why a message became a dead letter. */
export type DeadLetterReason = keyof typeof DEAD_LETTER_REASONS;

/** All reasons. */
export const REASON_CODES = Object.keys(DEAD_LETTER_REASONS) as DeadLetterReason[];

/**
 * What is known of a reason that is given in words: the words of {@link DEAD_LETTER_REASONS} stand for their code, as does `code: words`; anything else
 * is `other`.
 */
export function reasonOf(text: string): { code: DeadLetterReason; words: string } {
  const known = REASON_CODES.find((code) => DEAD_LETTER_REASONS[code] === text || code === text);
  if (known !== undefined) return { code: known, words: DEAD_LETTER_REASONS[known] };
  const prefixed = REASON_CODES.find((code) => text.startsWith(`${code}: `));
  return prefixed === undefined ? { code: 'other', words: text } : { code: prefixed, words: text.slice(prefixed.length + 2) };
}
