/**
 * What a repeat of a message is recognised by: two messages are the same when their RFC 8785 forms are. Most messages are mostly payload, and few are
 * ever repeated, so that of a message whose payload the log keeps as it came only the rest is digested; the payload is held against the log's when the id
 * comes again. Of everything else the whole message is digested.
 */
import { hash } from 'node:crypto';
import { canonicalJson, fingerprint } from '../../kernel/canonical-json.js';
import { MESSAGE_SCHEMA } from '../../vocabulary/envelope-schema.js';

/** Every member that a message may have but the payload, as ways from the message. The small objects are read member by member, so that their order does not count. */
const { header: HEADER, data: DATA } = MESSAGE_SCHEMA.properties;
const HEADER_MEMBERS = Object.keys(HEADER.properties).filter((name) => name !== 'sender' && name !== 'receiver');
const PARTY_MEMBERS = Object.keys(HEADER.properties.sender.properties);
const DATA_MEMBERS = Object.keys(DATA.properties).filter((name) => name !== 'payload' && name !== 'object');
const OBJECT_MEMBERS = Object.keys(DATA.properties.object.properties);
const NOTED = HEADER_MEMBERS.length + 2 * PARTY_MEMBERS.length + DATA_MEMBERS.length + OBJECT_MEMBERS.length;
/** SHA-256 of a whole message has 32 bytes; of a message without its payload, one is left out to tell them apart. */
const HEAD_PRINT_BYTES = 31;

interface PrintedMessage {
  readonly header: { readonly sender?: object; readonly receiver?: object };
  readonly data: { readonly object?: object; readonly payload?: unknown };
}

/** Print of a whole message as its sender wrote it. */
export function wholePrint(message: PrintedMessage): Buffer {
  return fingerprint(message);
}

/**
 * Print of a message without its payload: of its members' values in a fixed order, which are equal when the RFC 8785 forms are. Only what a sender may write
 * in an order of its own is brought into the canonical one.
 */
export function headPrint({ header, data }: PrintedMessage): Buffer {
  const values = new Array<unknown>(NOTED);
  let at = note(values, 0, header, HEADER_MEMBERS);
  at = note(values, at, header.sender, PARTY_MEMBERS);
  at = note(values, at, header.receiver, PARTY_MEMBERS);
  at = note(values, at, data, DATA_MEMBERS);
  note(values, at, data.object, OBJECT_MEMBERS);
  // By way of digits: a buffer of its own would cost as much as the digest.
  return Buffer.from(hash('sha256', JSON.stringify(values), 'hex').slice(0, 2 * HEAD_PRINT_BYTES), 'hex');
}

/** Notes an object's members from a place on; gives the place after them. */
function note(values: unknown[], from: number, source: object | undefined, names: readonly string[]): number {
  let at = from;
  for (const name of names) values[at++] = plain((source as Record<string, unknown> | undefined)?.[name]);
  return at;
}

/** A member's value, in a form that JSON.stringify writes alike whatever the order it came in. An absent one is written `null`, and no member may be that. */
function plain(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? canonicalJson(value) : value;
}

/** Whether the print says nothing of the payload. */
export function isHeadPrint(print: Buffer): boolean {
  return print.length === HEAD_PRINT_BYTES;
}

/** Whether two payloads, as JSON texts, have one RFC 8785 form. */
export function isSamePayload(one: string | null, other: string | null): boolean {
  if (one === other) return true;
  return one !== null && other !== null && canonicalJson(JSON.parse(one)) === canonicalJson(JSON.parse(other));
}
