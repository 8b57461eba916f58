/**
 * The audit log. Every decision that changes something is an entry of a chain: one chain per organization, and `system`.
 *
 *   hash(n) = SHA-256( hash(n-1) ‖ chain ‖ LF ‖ n ‖ LF ‖ time ‖ LF ‖ RFC 8785 form of the entry ),  hash(0) = 32 zero bytes
 *
 * so that an entry that was changed, removed or slipped in shows. What is cut off at the end shows only against a hash noted elsewhere.
 * An entry is appended by a statement that travels with COMMIT: the lock on its chain is held for that moment only, by the server alone.
 */
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { escapeLiteral } from 'pg';
import type { Transaction } from '../database/unit-of-work.js';
import { canonicalJson } from '../kernel/canonical-json.js';
import type { OrganizationId } from '../kernel/ids.js';
import { clampLimit, decodeSequenceCursor, encodeCursor, type Page } from '../kernel/page.js';
import { AuditRepository, type StoredAuditEntry } from './audit.repository.js';
import { organizationOf, type Principal } from './principal.js';

/** Rank among what is sent with COMMIT: before the message log and the domain events, whose locks everybody wants. */
const SEAL_AUDIT = 0;
const BATCH = 1_000;
const FIRST_PREVIOUS = Buffer.alloc(32);

/** The chain of what concerns no single organization. */
export const SYSTEM_CHAIN = 'system';

/** The broker itself, where it decides on its own (a lease ran out, a key was made). */
export const BROKER = { kind: 'broker', subject: 'broker' } as const;

/** Who decided. */
export type AuditActor = Principal | typeof BROKER;

/** A decision before it has its place. */
export interface AuditDraft {
  principal: AuditActor;
  /** What was done, as `thing.verb`: `organization.suspend`. */
  action: string;
  /** Id of the thing it was done to. */
  subject: string;
  /** Default `done`. */
  outcome?: AuditOutcome;
  /** Whatever else a reader needs, as JSON; never a secret. */
  detail?: Record<string, unknown>;
  /** Whose chain; default the principal's organization, else `system`. */
  chain?: OrganizationId;
}

/** Whether the decision took effect. */
export type AuditOutcome = 'done' | 'refused';

/** A decision with its place in the chain; hashes are hexadecimal. */
export interface AuditEntry {
  chain: string;
  sequence: number;
  recordedAt: string;
  actor: { kind: AuditActor['kind']; subject: string; twin?: string };
  action: string;
  subject: string;
  outcome: AuditOutcome;
  detail?: Record<string, unknown>;
  previousHash: string;
  hash: string;
}

/** The outcome of checking a chain: how many entries hold, the hash of the last of them, and where it breaks, if it does. */
export interface ChainVerdict {
  chain: string;
  intact: boolean;
  entries: number;
  head: string;
  brokenAt?: number;
}

/** Writes, reads and verifies the audit log. */
@Injectable()
export class Audit {
  constructor(private readonly repository: AuditRepository) {}

  /** Appends the decision when the transaction commits. */
  record(tx: Transaction, { principal, action, subject, outcome = 'done', detail, chain }: AuditDraft): void {
    const own = principal.kind === 'broker' ? undefined : organizationOf(principal);
    const actor = { kind: principal.kind, subject: principal.subject, ...(principal.kind === 'twin' ? { twin: principal.twin } : {}) };
    const entry = canonicalJson({ actor, action, subject, outcome, ...(detail === undefined ? {} : { detail }) });
    const statement = `SELECT append_audit_entry(${escapeLiteral(chain ?? own ?? SYSTEM_CHAIN)}, ${escapeLiteral(entry)})`;
    tx.seal(SEAL_AUDIT, () => statement);
  }

  /** A page of the chain, newest first. */
  async list(chain: string, limit?: number, cursor?: string): Promise<Page<AuditEntry>> {
    const kind = `audit:${chain}`;
    const size = clampLimit(limit);
    const before = cursor === undefined ? undefined : Number(decodeSequenceCursor(kind, cursor));
    const rows = await this.repository.newestFirst(chain, before, size + 1);
    const items = rows.slice(0, size).map(entryOf);
    const last = items.at(-1);
    return { items, ...(rows.length > size && last !== undefined ? { next: encodeCursor(kind, [last.sequence]) } : {}) };
  }

  /** Recomputes the whole chain from its first entry. */
  async verify(chain: string): Promise<ChainVerdict> {
    let entries = 0;
    let head: Buffer = FIRST_PREVIOUS;
    for (;;) {
      const rows = await this.repository.oldestFirst(chain, entries, BATCH);
      for (const row of rows) {
        const holds = Number(row.sequence) === entries + 1 && row.previousHash.equals(head) && row.hash.equals(hashOf(row));
        if (!holds) return { chain, intact: false, entries, head: head.toString('hex'), brokenAt: entries + 1 };
        entries += 1;
        head = row.hash;
      }
      if (rows.length < BATCH) return { chain, intact: true, entries, head: head.toString('hex') };
    }
  }
}

function hashOf(row: StoredAuditEntry): Buffer {
  const text = [row.chain, row.sequence, row.recordedAt.toISOString(), row.entry].join('\n');
  return createHash('sha256').update(row.previousHash).update(text).digest();
}

function entryOf(row: StoredAuditEntry): AuditEntry {
  const said = JSON.parse(row.entry) as Pick<AuditEntry, 'actor' | 'action' | 'subject' | 'outcome' | 'detail'>;
  return {
    chain: row.chain,
    sequence: Number(row.sequence),
    recordedAt: row.recordedAt.toISOString(),
    ...said,
    previousHash: row.previousHash.toString('hex'),
    hash: row.hash.toString('hex'),
  };
}
