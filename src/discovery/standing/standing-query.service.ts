import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { EventConsumers } from '../../database/event-consumers.js';
import { type Transaction, UnitOfWork } from '../../database/unit-of-work.js';
import { canonicalJson } from '../../kernel/canonical-json.js';
import type { OrganizationId, TwinId } from '../../kernel/ids.js';
import { clampLimit, decodeCursor, encodeCursor, InvalidCursor, type Page } from '../../kernel/page.js';
import { DomainError } from '../../problems/domain-error.js';
import { RegistrationReader } from '../../registry/registration-reader.js';
import { TwinDirectory } from '../../registry/twin-directory.js';
import { Audit } from '../../security/audit.js';
import type { Principal } from '../../security/principal.js';
import { leavesOf, type Query } from '../query/query.js';
import { refusedAt } from '../query/read-values.js';
import { QueryEngine } from '../search/query-engine.js';
import { STANDING_CONSUMER } from './standing-consumer.js';
import { circledDigest, StandingEvaluator } from './standing-evaluator.js';
import type { StandingQuery } from './standing-query.js';
import { StandingQueryRepository } from './standing-query.repository.js';

/** Twins that a query may match when it is made to stand. */
export const MAX_MATCHES = 10_000;
/** Standing queries of one organization. */
export const MAX_STANDING = 1_000;
const PER_STATEMENT = 1_000;

/** What is to stand. */
export interface StandingWish {
  readonly query: unknown;
  /** A twin of the organization that is also told by NOTIFY. */
  readonly inbox?: TwinId;
  readonly expiresInSeconds?: number;
}

type Caller = Exclude<Principal, { kind: 'operator' }>;

