import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who may call: organizations, credentials, the keys that sign tokens; and the audit log of what was decided. */
export class CreateSecurity1763700001000 implements MigrationInterface {
  readonly name = 'CreateSecurity1763700001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE organization (
        id text NOT NULL,
        name text NOT NULL,
        status text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT organization_pkey PRIMARY KEY (id),
        CONSTRAINT organization_id_is_slug CHECK (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
        CONSTRAINT organization_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
        CONSTRAINT organization_status_known CHECK (status IN ('ACTIVE', 'SUSPENDED'))
      );

      CREATE TABLE credential (
        client_id text NOT NULL,
        kind text NOT NULL,
        organization_id text,
        twin_id text,
        name text,
        secret_hash bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT credential_pkey PRIMARY KEY (client_id),
        CONSTRAINT credential_of_organization FOREIGN KEY (organization_id) REFERENCES organization (id),
        CONSTRAINT credential_secret_is_sha256 CHECK (octet_length(secret_hash) = 32),
        -- Without underscore, unlike every client id of an organization or twin: what stands for a credential is one or the other.
        CONSTRAINT credential_name_form CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
        -- The one operator credential has a fixed id, so that of brokers that start together only one can create it.
        CONSTRAINT credential_speaks_for_one CHECK (
          CASE kind
            WHEN 'operator' THEN client_id = 'operator' AND organization_id IS NULL AND twin_id IS NULL
            WHEN 'organization' THEN organization_id IS NOT NULL AND twin_id IS NULL
            WHEN 'twin' THEN organization_id IS NOT NULL AND twin_id IS NOT NULL
            ELSE false
          END
        )
      );
      CREATE INDEX credential_by_holder ON credential (organization_id, twin_id, client_id);
      CREATE UNIQUE INDEX credential_name_key ON credential (organization_id, coalesce(twin_id, ''), name);

      CREATE TABLE signing_key (
        kid text NOT NULL,
        generation integer NOT NULL,
        sealed_private_key text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT signing_key_pkey PRIMARY KEY (kid),
        CONSTRAINT signing_key_generation_key UNIQUE (generation),
        CONSTRAINT signing_key_generation_counts CHECK (generation > 0)
      );

      CREATE TABLE audit_entry (
        chain text NOT NULL,
        sequence bigint NOT NULL,
        recorded_at timestamptz NOT NULL,
        entry text NOT NULL,
        previous_hash bytea NOT NULL,
        hash bytea NOT NULL,
        CONSTRAINT audit_entry_pkey PRIMARY KEY (chain, sequence),
        CONSTRAINT audit_entry_sequence_counts CHECK (sequence > 0),
        CONSTRAINT audit_entry_hash_is_sha256 CHECK (octet_length(hash) = 32 AND octet_length(previous_hash) = 32)
      );

      -- Called in one message with COMMIT. The lock makes the chain: whoever waits for it reads the last entry after having got it.
      CREATE FUNCTION append_audit_entry(chain_ text, entry_ text) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
        previous_ bytea;
        sequence_ bigint;
        at_ timestamptz;
      BEGIN
        PERFORM pg_advisory_xact_lock(7204, hashtext(chain_));
        SELECT sequence, hash INTO sequence_, previous_ FROM audit_entry WHERE chain = chain_ ORDER BY sequence DESC LIMIT 1;
        sequence_ := coalesce(sequence_, 0) + 1;
        previous_ := coalesce(previous_, decode(repeat('00', 32), 'hex'));
        at_ := date_trunc('milliseconds', clock_timestamp());
        INSERT INTO audit_entry (chain, sequence, recorded_at, entry, previous_hash, hash)
        VALUES (chain_, sequence_, at_, entry_, previous_, sha256(previous_ || convert_to(
          concat_ws(E'\\n', chain_, sequence_, to_char(at_ AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), entry_), 'UTF8')));
      END $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION append_audit_entry(text, text);
      DROP TABLE audit_entry;
      DROP TABLE signing_key;
      DROP TABLE credential;
      DROP TABLE organization;
    `);
  }
}
