import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/unit-of-work.js';
import type { TwinId } from '../kernel/ids.js';
import { TwinCompositions } from './composition/twin-compositions.js';

/**
 * Which circles (open federations) a twin is in, for the visibility predicate. Written by the federation module within its own changes, together
 * with a `member.changed` event, which clears what is cached of it. A deregistered twin is out of all its circles.
 */
@Injectable()
export class TwinCircles {
  constructor(private readonly compositions: TwinCompositions) {}

  /**
   * Puts a live twin into the circle; again, changes nothing. Rides twin_pkey; the lock keeps a deregistration from passing between.
   * @throws DomainError `composition-cycle` when an aggregated twin stands for the circle and is a part of this one
   */
  async join(tx: Transaction, twin: TwinId, circle: string): Promise<void> {
    await tx.query(
      `INSERT INTO twin_circle (twin_id, circle, organization)
       SELECT id, $2, owner FROM twin WHERE id = $1 AND registration = 'REGISTERED' FOR SHARE
       ON CONFLICT (twin_id, circle) DO NOTHING`,
      [twin, circle],
    );
    await this.compositions.admit(tx, twin, circle);
  }

  /** Takes the twin out of the circle. Rides twin_circle_pkey. */
  async leave(tx: Transaction, twin: TwinId, circle: string): Promise<void> {
    await tx.query('DELETE FROM twin_circle WHERE twin_id = $1 AND circle = $2', [twin, circle]);
  }

  /** Ends the circle. Rides twin_circle_circle_idx. */
  async dissolve(tx: Transaction, circle: string): Promise<void> {
    await tx.query('DELETE FROM twin_circle WHERE circle = $1', [circle]);
  }
}
