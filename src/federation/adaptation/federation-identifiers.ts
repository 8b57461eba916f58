import { Injectable } from '@nestjs/common';
import type { IdentifierPairs } from '../../adaptor/plan/plan-terms.js';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { FederationId } from '../../kernel/ids.js';

/** Rides federation_identifier_pkey. No locks. */
const OF_FEDERATION = `
  SELECT scheme_from AS "from", scheme_to AS "to", pairs FROM federation_identifier WHERE federation_id = $1 ORDER BY scheme_from, scheme_to`;

/** Rides federation_identifier_pkey; the caller holds the federation. */
const CLEAR = 'DELETE FROM federation_identifier WHERE federation_id = $1';

/** Rides federation_identifier_pkey; the caller holds the federation. */
const ADD = 'INSERT INTO federation_identifier (federation_id, scheme_from, scheme_to, pairs) VALUES ($1, $2, $3, $4::jsonb)';

/** Identifiers of two schemes that mean the same thing, as a federation says. */
@Injectable()
export class FederationIdentifiers {
  constructor(private readonly database: Database) {}

  /** What the federation says, in the order of the schemes. */
  of(federation: FederationId, tx?: Transaction): Promise<IdentifierPairs[]> {
    return (tx ?? this.database).query<IdentifierPairs>(OF_FEDERATION, [federation]);
  }

  /** Puts these in the place of what it said; the caller holds the federation. */
  async replace(tx: Transaction, federation: FederationId, pairs: readonly IdentifierPairs[]): Promise<void> {
    await tx.query(CLEAR, [federation]);
    for (const { from, to, pairs: map } of pairs) await tx.query(ADD, [federation, from, to, JSON.stringify(map)]);
  }
}
