import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { DeadLetter } from '../dead-letter/dead-letter.service.js';
import type { InboxState } from '../inbox/inbox-state.js';
import { isStream, type Position } from '../log/log-row.js';

/** Something that happened to a message in an inbox. */
export type DeliveryEvent =
  | { event: 'delivered'; at: Date; attempt: number; consumer: string; leaseUntil: Date }
  | { event: 'given-back'; at: Date; attempt: number; notBefore?: Date }
  | { event: 'settled'; at: Date };

/** Events of one message, as far as they can be told. */
export interface DeliveryStory {
  events: DeliveryEvent[];
  /** There when the journal is longer than one look. */
  incomplete?: true;
}

interface Step {
  version: string;
  savedAt: Date;
  state: string | null;
}

/** States in one read, and reads in one look. */
const CHUNK = 1_000;
const CHUNKS = 20;

/**
 * The states of an inbox after a version, the text only of those that name the message: the positions in hands or to be repeated stand in the state.
 * Rides inbox_state_pkey. No lock.
 */
const JOURNAL_SQL = `
  SELECT version, saved_at AS "savedAt", CASE WHEN strpos(state, $3) > 0 THEN state END AS state
    FROM inbox_state WHERE receiver = $1 AND version > $2 ORDER BY version LIMIT ${CHUNK}`;

/** Bounds of what is kept of an inbox, and when the state at a place was saved. Both ride inbox_state_pkey. */
const ENDS_SQL = `
  SELECT (SELECT version FROM inbox_state WHERE receiver = $1 ORDER BY version LIMIT 1) AS first,
         (SELECT version FROM inbox_state WHERE receiver = $1 ORDER BY version DESC LIMIT 1) AS last`;
const SAVED_SQL = 'SELECT version, saved_at AS "savedAt" FROM inbox_state WHERE receiver = $1 AND version >= $2 ORDER BY version LIMIT 1';

/** Tells when a message was delivered and settled, from the states that claims and acks append anyway. */
@Injectable()
export class DeliveryJournal {
  constructor(private readonly database: Database) {}

  /** The story of a message of an inbox's own lane or of a stream that the receiver reads. */
  async of(receiver: string, position: Position, acceptedAt: Date): Promise<DeliveryStory> {
    const story = new Story(position);
    let after = await this.before(receiver, acceptedAt);
    if (after === undefined) return { events: [] };
    for (let chunk = 0; chunk < CHUNKS; chunk += 1) {
      const steps: Step[] = await this.read<Step>(JOURNAL_SQL, [receiver, after, `"${position}"`]);
      for (const step of steps) if (story.see(step)) return { events: story.events };
      const last = steps.at(-1);
      if (last === undefined || steps.length < CHUNK) return { events: story.events };
      after = last.version;
    }
    return { events: story.events, incomplete: true };
  }

  /** The story of a dead letter, with its death at the end. */
  async ofLetter(letter: DeadLetter): Promise<(DeliveryEvent | { event: 'died' | 'replayed'; at: Date; reason?: string })[]> {
    const { receiver, position, acceptedAt, channel, diedAt, reason, replayedAt } = letter;
    const story = acceptedAt === null && !isStream(channel ?? '') ? [] : (await this.of(receiver, position, acceptedAt ?? diedAt)).events;
    return [
      // A state from which it is gone is that of its death.
      ...story.filter(({ event }) => event !== 'settled'),
      { event: 'died', at: diedAt, reason },
      ...(replayedAt === null ? [] : [{ event: 'replayed' as const, at: replayedAt }]),
    ];
  }

  /** A version at or just before the first state saved after a moment; versions and times of one inbox grow together. Undefined without any state. */
  private async before(receiver: string, moment: Date): Promise<string | undefined> {
    const [ends] = await this.read<{ first: string | null; last: string | null }>(ENDS_SQL, [receiver]);
    const { first, last } = ends ?? { first: null, last: null };
    if (first === null || last === null) return undefined;
    let low = BigInt(first) - 1n;
    let high = BigInt(last);
    while (high - low > 1n) {
      const middle = (low + high) / 2n;
      const [state] = await this.read<{ version: string; savedAt: Date }>(SAVED_SQL, [receiver, middle.toString()]);
      if (state === undefined || state.savedAt >= moment) high = middle;
      else low = BigInt(state.version) < high ? BigInt(state.version) : middle;
    }
    return low.toString();
  }

  private read<R>(sql: string, parameters: unknown[]): Promise<R[]> {
    return this.database.query<R>(sql, parameters);
  }
}

/** What one message went through, from one state to the next. */
class Story {
  readonly events: DeliveryEvent[] = [];
  private token: string | undefined;
  private attempt = 0;
  private isKnown = false;

  constructor(private readonly position: Position) {}

  /** Looks at the next state; true when the story is over. */
  see({ savedAt, state: text }: Step): boolean {
    const state = text === null ? undefined : (JSON.parse(text) as InboxState);
    const lease = state?.leases.find(({ runs }) => runs.some(({ positions }) => positions.includes(this.position)));
    const held = state?.held.find(({ retry }) => retry.includes(this.position));
    // A state may name the message as the place of its cursor alone.
    if (lease === undefined && held === undefined) {
      if (this.isKnown) this.events.push({ event: 'settled', at: savedAt });
      return this.isKnown;
    }
    this.isKnown = true;
    if (lease !== undefined && lease.token !== this.token) {
      const run = lease.runs.find(({ positions }) => positions.includes(this.position));
      this.attempt = run?.attempts[this.position] ?? 1;
      this.token = lease.token;
      this.events.push({
        event: 'delivered',
        at: savedAt,
        attempt: this.attempt,
        consumer: lease.consumer === lease.token ? lease.claimId : lease.consumer,
        leaseUntil: new Date(lease.expiresAt),
      });
    }
    if (lease === undefined && held !== undefined && this.token !== undefined) {
      this.token = undefined;
      const notBefore = held.notBefore > savedAt.getTime() ? { notBefore: new Date(held.notBefore) } : {};
      this.events.push({ event: 'given-back', at: savedAt, attempt: this.attempt, ...notBefore });
    }
    return false;
  }
}
