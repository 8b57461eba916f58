import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { PlacedEvent } from '../../database/domain-events.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import type { Asker } from '../query/compile-leaf.js';
import { type Leaf, leavesOf, type Query, requiredLeaves } from '../query/query.js';
import { CandidateSource, FEW } from '../search/candidates.js';
import { INDEXED_ORDERS } from '../search/order.js';
import { type PreparedQuery, QueryEngine } from '../search/query-engine.js';
import { Look } from '../search/refinement.js';
import { StandingNotifierPort } from './standing-notifier.js';
import { askerOf, type StandingQuery, type TriggerReason } from './standing-query.js';
import { type MatchState, StandingQueryRepository } from './standing-query.repository.js';

const MAX_REMEMBERED = 2_000;
const BATCH = 1_000;

/** A twin of which something happened, and the domain it was in by then, as far as the event tells. */
interface Touched {
  readonly twin: TwinId;
  readonly domain: unknown;
}

/**
 * Compares what each standing query matches with what it last told, and tells the difference. It is the state that is compared, not the events: of
 * several changes at once, the outcome is told once.
 */
@Injectable()
export class StandingEvaluator {
  /** Resolved queries by id: what their terms and words mean is looked up again when the dictionary changes. */
  private readonly resolved = new LRUCache<string, Query>({ max: MAX_REMEMBERED });

  constructor(
    private readonly engine: QueryEngine,
    private readonly source: CandidateSource,
    private readonly queries: StandingQueryRepository,
    private readonly notifier: StandingNotifierPort,
  ) {}

  /** Evaluates every open query against what these events touched. */
  async evaluate(tx: Transaction, events: readonly PlacedEvent[]): Promise<void> {
    const touched = events
      .filter(({ kind }) => kind.startsWith('twin.'))
      .map(({ subject, data }): Touched => ({ twin: subject as TwinId, domain: data['domain'] }));
    const told = await this.queries.toldOf(tx, [...new Set(touched.map(({ twin }) => twin))]);
    const hasNewTerms = events.some(({ kind }) => kind === 'term.changed');
    const hasNewCircles = events.some(({ kind }) => kind === 'member.changed' || kind === 'federation.changed');
    if (hasNewTerms) this.resolved.clear();
    for (const standing of await this.queries.listOpen(tx)) {
      const query = await this.prepare(standing);
      const circled = hasNewCircles ? circledDigest(query.asker) : standing.circled;
      if (circled !== standing.circled || (hasNewTerms && leavesOf(query.query).some(dependsOnTerms))) {
        await this.queries.setCircled(tx, standing.id, circled);
        await this.evaluateAll(tx, standing, query);
      } else {
        await this.evaluateSome(
          tx,
          standing,
          query,
          touched,
          told.filter(({ query: id }) => id === standing.id),
        );
      }
    }
  }

  /** The query, as its asker may ask it now. */
  async prepare(standing: StandingQuery): Promise<PreparedQuery> {
    const known = this.resolved.get(standing.id);
    const asker = askerOf(standing);
    const prepared = known ? await this.engine.compile(asker, known) : await this.engine.prepare(asker, standing.query);
    this.resolved.set(standing.id, prepared.query);
    return prepared;
  }

  /** Forgets what a query that ended, or was replaced, means. */
  forget(id: string): void {
    this.resolved.delete(id);
  }

  /** Every twin that matches now, but no more than `limit`. */
  async allMatches(query: PreparedQuery, limit = Infinity): Promise<TwinId[]> {
    const found: TwinId[] = [];
    const look = new Look();
    for await (const candidates of this.source.inOrder(query.asker, query, { order: INDEXED_ORDERS.id }, FEW)) {
      for await (const { candidate, matches } of this.engine.refine(query, candidates, look)) {
        if (!matches) continue;
        if (found.length >= limit) return found;
        found.push(candidate.id);
      }
    }
    return found;
  }

  private async evaluateSome(
    tx: Transaction,
    standing: StandingQuery,
    query: PreparedQuery,
    touched: readonly Touched[],
    told: readonly MatchState[],
  ): Promise<void> {
    const mayMatch = touched.filter(({ domain }) => mayBeOf(query.query, domain)).map(({ twin }) => twin);
    const twins = [...new Set([...mayMatch, ...told.map(({ twin }) => twin)])];
    if (twins.length === 0) return;
    await this.tellDifference(tx, standing, [...(await this.engine.matching(query, twins))], told);
  }

  private async evaluateAll(tx: Transaction, standing: StandingQuery, query: PreparedQuery): Promise<void> {
    await this.tellDifference(tx, standing, await this.allMatches(query), await this.queries.matchesOf(tx, standing.id));
  }

  private async tellDifference(
    tx: Transaction,
    standing: StandingQuery,
    matching: readonly TwinId[],
    told: readonly MatchState[],
  ): Promise<void> {
    const before = new Map(told.map(({ twin, state }) => [twin, state]));
    const now: MatchState[] = [];
    for (let first = 0; first < matching.length; first += BATCH) {
      now.push(...(await this.queries.statesOf(tx, matching.slice(first, first + BATCH))));
    }
    const present = new Set(now.map(({ twin }) => twin));
    const changed = now.filter(({ twin, state }) => before.get(twin) !== state);
    const gone = [...before.keys()].filter((twin) => !present.has(twin));
    const news: { readonly twin: TwinId; readonly reason: TriggerReason }[] = [
      ...gone.map((twin) => ({ twin, reason: 'noLongerMatching' as const })),
      ...changed.map(({ twin }) => ({ twin, reason: before.has(twin) ? ('updated' as const) : ('newlyMatching' as const) })),
    ];
    if (news.length === 0) return;
    await this.queries.putMatches(tx, standing.id, changed);
    await this.queries.removeMatches(tx, standing.id, gone);
    const notifications = await this.queries.tell(tx, standing.id, news);
    this.notifier.tell(tx, standing, notifications);
    tx.record({ kind: 'standing-query.notified', subject: standing.id, data: {} });
  }
}

/** Changes with the twins that the asker sees through federations. */
export function circledDigest({ circled }: Asker): string {
  return hash('sha256', JSON.stringify(circled.toSorted()));
}

function dependsOnTerms(leaf: Leaf): boolean {
  return leaf.kind === 'feature' && leaf.feature.semanticTerm !== undefined;
}

/** Whether a twin of this domain can match at all. */
function mayBeOf(query: Query, domain: unknown): boolean {
  return typeof domain !== 'string' || requiredLeaves(query).every((leaf) => leaf.kind !== 'domain' || leaf.domains.includes(domain));
}
