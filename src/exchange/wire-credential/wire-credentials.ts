import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import { SealedSecrets } from '../../security/sealed-secrets.js';

/** Whose credentials: those of a twin's delivery, or of one of its bindings. */
export interface Wire {
  readonly twin: TwinId;
  /** `delivery`, or `binding:` and its name. */
  readonly wire: string;
}

/** A credential without its secret, which is never shown again. */
export interface CredentialFact {
  readonly name: string;
  readonly changedAt: Date;
}

interface Row extends CredentialFact {
  readonly sealedSecret: string;
}

/** Rides wire_credential_pkey. */
const READ_SQL = `
  SELECT name, sealed_secret AS "sealedSecret", changed_at AS "changedAt" FROM wire_credential
   WHERE twin = $1 AND wire = $2 AND organization = $3 ORDER BY name`;
/** Rides wire_credential_pkey, locks the row. */
const PUT_SQL = `
  INSERT INTO wire_credential (twin, wire, name, organization, sealed_secret, changed_at) VALUES ($1, $2, $3, $4, $5, clock_timestamp())
  ON CONFLICT (twin, wire, name) DO UPDATE
     SET organization = excluded.organization, sealed_secret = excluded.sealed_secret, changed_at = excluded.changed_at
  RETURNING name, changed_at AS "changedAt"`;
/** Rides wire_credential_pkey. */
const REMOVE_SQL = 'DELETE FROM wire_credential WHERE twin = $1 AND wire = $2 AND name = $3 AND organization = $4 RETURNING name';
/** Rides wire_credential_pkey. $2: a wire, or null for all. $3: changed before, or null. */
const FORGET_SQL = `
  DELETE FROM wire_credential WHERE twin = $1 AND ($2::text IS NULL OR wire = $2) AND ($3::timestamptz IS NULL OR changed_at <= $3)`;

/** What the broker shows at the other end of a wire: sealed in the database, written and never read back. */
@Injectable()
export class WireCredentials {
  constructor(
    private readonly database: Database,
    private readonly secrets: SealedSecrets,
  ) {}

  /** Names and ages; what somebody else put there before is not there. */
  async list({ twin, wire }: Wire, organization: string): Promise<CredentialFact[]> {
    const rows = await this.database.query<Row>(READ_SQL, [twin, wire, organization]);
    return rows.map(({ name, changedAt }) => ({ name, changedAt }));
  }

  /** The secrets by name. @throws SealBroken when they were sealed under another SECRET_KEY */
  async open(wire: Wire, organization: string): Promise<Record<string, string>> {
    const rows = await this.database.query<Row>(READ_SQL, [wire.twin, wire.wire, organization]);
    return Object.fromEntries(rows.map(({ name, sealedSecret }) => [name, this.secrets.open(purposeOf(wire, name), sealedSecret)]));
  }

  async put(tx: Transaction, wire: Wire, organization: string, name: string, secret: string): Promise<CredentialFact> {
    const sealed = this.secrets.seal(purposeOf(wire, name), secret);
    const [row] = await tx.query<CredentialFact>(PUT_SQL, [wire.twin, wire.wire, name, organization, sealed]);
    if (row === undefined) throw new Error('INSERT … RETURNING gave no row.');
    return row;
  }

  /** Whether there was one. */
  async remove(tx: Transaction, { twin, wire }: Wire, organization: string, name: string): Promise<boolean> {
    // No name that is stored has a NUL, and PostgreSQL takes no text that has one.
    if (name.includes('\0')) return false;
    return (await tx.query(REMOVE_SQL, [twin, wire, name, organization])).length > 0;
  }

  /** Forgets those of one wire, or of all of a twin that were put there before a moment. */
  async forget(tx: Transaction, twin: string, wire: string | undefined, before?: Date): Promise<void> {
    await tx.query(FORGET_SQL, [twin, wire ?? null, before ?? null]);
  }
}

function purposeOf({ twin, wire }: Wire, name: string): string {
  return `wire-credential:${twin} ${wire} ${name}`;
}
