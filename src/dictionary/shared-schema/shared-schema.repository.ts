import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { OrganizationId } from '../../kernel/ids.js';
import { addressesOfSameDocument } from './same-document.js';
import type { SharedSchema, SharedSchemaDraft, SharedSchemaKey } from './shared-schema.js';

/** Whose a schema is: an organization's, or the public's. */
export type SchemaOwner = OrganizationId | '';

interface Row {
  owner: SchemaOwner;
  id: string;
  title: string | null;
  dialect: SharedSchema['dialect'];
  document: string | null;
  bytes: number;
  refersTo: string[];
  createdAt: Date;
  fingerprint?: Buffer;
}

const COLUMNS = 'owner, id, title, dialect, document_bytes AS bytes, refers_to AS "refersTo", created_at AS "createdAt"';

/** Persistence of shared schemas; every statement rides shared_schema_pkey but where it says another. */
@Injectable()
export class SharedSchemaRepository {
  constructor(private readonly database: Database) {}

  /** Inserts; when the id is taken, tells whether by the same document. Locks nothing that is there. */
  async insert(tx: Transaction, owner: SchemaOwner, draft: SharedSchemaDraft, by: string): Promise<'created' | 'unchanged' | 'other'> {
    const inserted = await tx.query(
      `INSERT INTO shared_schema (owner, id, title, dialect, document, document_bytes, fingerprint, refers_to, created_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT ON CONSTRAINT shared_schema_pkey DO NOTHING RETURNING id`,
      [owner, draft.id, draft.title ?? null, draft.dialect, draft.document, draft.bytes, draft.fingerprint, draft.refersTo, by],
    );
    if (inserted.length > 0) return 'created';
    const same = await tx.query<{ same: boolean }>(
      'SELECT fingerprint = $3 AS same FROM shared_schema WHERE owner = $1 AND id = $2 FOR KEY SHARE',
      [owner, draft.id, draft.fingerprint],
    );
    return same[0]?.same === false ? 'other' : 'unchanged';
  }

  /** The schemas of these ids that one of the owners has. */
  async find(owners: readonly SchemaOwner[], ids: readonly string[], tx?: Transaction): Promise<SharedSchema[]> {
    const sql = `SELECT ${COLUMNS}, fingerprint, document FROM shared_schema WHERE owner = ANY ($1::text[]) AND id = ANY ($2::text[])`;
    const rows = await (tx ?? this.database).query<Row>(sql, [owners, ids]);
    return rows.map(toSchema);
  }

  /** In order of id, an organization's own before the public one of the same id; without documents. */
  async list(owners: readonly SchemaOwner[], after: readonly [string, string], limit: number): Promise<SharedSchema[]> {
    const rows = await this.database.query<Row>(
      `SELECT ${COLUMNS}, NULL AS document FROM shared_schema WHERE owner = ANY ($1::text[]) AND (id, owner) > ($2, $3)
       ORDER BY id, owner LIMIT $4`,
      [owners, after[0], after[1], limit],
    );
    return rows.map(toSchema);
  }

  /** Locks a schema until the transaction ends; whether it is there. */
  async lock(tx: Transaction, owner: SchemaOwner, id: string): Promise<boolean> {
    const rows = await tx.query('SELECT id FROM shared_schema WHERE owner = $1 AND id = $2 FOR UPDATE', [owner, id]);
    return rows.length > 0;
  }

  /** Keeps schemas from being deleted until the transaction ends, waiting for a deletion under way; gives those that are there. */
  async hold(tx: Transaction, keys: readonly SharedSchemaKey[]): Promise<SharedSchemaKey[]> {
    const rows = await tx.query<{ owner: SchemaOwner; id: string; fingerprint: Buffer }>(
      `SELECT owner, id, fingerprint FROM shared_schema WHERE (owner, id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
        ORDER BY owner, id FOR KEY SHARE`,
      [keys.map(({ owner }) => owner ?? ''), keys.map(({ id }) => id)],
    );
    return rows.map(({ owner, ...row }) => ({ ...row, owner: owner === '' ? undefined : owner }));
  }

  async delete(tx: Transaction, owner: SchemaOwner, id: string): Promise<void> {
    await tx.query('DELETE FROM shared_schema WHERE owner = $1 AND id = $2', [owner, id]);
  }

  /** A schema that refers to this id and means the one of this owner by it. Rides shared_schema_refers_to_idx. */
  async referringTo(tx: Transaction, owner: SchemaOwner, id: string): Promise<{ owner: SchemaOwner; id: string } | undefined> {
    const rows = await tx.query<{ owner: SchemaOwner; id: string }>(
      `SELECT r.owner, r.id FROM shared_schema r WHERE r.refers_to && $3::text[] AND (r.owner, r.id) <> ($1, $2)
          AND (r.owner = $1 OR ($1 = '' AND NOT EXISTS (SELECT FROM shared_schema o WHERE o.owner = r.owner AND o.id = $2)))
        LIMIT 1`,
      [owner, id, addressesOfSameDocument(id)],
    );
    return rows[0];
  }

  /** How many schemas an owner has. */
  async count(tx: Transaction, owner: SchemaOwner): Promise<number> {
    const rows = await tx.query<{ count: number }>('SELECT count(*)::int AS count FROM shared_schema WHERE owner = $1', [owner]);
    return rows[0]?.count ?? 0;
  }
}

function toSchema({ owner, title, document, ...row }: Row): SharedSchema {
  const schema: unknown = document === null ? undefined : JSON.parse(document);
  return { ...row, schema, owner: owner === '' ? undefined : owner, title: title ?? undefined };
}
