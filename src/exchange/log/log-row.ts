import type { Lane, MessageType } from '../../vocabulary/codes.js';

/** A place in the log: a bigint as text, growing within a channel in commit order. */
export type Position = string;

/** Lanes and message types as the log stores them. */
export const LANE_NUMBERS = { incident: 0, normal: 1, bulk: 2 } as const satisfies Record<Lane, number>;
export const KIND_NUMBERS = { REQUEST: 0, RESPONSE: 1, NOTIFICATION: 2 } as const satisfies Record<MessageType, number>;

/** What a message asks of its delivery, as bits of {@link LogRow.traits}. */
export const TRAITS = { deadLetterOnExpiry: 1, deadLetterOnReceiverExpiry: 2, replayed: 4, matched: 8 } as const;

/** Negative, zero or positive as `a` lies before, at or after `b`. */
export function comparePositions(a: Position, b: Position): number {
  return a.length === b.length ? (a < b ? -1 : a > b ? 1 : 0) : a.length - b.length;
}

/** The position just before `position`, so that reading "after" it begins with it. */
export function before(position: Position): Position {
  return (BigInt(position) - 1n).toString();
}

/** The channel of a data or status stream. The spaces keep it apart from every inbox, whose channel is the twin's id: a URI has none. */
export function streamChannel(kind: 'feature' | 'federation' | 'connection' | 'twin', ...parts: string[]): string {
  return ['stream', kind, ...parts].join(' ');
}

/** Whether the channel is a stream. */
export function isStream(channel: string): boolean {
  return channel.startsWith('stream ');
}

/** A message about to be appended. */
export interface NewLogRow {
  channel: string;
  lane: number;
  orderingKey: string;
  sender: string;
  messageId: string;
  kind: number;
  /** What a repeat of the message is recognised by (see message-print.ts). */
  fingerprint: Buffer;
  ttlMs: number;
  /** The sender's own timestamp, or null when the broker minted the message id. */
  sentAt: string | null;
  /** Whether it is a REQUEST whose answer the broker watches over. */
  answerable: boolean;
  /** Of a RESPONSE: the REQUEST it answers; without a segment, one that is appended in the same batch. */
  answers: { requester: string; messageId: string; segment: number | null } | null;
  connectionId: string | null;
  planVersion: number | null;
  envelope: string;
  payload: string | null;
  /** Not to be delivered before this moment (ISO 8601 in UTC). */
  notBefore: string | null;
  /** Bits of {@link TRAITS}. */
  traits: number;
}

/** A message as the log holds it. */
export interface LogRow {
  channel: string;
  lane: number;
  position: Position;
  orderingKey: string;
  sender: string;
  messageId: string;
  kind: number;
  requestSegment: number | null;
  connectionId: string | null;
  planVersion: number | null;
  acceptedAt: Date;
  expiresAt: Date;
  /** Whether its time was over by the database's clock when it was read. */
  expired: boolean;
  envelope: string;
  payload: string | null;
  notBefore: Date | null;
  /** Bits of {@link TRAITS}. */
  traits: number;
}
