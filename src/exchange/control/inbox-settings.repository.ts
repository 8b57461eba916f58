import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import type { InboxMode } from './inbox-mode.js';
import { DEFAULT_SETTINGS, type InboxSettings, type OverflowPolicy } from './inbox-settings.js';

interface Row {
  mode: InboxMode;
  overflow: OverflowPolicy;
  maxMessages: number | null;
  maxBytes: string | null;
  maxAgeSeconds: number | null;
}

const COLUMNS = `mode, overflow, max_messages AS "maxMessages", max_bytes AS "maxBytes", max_age_seconds AS "maxAgeSeconds"`;
/** Rides inbox_setting_pkey. */
const FIND_SQL = `SELECT ${COLUMNS} FROM inbox_setting WHERE receiver = $1`;
/** Rides inbox_setting_pkey; makes the row if there is none and locks it, so that changes of one inbox come one after the other. */
const LOCK_SQL = `
  INSERT INTO inbox_setting AS s (receiver, changed_at) VALUES ($1, clock_timestamp())
  ON CONFLICT (receiver) DO UPDATE SET changed_at = clock_timestamp() RETURNING ${COLUMNS}`;
/** Rides inbox_setting_pkey. */
const SAVE_SQL = `
  UPDATE inbox_setting SET mode = $2, overflow = $3, max_messages = $4, max_bytes = $5, max_age_seconds = $6, changed_at = clock_timestamp()
   WHERE receiver = $1`;

/** Reads and writes the settings of inboxes. */
@Injectable()
export class InboxSettingsRepository {
  constructor(private readonly database: Database) {}

  /** The settings of an inbox, the default when there are none. */
  async find(receiver: TwinId): Promise<InboxSettings> {
    const [row] = await this.database.query<Row>(FIND_SQL, [receiver]);
    return row === undefined ? DEFAULT_SETTINGS : settingsOf(row);
  }

  /** The settings, locked until the transaction ends. */
  async lock(tx: Transaction, receiver: TwinId): Promise<InboxSettings> {
    const [row] = await tx.query<Row>(LOCK_SQL, [receiver]);
    return row === undefined ? DEFAULT_SETTINGS : settingsOf(row);
  }

  /** Stores settings that were locked. */
  async save(tx: Transaction, receiver: TwinId, { mode, overflow, limits }: InboxSettings): Promise<void> {
    await tx.query(SAVE_SQL, [receiver, mode, overflow, limits.maxMessages ?? null, limits.maxBytes ?? null, limits.maxAgeSeconds ?? null]);
  }
}

function settingsOf({ mode, overflow, maxMessages, maxBytes, maxAgeSeconds }: Row): InboxSettings {
  return {
    mode,
    overflow,
    limits: {
      ...(maxMessages === null ? {} : { maxMessages }),
      ...(maxBytes === null ? {} : { maxBytes: Number(maxBytes) }),
      ...(maxAgeSeconds === null ? {} : { maxAgeSeconds }),
    },
  };
}
