/**
 * Plans connections anew when something changes that their plans follow from: a twin's features, needs or wires, a term, a shared schema, a federation's identifiers. Every broker hears every piece
 * of news, some more than once: what is found is compared with the plan that holds, under the connection's lock when it is applied, and one broker alone
 * tells of a proposal that waits for somebody.
 */
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { type DomainEventKind, DomainEvents } from '../../database/domain-events.js';
import { type ConnectionId, parseConnectionId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import type { Principal } from '../../security/principal.js';
import { ConnectionAdaptation } from './connection-adaptation.service.js';
import { appliesByItself, isRefusal, type PlanProposal } from './plan-proposals.js';

/** The broker looks at connections with an operator's eyes. */
const BROKER_EYES: Principal = { kind: 'operator', subject: 'broker' };

/** Established connections of twins: $1 ids. Rides connection_by_requester and connection_by_responder. No locks. */
const OF_TWINS = `
  SELECT id FROM connection WHERE requester = ANY ($1::text[]) AND state IN ('CONNECTED', 'SUSPENDED', 'LOST')
  UNION
  SELECT id FROM connection WHERE responder = ANY ($1::text[]) AND state IN ('CONNECTED', 'SUSPENDED', 'LOST')`;

/**
 * Established connections whose plans terms may have a say in, whichever changed: many changes are told under the name of their vocabulary, a property's term
 * may follow from its name, and a match concerns both of its ends. Reads all that stand; terms change seldom, and many changes share one look. No locks.
 */
const OF_TERMS = `
  SELECT id FROM connection
   WHERE cardinality($1::text[]) > 0 AND state IN ('CONNECTED', 'SUSPENDED', 'LOST') AND jsonb_array_length(needs) > 0`;

/** Notes that a proposal is told; no row when it was told already. Rides connection_proposal_pkey. */
const TELL_ONCE = `
  INSERT INTO connection_proposal AS p (connection_id, digest) VALUES ($1, $2)
  ON CONFLICT ON CONSTRAINT connection_proposal_pkey DO UPDATE SET digest = excluded.digest, told_at = clock_timestamp() WHERE p.digest <> excluded.digest
  RETURNING connection_id`;

/**
 * Established connections of federations: $1 ids. Only where a side says in which form it needs what it gets, identifiers are compared. Rides
 * connection_by_federation. No locks.
 */
const OF_FEDERATIONS = `
  SELECT id FROM connection WHERE federation_id = ANY ($1::text[]) AND state IN ('CONNECTED', 'SUSPENDED', 'LOST') AND jsonb_array_length(needs) > 0`;

/**
 * Established connections that may refer to shared schemas, whichever changed: one of an organization's own comes before a public one, and relative
 * references name none. Reads all that stand; shared schemas change seldom. No locks.
 */
const WITH_REFERENCES = `
  SELECT id FROM connection WHERE cardinality($1::text[]) > 0 AND state IN ('CONNECTED', 'SUSPENDED', 'LOST') AND jsonb_array_length(needs) > 0
     AND (strpos(features::text, '"$ref"') > 0 OR strpos(needs::text, '"$ref"') > 0)`;

const MOST_AT_ONCE = 200;

/** What is heard of, and which connections it concerns: $1 are the subjects. */
const NEWS: readonly { readonly kinds: readonly DomainEventKind[]; readonly concerned: string }[] = [
  { kinds: ['twin.updated', 'binding.changed', 'delivery.changed'], concerned: OF_TWINS },
  { kinds: ['term.changed'], concerned: OF_TERMS },
  { kinds: ['identifiers.changed'], concerned: OF_FEDERATIONS },
  { kinds: ['schema.changed'], concerned: WITH_REFERENCES },
];

/** Plans anew on news. */
@Injectable()
export class Replanner implements OnApplicationShutdown {
  private readonly logger = new Logger(Replanner.name);
  private readonly heard = NEWS.map(({ concerned }) => ({ concerned, subjects: new Set<string>() }));
  private draining?: Promise<void>;
  private isStopped = false;

  constructor(
    private readonly database: Database,
    private readonly adaptation: ConnectionAdaptation,
    events: DomainEvents,
  ) {
    for (const [index, { kinds }] of NEWS.entries()) {
      events.subscribe(kinds, ({ subject }) => {
        this.hear(index, subject);
      });
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    await this.draining;
  }

  /** Resolves when everything heard of so far is looked at. */
  async idle(): Promise<void> {
    await this.draining;
  }

  /** Plans a connection anew: applies what may be applied by itself, tells its sides of anything else. */
  async look(id: ConnectionId): Promise<void> {
    const { connection, made } = await this.adaptation.proposal(BROKER_EYES, id);
    if (isRefusal(made) || !made.isNews) return;
    if (appliesByItself(made))
      await this.adaptation.applyProposal(connection, made, { principal: BROKER_EYES, why: 'what it follows from changed' });
    else await this.tell(id, made);
  }

  private async tell(id: ConnectionId, made: PlanProposal): Promise<void> {
    const [told] = await this.database.query(TELL_ONCE, [id, made.digest]);
    if (told !== undefined) await this.adaptation.tellProposal(BROKER_EYES, id, made);
  }

  /** News never waits for planning. */
  private hear(index: number, subject: string): void {
    this.heard[index]?.subjects.add(subject);
    this.draining ??= this.drain();
  }

  private async drain(): Promise<void> {
    // News that comes in the same turn is taken along, and others have heard of it by then.
    await new Promise((resolve) => setImmediate(resolve));
    const next = () => this.heard.find(({ subjects }) => subjects.size > 0);
    for (let news = next(); !this.isStopped && news !== undefined; news = next()) {
      const subjects = [...news.subjects].slice(0, MOST_AT_ONCE);
      for (const subject of subjects) news.subjects.delete(subject);
      await this.lookAtAll(news.concerned, subjects);
    }
    this.draining = undefined;
  }

  private async lookAtAll(sql: string, subjects: readonly string[]): Promise<void> {
    try {
      for (const { id } of await this.database.query<{ id: string }>(sql, [subjects])) await this.lookOrTell(parseConnectionId(id));
    } catch (error) {
      this.logger.error({ err: error }, 'Connections could not be planned anew; their proposals say what would change.');
    }
  }

  private async lookOrTell(id: ConnectionId): Promise<void> {
    try {
      await this.look(id);
    } catch (error) {
      // Another broker was first, or the connection has ended.
      if (error instanceof DomainError && (error.code === 'state-conflict' || error.code === 'not-found')) return;
      this.logger.error({ err: error, connection: id }, 'A connection could not be planned anew; its proposal says what would change.');
    }
  }
}