/** Queries that stand (Y.4489 DTD-FE; behaviour graded P). They belong to an organization; one that a twin made, to that twin. */
@Injectable()
export class StandingQueryService {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly queries: StandingQueryRepository,
    private readonly engine: QueryEngine,
    private readonly evaluator: StandingEvaluator,
    private readonly consumers: EventConsumers,
    private readonly twins: TwinDirectory,
    private readonly registrations: RegistrationReader,
    private readonly audit: Audit,
  ) {}

  /**
   * Makes a query stand under a name of the caller's, or puts another in its place; the same again changes nothing but its end. What matches already is
   * not told, only what changes from then on.
   * @throws DomainError `validation-failed` for a wrong query or one that too many twins match, `not-found` for the inbox, `already-exists`,
   * `state-conflict` beyond {@link MAX_STANDING}
   */
  async put(
    principal: Principal,
    name: string,
    wish: StandingWish,
    { mustBeNew = false, tx }: { mustBeNew?: boolean; tx?: Transaction } = {},
  ): Promise<{ query: StandingQuery; created: boolean }> {
    const caller = requireCaller(principal);
    const prepared = await this.engine.prepare(caller, wish.query, '/query');
    refusePartOf(prepared.query);
    return this.uow.join(tx, async (within) => {
      await this.consumers.hold(within, STANDING_CONSUMER);
      await this.requireInbox(within, caller, wish.inbox);
      const present = await this.queries.find(caller.organization, name, within);
      if (present && mustBeNew) {
        throw new DomainError('already-exists', `There is a standing query ${name} already.`, { pointer: '/name' });
      }
      if (present) this.requireOwn(caller, present, name);
      if (present && saysTheSame(present, wish)) {
        await this.queries.prolong(within, present.id, wish.expiresInSeconds ?? null);
        return { query: (await this.queries.find(caller.organization, name, within)) ?? present, created: false };
      }
      if (present) await this.queries.delete(within, [present.id]);
      else if ((await this.queries.countOf(within, caller.organization)) >= MAX_STANDING) {
        throw new DomainError('state-conflict', `An organization has at most ${MAX_STANDING} standing queries: end one first.`);
      }
      const matches = await this.evaluator.allMatches(prepared, MAX_MATCHES + 1);
      if (matches.length > MAX_MATCHES) throw tooBroad();
      const query = await this.queries.insert(within, {
        id: randomUUID(),
        organization: caller.organization,
        name,
        twin: caller.kind === 'twin' ? caller.twin : null,
        query: wish.query,
        inbox: wish.inbox ?? null,
        circled: circledDigest(prepared.asker),
        expiresInSeconds: wish.expiresInSeconds ?? null,
      });
      for (let first = 0; first < matches.length; first += PER_STATEMENT) {
        const states = await this.queries.statesOf(within, matches.slice(first, first + PER_STATEMENT));
        await this.queries.putMatches(within, query.id, states);
      }
      this.audit.record(within, { principal, action: 'standing-query.put', subject: query.id, detail: { name } });
      return { query, created: present === undefined };
    });
  }

  /** @throws DomainError `not-found` */
  async read(principal: Principal, name: string): Promise<StandingQuery> {
    const caller = requireCaller(principal);
    const found = await this.queries.find(caller.organization, name);
    if (!found || (caller.kind === 'twin' && found.twin !== caller.twin)) throw unknown(name);
    return found;
  }

  /** How many twins match, as far as was told. */
  countMatches({ id }: StandingQuery): Promise<number> {
    return this.queries.countMatches(id);
  }

  /** The caller's standing queries by name. */
  async list(principal: Principal, query: { limit?: number; cursor?: string } = {}): Promise<Page<StandingQuery>> {
    const caller = requireCaller(principal);
    const after = query.cursor === undefined ? '' : decodeCursor('standing-queries', query.cursor)[0];
    if (typeof after !== 'string') throw new InvalidCursor('is not a cursor of this list');
    const limit = clampLimit(query.limit);
    const found = await this.queries.list(caller.organization, caller.kind === 'twin' ? caller.twin : undefined, after, limit + 1);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return found.length > limit && last ? { items, next: encodeCursor('standing-queries', [last.name]) } : { items };
  }

  /** Ends a query, with all it told. @throws DomainError `not-found` */
  async delete(principal: Principal, name: string, tx?: Transaction): Promise<void> {
    const caller = requireCaller(principal);
    await this.uow.join(tx, async (within) => {
      await this.consumers.hold(within, STANDING_CONSUMER);
      const present = await this.queries.find(caller.organization, name, within);
      if (!present) throw unknown(name);
      this.requireOwn(caller, present, name);
      await this.queries.delete(within, [present.id]);
      this.audit.record(within, { principal, action: 'standing-query.delete', subject: present.id, detail: { name } });
      within.afterCommit(() => {
        this.evaluator.forget(present.id);
      });
    });
  }

  private requireOwn(caller: Caller, { twin }: StandingQuery, name: string): void {
    if (caller.kind === 'twin' && twin !== caller.twin) throw unknown(name);
  }

  private async requireInbox(tx: Transaction, caller: Caller, inbox: TwinId | undefined): Promise<void> {
    if (inbox === undefined) return;
    const isLive = (await this.registrations.read(tx, [inbox])).has(inbox);
    const owner: OrganizationId | undefined = (await this.twins.find(inbox))?.owner;
    const isOwn = caller.kind === 'twin' ? caller.twin === inbox : owner === caller.organization;
    if (!isLive || !isOwn) throw new DomainError('not-found', `There is no twin ${inbox} of the caller's.`, { pointer: '/inbox' });
  }
}

function saysTheSame(present: StandingQuery, wish: StandingWish): boolean {
  return canonicalJson(present.query) === canonicalJson(wish.query) && present.inbox === (wish.inbox ?? null);
}

function requireCaller(principal: Principal): Caller {
  if (principal.kind !== 'operator') return principal;
  throw new DomainError('forbidden', 'Standing queries belong to organizations and twins: an operator has none.');
}

/** What joins or leaves an aggregated twin is no news of that twin itself, by which standing queries are evaluated. */
function refusePartOf(query: Query): void {
  const place = leavesOf(query).find((leaf) => leaf.kind === 'partOf');
  if (place) throw refusedAt(place.pointer, 'cannot stand: parts come and go without news of their own');
}

function unknown(name: string): DomainError {
  return new DomainError('not-found', `There is no standing query ${name} of the caller's.`);
}

function tooBroad(): DomainError {
  const detail = `matches more than ${MAX_MATCHES} twins: add a criterion`;
  return new DomainError('validation-failed', `/query ${detail}.`, { pointer: '/query', errors: [{ pointer: '/query', detail }] });
}
