import { type Envelope, envelopeText, spliceMessage } from '../../vocabulary/envelope.js';

/** The most of a payload that is shown where a step failed, in characters. */
export const MAX_BEFORE_CHARACTERS = 8_192;

/** A message as its receiver gets it, when that is not what was sent. */
export interface AdaptedMessage {
  readonly envelope: string;
  readonly payload: string | null;
}

/** Why a message could not be adapted. */
export interface AdaptationFailure {
  /** Id of the step in the plan; `plan` when there was none to run, `check` when the outcome does not fit the receiver. */
  readonly step: string;
  readonly detail: string;
  /** RFC 6901 pointer into the value before the step. */
  readonly pointer?: string;
  /** The payload before the step, as JSON text, cut at {@link MAX_BEFORE_CHARACTERS}. */
  readonly before?: string;
  /** There when `before` was cut. */
  readonly cut?: true;
  readonly connectionId: string;
  readonly planVersion?: number;
}

/** The failure with its payload cut at the bound. */
export function withBefore(failure: Omit<AdaptationFailure, 'before' | 'cut'>, before: string): AdaptationFailure {
  if (before.length <= MAX_BEFORE_CHARACTERS) return { ...failure, before };
  return { ...failure, before: before.slice(0, MAX_BEFORE_CHARACTERS), cut: true };
}

/** In one line: which step, and why. */
export function failureWords({ step, detail, pointer }: AdaptationFailure): string {
  return `step ${step}: ${detail}${pointer === undefined || pointer === '' ? '' : ` (at ${pointer})`}`;
}

/** The message with its payload adapted. What the sender says of its own form no longer holds. */
export function withPayload(envelope: Envelope, envelopeAsSent: string, payload: string): AdaptedMessage {
  if (envelope.header.contentType === undefined) return { envelope: envelopeAsSent, payload };
  return { envelope: envelopeText(withoutContentType(envelope)), payload };
}

/** A RESPONSE whose payload could not be adapted, as the twin that asked gets it: the answer is that there is none that it could read. */
export function unadaptable(response: Envelope, failure: AdaptationFailure): AdaptedMessage {
  const { header, data } = withoutContentType(response);
  const status = {
    code: 'ADAPTATION_UNSUPPORTED' as const,
    reason: `The answer could not be adapted: ${failureWords(failure)}.`,
    details: [failure],
  };
  return { envelope: envelopeText({ header, data: { ...data, status } }), payload: null };
}

/** The text of a message, adapted if it was. */
export function messageText(row: AdaptedMessage & { readonly adapted?: AdaptedMessage }): string {
  const { envelope, payload } = row.adapted ?? row;
  return spliceMessage(envelope, payload);
}

function withoutContentType({ header, data }: Envelope): Envelope {
  const { contentType: _contentType, ...kept } = header;
  return { header: kept, data };
}
