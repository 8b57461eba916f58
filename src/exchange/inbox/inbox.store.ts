import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ELEMENTS } from '../../database/bind-writer.js';
import { Database } from '../../database/database.js';
import { PreparedSession } from '../../database/prepared-session.js';
import { POSITION_BITS } from '../../database/segment-ddl.js';
import {
  LAST_IN_SEGMENT_SQL,
  NEWER_INBOXES_SQL,
  READ_INBOX_SQL,
  RESERVE_INBOX_SQL,
  SAVE_INBOX,
  SAVE_INBOXES,
  SAVE_INBOXES_SQL,
  saveWithSql,
} from './inbox.queries.js';
import { emptyInbox, type InboxState } from './inbox-state.js';

/** A state with the version that the next one must follow; '0' when there is none yet. */
export interface StoredInbox {
  version: string;
  state: InboxState;
  /** The broker that is to store the next one, as long as its reservation counts. */
  reservedBy?: string;
}

/** A state as it is stored. `until`: epoch milliseconds by the database's clock. */
type StateOnDisk = InboxState & { reserved?: { broker: string; until: number } };

/**
 * A statement that is committed together with a state: an INSERT, UPDATE or DELETE whose own parameters begin at $4 and which does something only
 * `WHERE EXISTS (SELECT FROM saved)`. Of several, each counts its own from $4.
 */
export interface Alongside {
  sql: string;
  parameters: unknown[];
}

interface Save {
  receiver: string;
  expected: string;
  state: InboxState;
  resolve: (version: string | undefined) => void;
  reject: (error: unknown) => void;
}

const MAX_BATCH = 200;
const CARRY_BATCH = 500;
/** How long a reservation counts: many times what a change takes on a busy machine. */
const RESERVED_MS = 1_000;

/** Reads and appends inbox states. Saves that come while one is under way share the next commit. */
@Injectable()
export class InboxStore implements OnApplicationShutdown {
  private readonly queue: Save[] = [];
  private running?: Promise<void>;

  private readonly session: PreparedSession;

  constructor(private readonly database: Database) {
    this.session = new PreparedSession(database, 'twinfed inboxes');
  }

  /** The newest state of an inbox. */
  async read(receiver: string): Promise<StoredInbox> {
    return this.first({ name: 'read-inbox', text: READ_INBOX_SQL, values: [receiver] });
  }

  /**
   * The newest state, after which for a while no other broker stores one: whoever has lost to others again and again gets through that way, and who dies or
   * freezes with it holds them up for that time only. Unless another broker has it reserved already, as `reservedBy` says.
   */
  async reserve(receiver: string, broker: string): Promise<StoredInbox> {
    return this.first({ name: 'reserve-inbox', text: RESERVE_INBOX_SQL, values: [receiver, broker, RESERVED_MS] });
  }

  /** Which of these inboxes have a newer state than the version given for each. */
  async newer(receivers: readonly string[], versions: readonly string[]): Promise<string[]> {
    const { rows } = await this.database.hot.query<{ receiver: string }>({
      name: 'newer-inboxes',
      text: NEWER_INBOXES_SQL,
      values: [receivers, versions],
    });
    return rows.map((row) => row.receiver);
  }

  /** Appends a state if nobody stored one since `expected`; the new version, or undefined when somebody did. */
  save(receiver: string, expected: string, state: InboxState): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      this.queue.push({ receiver, expected, state, resolve, reject });
      this.running ??= this.drain();
    });
  }

  /**
   * As {@link save}, with statements that commit together with the state. Whoever decided something from the state it read (nobody has claimed the
   * message) decides it for good that way: a claim through another broker comes before, and this save fails, or after, and sees it.
   */
  async saveWith(receiver: string, expected: string, state: InboxState, alongside: readonly Alongside[]): Promise<string | undefined> {
    const { rows } = await this.database.hot.query<{ version: string }>({
      text: saveWithSql(alongside),
      values: [[receiver], [expected], [JSON.stringify(state)], ...alongside.flatMap(({ parameters }) => parameters)],
    });
    return rows[0]?.version;
  }

  /** Appends again the states that are the newest of their inbox but lie in a segment about to be dropped. */
  async carryForward(segment: number): Promise<void> {
    const from = BigInt(segment) << POSITION_BITS;
    const to = (BigInt(segment + 1) << POSITION_BITS) - 1n;
    for (let last = ''; ;) {
      const rows = await this.database.query<{ receiver: string; version: string; state: string }>(LAST_IN_SEGMENT_SQL, [
        from.toString(),
        to.toString(),
        last,
        CARRY_BATCH,
      ]);
      if (rows.length === 0) return;
      await this.database.query(SAVE_INBOXES_SQL, [
        rows.map((row) => row.receiver),
        rows.map((row) => row.version),
        rows.map((row) => row.state),
      ]);
      last = rows.at(-1)?.receiver ?? '';
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.running;
    await this.session.end();
  }

  private async first(query: { name: string; text: string; values: unknown[] }): Promise<StoredInbox> {
    const { rows } = await this.database.hot.query<{ version: string; state: string }>(query);
    const row = rows[0];
    if (row === undefined) return { version: '0', state: emptyInbox() };
    const { reserved, ...state } = JSON.parse(row.state) as StateOnDisk;
    const counts = reserved !== undefined && reserved.until > this.database.clock.now();
    return { version: row.version, state, reservedBy: counts ? reserved.broker : undefined };
  }

  private async drain(): Promise<void> {
    await Promise.resolve();
    while (this.queue.length > 0) await this.write(this.queue.splice(0, MAX_BATCH));
    this.running = undefined;
  }

  private async write(batch: readonly Save[]): Promise<void> {
    const [first] = batch;
    try {
      // Most come alone.
      if (first !== undefined && batch.length === 1) {
        first.resolve(await this.saveOne(first));
        return;
      }
      const rows = await this.session.run(SAVE_INBOXES, (writer) => {
        writer.array(ELEMENTS.text, batch, ({ receiver }) => receiver);
        writer.array(ELEMENTS.digits, batch, ({ expected }) => expected);
        writer.array(ELEMENTS.text, batch, ({ state }) => JSON.stringify(state));
      });
      const versions = new Map(rows.map((row) => [row.receiver, row.version]));
      for (const save of batch) save.resolve(versions.get(save.receiver));
    } catch (error) {
      for (const save of batch) save.reject(error);
    }
  }

  private async saveOne({ receiver, expected, state }: Save): Promise<string | undefined> {
    const [row] = await this.session.run(SAVE_INBOX, (writer) => {
      writer.text(receiver);
      writer.digits(expected);
      writer.text(JSON.stringify(state));
    });
    return row?.version ?? undefined;
  }
}
