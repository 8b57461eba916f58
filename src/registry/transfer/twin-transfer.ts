import type { OrganizationId, TwinId } from '../../kernel/ids.js';

/**
 * States of an offer to hand a twin over. OFFERED → ACCEPTED or DECLINED by the receiver, WITHDRAWN by the owner, EXPIRED by time, VOID when the twin
 * was deregistered or is another organization's by then. The last two need nobody to write them: they follow from the clock and the twin.
 */
export const TRANSFER_STATES = ['OFFERED', 'ACCEPTED', 'DECLINED', 'WITHDRAWN', 'EXPIRED', 'VOID'] as const;
export type TransferState = (typeof TRANSFER_STATES)[number];

/** Seconds that an offer may stand. */
export const OFFER_SECONDS = { min: 60, max: 7_776_000, default: 604_800 } as const;

/** An offer, as its two sides and operators see it. */
export interface TwinTransfer {
  readonly id: string;
  readonly twin: TwinId;
  /** What the twin is; while the offer stands. */
  readonly name: string | null;
  readonly domain: string | null;
  readonly from: OrganizationId;
  readonly to: OrganizationId;
  readonly note: string | null;
  readonly state: TransferState;
  readonly offeredAt: Date;
  readonly expiresAt: Date;
  readonly decidedAt: Date | null;
}

/** What the owner asks for. */
export interface TransferOffer {
  readonly to: OrganizationId;
  readonly expiresInSeconds?: number;
  readonly note?: string;
}
