import type { OrganizationId, TwinId } from '../../kernel/ids.js';
import type { Principal } from '../../security/principal.js';

/** Why a notification is made (NGSI-LD's trigger reasons): a twin now matches, still matches and has changed, or matches no more. */
export const TRIGGER_REASONS = ['newlyMatching', 'updated', 'noLongerMatching'] as const;
export type TriggerReason = (typeof TRIGGER_REASONS)[number];

/** A query that stands until it is taken back: its asker is told how the matching twins change. */
export interface StandingQuery {
  readonly id: string;
  readonly organization: OrganizationId;
  /** Unique within the organization. */
  readonly name: string;
  /** With whose eyes it is answered; null: the organization's. */
  readonly twin: TwinId | null;
  /** The query document as given. */
  readonly query: unknown;
  /** A twin of the organization that is also told by NOTIFY; null: none. */
  readonly inbox: TwinId | null;
  /** Digest of the twins that the asker saw through federations when all twins were last evaluated. */
  readonly circled: string;
  /** Number of the newest notification: a bigint as text. */
  readonly lastNumber: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
}

/** One notification of a standing query. */
export interface StandingNotification {
  readonly number: string;
  readonly reason: TriggerReason;
  readonly twin: TwinId;
  readonly toldAt: Date;
}

/** In whose name the query is answered. */
export function askerOf({ organization, twin, id }: StandingQuery): Principal {
  const subject = `standing query ${id}`;
  return twin === null ? { kind: 'organization', organization, subject } : { kind: 'twin', organization, twin, subject };
}
