import type { ProblemDocument } from '../../problems/problem-document.js';
import type { Granted } from '../inbox/claim.js';
import { deliveryText, type SourcedRow } from '../inbox/delivery.js';
import type { Receipt } from '../message/acceptance.service.js';
import { receiptText } from '../message/message.presenter.js';
import { MAX_FRAME_BYTES } from './session-limits.js';

/** Messages and bytes that may be sent. */
export interface PublishCredit {
  messages: number;
  bytes: number;
}

/** The session stands. */
export function welcomeFrame(session: string, expiresAt: number, credit: PublishCredit): string {
  return JSON.stringify({ op: 'welcome', session, expiresAt: new Date(expiresAt), ...credit, maxFrameBytes: MAX_FRAME_BYTES });
}

/** What became of a new token. */
export function tokenFrame(outcome: { expiresAt: number } | { problem: ProblemDocument }): string {
  return JSON.stringify({ op: 'token', ...('expiresAt' in outcome ? { expiresAt: new Date(outcome.expiresAt) } : outcome) });
}

/** More may be sent. */
export function creditFrame(credit: PublishCredit): string {
  return JSON.stringify({ op: 'credit', ...credit });
}

/** A message was accepted. */
export function publishedFrame(n: number, receipt: Receipt): string {
  return `{"op":"published","n":${n},"receipt":${receiptText(receipt)}}`;
}

/** A message was refused. */
export function unpublishedFrame(n: number, problem: ProblemDocument): string {
  return JSON.stringify({ op: 'published', n, problem });
}

/** An inbox is being read. */
export function receivingFrame(inbox: string): string {
  return JSON.stringify({ op: 'receiving', inbox });
}

/** What the delivery frames of one lease begin with, up to the number. */
export function deliveryHead(inbox: string, leaseToken: string): string {
  return `{"op":"delivery","inbox":${JSON.stringify(inbox)},"leaseToken":"${leaseToken}","n":`;
}

/** A delivery; the message's own text is spliced in untouched. */
export function deliveryFrame(head: string, n: number, { candidate, attempt, redelivered }: Granted<SourcedRow>): string {
  return `${head}${n},${deliveryText(candidate, { attempt, redelivered }).slice(1)}`;
}

/** Up to here nothing is in hand. */
export function settledFrame(inbox: string, upTo: number): string {
  return JSON.stringify({ op: 'settled', inbox, upTo });
}

/** Deliveries that are not in hand any more. */
export function lostFrame(inbox: string, n: readonly number[]): string {
  return JSON.stringify({ op: 'lost', inbox, n });
}

/** An inbox is read no more. */
export function endedFrame(inbox: string, problem?: ProblemDocument): string {
  return JSON.stringify({ op: 'ended', inbox, problem });
}

/** Answer to a ping. */
export function pongFrame(n?: number): string {
  return JSON.stringify({ op: 'pong', n });
}
