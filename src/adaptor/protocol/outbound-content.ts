import { jsonTextReader } from '../../kernel/json-text.js';
import type { WireLoss } from './inbound-protocol.js';
import type { OutboundDelivery } from './outbound-protocol.js';

/**
 * What of a delivery goes over a wire that carries documents: the whole `message` as JSON; its `payload` as JSON, untouched; a payload that is a JSON string
 * as its `text` (CSV, XML); or as the `bytes` of which it is the base64url (CBOR).
 */
export const CONTENTS = ['message', 'payload', 'text', 'bytes'] as const;
export type Content = (typeof CONTENTS)[number];

/** JSON Schema of the setting. */
export const CONTENT_SCHEMA = {
  enum: CONTENTS,
  default: 'message',
  description:
    'What is sent: the whole message as JSON; its payload as JSON; a payload that is a string as text (CSV, XML); or as bytes (CBOR, base64url in the message).',
} as const;

const MEDIA_TYPES: Readonly<Record<Content, string>> = {
  message: 'application/json',
  payload: 'application/json',
  text: 'text/plain; charset=utf-8',
  bytes: 'application/octet-stream',
};
// As deep as messages are accepted, and a little deeper.
const read = jsonTextReader({ maxDepth: 80, spans: [['data', 'payload']] });

/** The media type of a content when the settings name none. */
export function mediaTypeOf(content: Content): string {
  return MEDIA_TYPES[content];
}

/** What is sent of a delivery; undefined when its payload cannot be said so, which no retry changes. */
export function contentOf({ text }: OutboundDelivery, content: Content): Buffer | undefined {
  if (content === 'message') return Buffer.from(text);
  const { value, spans } = read(text);
  const span = spans[0];
  if (content === 'payload') return Buffer.from(span === undefined ? 'null' : text.slice(span.start, span.end));
  const payload = (value as { data?: { payload?: unknown } }).data?.payload;
  if (typeof payload !== 'string') return undefined;
  if (content === 'text') return Buffer.from(payload);
  return /^[A-Za-z0-9_-]*$/.test(payload) ? Buffer.from(payload, 'base64url') : undefined;
}

/** Why {@link contentOf} has nothing, for a delivery that is refused for it. */
export const NOT_SAYABLE = 'the payload is not a text, as the content of the wire wants it';

/** The loss of a wire that says nothing beside the content: only a whole message has an id. @param wire in words */
export function duplicatesUnnamed(content: Content, wire: string): readonly WireLoss[] {
  if (content === 'message') return [];
  return [
    { kind: 'duplicates-possible', detail: `${wire} says nothing beside the payload: what comes again cannot be told from what is new` },
  ];
}
