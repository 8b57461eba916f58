import { Injectable } from '@nestjs/common';
import { type RankingDocument, Ranking } from '../../discovery/search/ranking.js';
import { WhyNotService } from '../../discovery/why-not/why-not.service.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { TwinDirectory } from '../../registry/twin-directory.js';
import type { Principal } from '../../security/principal.js';
import type { Peer } from './peers.js';

/** Where the query stands in a message. */
export const MATCH_POINTER = '/header/receiver/match';

/** A criterion of the query that speaks against a twin. */
export interface MissedCriterion {
  readonly pointer: string;
  readonly criterion: string;
  readonly wanted: unknown;
  readonly actual: unknown;
}

/** A twin that does not get the message, and what it lacks. */
export interface NearMiss {
  readonly receiver: TwinId;
  readonly reason: 'not-connected' | 'not-matching' | 'not-healthy' | 'refused';
  readonly detail: string;
  readonly criteria?: readonly MissedCriterion[];
}

/** Tells a sender why twins that it may see do not get its message. */
@Injectable()
export class NearMisses {
  constructor(
    private readonly ranking: Ranking,
    private readonly whyNot: WhyNotService,
    private readonly twins: TwinDirectory,
  ) {}

  /** Of connected twins that the query did not find, what they miss of it. */
  async ofPeers(principal: Principal, document: RankingDocument, peers: readonly Peer[], limit: number): Promise<NearMiss[]> {
    const misses: NearMiss[] = [];
    for (const { id, connection } of peers) {
      if (misses.length >= limit) break;
      if (!(await this.twins.isVisible(principal, id))) continue;
      if (connection.state !== 'CONNECTED') {
        misses.push({ receiver: id, reason: 'not-connected', detail: `The connection ${connection.id} is ${connection.state}.` });
        continue;
      }
      const criteria = await this.missed(principal, document, id);
      if (criteria === undefined) continue;
      misses.push({ receiver: id, reason: 'not-matching', detail: 'The query does not find it.', criteria });
    }
    return misses;
  }

  /** Of twins that match, those that no connection joins with the sender for this feature. */
  async unconnected(principal: Principal, document: RankingDocument, known: ReadonlySet<TwinId>, limit: number): Promise<NearMiss[]> {
    const found = await this.ranking.first(principal, document, MATCH_POINTER, limit + known.size);
    return found
      .filter(({ id }) => !known.has(id))
      .slice(0, limit)
      .map(({ id }) => ({
        receiver: id,
        reason: 'not-connected',
        detail: 'It matches; no connection with it covers the feature: request one with POST /v1/connections.',
      }));
  }

  private async missed(principal: Principal, { query }: RankingDocument, id: TwinId): Promise<MissedCriterion[] | undefined> {
    try {
      const { criteria } = await this.whyNot.explainParsed(principal, id, query);
      return criteria
        .filter(({ met, negated }) => met === negated)
        .map(({ pointer, criterion, wanted, actual }) => ({
          pointer: pointer === '' ? '' : MATCH_POINTER + pointer,
          criterion,
          wanted,
          actual,
        }));
    } catch (error) {
      if (error instanceof DomainError && error.code === 'not-found') return undefined;
      throw error;
    }
  }
}
