import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Federations, their members and the connections between them. Rows are never deleted but members of an earlier incarnation: an ended
 * federation or connection keeps its row until its id is used again. Organizations stand beside the twins, because the owner of a twin
 * never changes and visibility is decided by them. Ids compare by code point ("C"), so that pages have one order in every database.
 */
export class CreateFederation1763700003000 implements MigrationInterface {
  readonly name = 'CreateFederation1763700003000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE federation (
        id text COLLATE "C" NOT NULL,
        incarnation integer NOT NULL DEFAULT 1,
        name text,
        purpose text NOT NULL,
        initiator text COLLATE "C" NOT NULL,
        initiator_organization text COLLATE "C" NOT NULL,
        access text NOT NULL,
        state text NOT NULL,
        suspended_by text,
        version integer NOT NULL DEFAULT 1,
        since timestamptz NOT NULL DEFAULT clock_timestamp(),
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT federation_pkey PRIMARY KEY (id),
        CONSTRAINT federation_access CHECK (access IN ('private', 'listed')),
        CONSTRAINT federation_state CHECK (state IN ('DRAFT', 'FORMING', 'ACTIVE', 'DEGRADED', 'SUSPENDED', 'DISSOLVING', 'DISSOLVED')),
        CONSTRAINT federation_suspended_by CHECK ((state = 'SUSPENDED') = (suspended_by IS NOT NULL) AND suspended_by IN ('initiator', 'operator'))
      );
      CREATE INDEX federation_by_organization ON federation (initiator_organization, id);
      CREATE INDEX federation_listed ON federation (id) WHERE access = 'listed';

      CREATE TABLE federation_member (
        federation_id text COLLATE "C" NOT NULL,
        twin text COLLATE "C" NOT NULL,
        organization text COLLATE "C" NOT NULL,
        incarnation integer NOT NULL,
        role text NOT NULL,
        state text NOT NULL,
        since timestamptz NOT NULL DEFAULT clock_timestamp(),
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT federation_member_pkey PRIMARY KEY (federation_id, twin),
        CONSTRAINT federation_member_state CHECK (state IN ('INVITED', 'REQUESTED', 'JOINED', 'LEFT', 'DECLINED', 'REMOVED'))
      );
      CREATE INDEX federation_member_by_twin ON federation_member (twin, federation_id) WHERE state IN ('INVITED', 'REQUESTED', 'JOINED');
      CREATE INDEX federation_member_by_organization ON federation_member (organization, federation_id)
        WHERE state IN ('INVITED', 'REQUESTED', 'JOINED');

      CREATE TABLE connection (
        id text COLLATE "C" NOT NULL,
        incarnation integer NOT NULL DEFAULT 1,
        federation_id text COLLATE "C" NOT NULL,
        requester text COLLATE "C" NOT NULL,
        requester_organization text COLLATE "C" NOT NULL,
        responder text COLLATE "C" NOT NULL,
        responder_organization text COLLATE "C" NOT NULL,
        features jsonb NOT NULL,
        plan jsonb,
        plan_version integer NOT NULL DEFAULT 0,
        state text NOT NULL,
        reason text,
        since timestamptz NOT NULL DEFAULT clock_timestamp(),
        expires_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT connection_pkey PRIMARY KEY (id),
        CONSTRAINT connection_two_twins CHECK (requester <> responder),
        CONSTRAINT connection_state CHECK (
          state IN ('REQUESTED', 'NEGOTIATING', 'CONNECTED', 'SUSPENDED', 'LOST', 'REJECTED', 'EXPIRED', 'RELEASED')),
        CONSTRAINT connection_planned CHECK (state NOT IN ('CONNECTED', 'SUSPENDED', 'LOST') OR plan IS NOT NULL)
      );
      CREATE INDEX connection_by_federation ON connection (federation_id, id);
      CREATE INDEX connection_by_requester ON connection (requester, id);
      CREATE INDEX connection_by_responder ON connection (responder, id);
      CREATE INDEX connection_by_requester_organization ON connection (requester_organization, id);
      CREATE INDEX connection_by_responder_organization ON connection (responder_organization, id);
      CREATE INDEX connection_open_pair ON connection (requester, responder)
        WHERE state IN ('REQUESTED', 'NEGOTIATING', 'CONNECTED', 'SUSPENDED', 'LOST');
      CREATE INDEX connection_expiring ON connection (expires_at) WHERE state IN ('REQUESTED', 'NEGOTIATING');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE connection; DROP TABLE federation_member; DROP TABLE federation;');
  }
}
