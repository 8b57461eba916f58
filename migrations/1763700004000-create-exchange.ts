import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The exchange: an append-only log read by cursor, the message ids taken, one answer per request, the state of inboxes, dead letters,
 * subscriptions and last values. Every unique key of a hot table holds its distribution column (channel, sender, requester, receiver).
 */
export class CreateExchange1763700004000 implements MigrationInterface {
  readonly name = 'CreateExchange1763700004000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SEQUENCE message_position;
      CREATE SEQUENCE inbox_version;

      CREATE TABLE message_log (
        channel text NOT NULL,
        lane smallint NOT NULL,
        position bigint NOT NULL,
        ordering_key text NOT NULL,
        sender text NOT NULL,
        message_id text NOT NULL,
        kind smallint NOT NULL,
        request_segment integer,
        connection_id text,
        plan_version integer,
        accepted_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        envelope text NOT NULL,
        payload text,
        CONSTRAINT message_log_pkey PRIMARY KEY (channel, lane, position)
      ) PARTITION BY RANGE (position);
      COMMENT ON COLUMN message_log.channel IS 'a twin id (its inbox), or a stream that subscribers read';
      COMMENT ON COLUMN message_log.request_segment IS 'of a REQUEST that awaits an answer: the acceptance segment, which finds the answer; of a RESPONSE: that of its REQUEST';

      CREATE TABLE acceptance (
        sender text NOT NULL,
        message_id text NOT NULL,
        segment integer NOT NULL,
        fingerprint bytea NOT NULL,
        channel text NOT NULL,
        lane smallint NOT NULL,
        position bigint NOT NULL,
        accepted_at timestamptz NOT NULL,
        deadline timestamptz,
        CONSTRAINT acceptance_pkey PRIMARY KEY (sender, message_id, segment)
      ) PARTITION BY RANGE (segment);
      CREATE INDEX acceptance_deadline ON acceptance (deadline) WHERE deadline IS NOT NULL;
      COMMENT ON TABLE acceptance IS 'one row per accepted message: the id is taken, where the message lies, when its answer is due';

      CREATE TABLE answer (
        requester text NOT NULL,
        message_id text NOT NULL,
        segment integer NOT NULL,
        lane smallint NOT NULL,
        position bigint NOT NULL,
        answered_at timestamptz NOT NULL,
        CONSTRAINT answer_pkey PRIMARY KEY (requester, message_id, segment)
      ) PARTITION BY RANGE (segment);
      COMMENT ON TABLE answer IS 'the one answer to a REQUEST; segment is that of the REQUEST, so that the key is unique without looking elsewhere';

      CREATE TABLE answer_taken (
        requester text NOT NULL,
        message_id text NOT NULL,
        segment integer NOT NULL,
        CONSTRAINT answer_taken_pkey PRIMARY KEY (requester, message_id, segment)
      ) PARTITION BY RANGE (segment);
      COMMENT ON TABLE answer_taken IS 'answers that were given inline (?wait=): their delivery to the inbox is settled';

      CREATE TABLE inbox_state (
        receiver text NOT NULL,
        version bigint NOT NULL,
        state text NOT NULL,
        saved_at timestamptz NOT NULL,
        CONSTRAINT inbox_state_pkey PRIMARY KEY (receiver, version)
      ) PARTITION BY RANGE (version);
      COMMENT ON TABLE inbox_state IS 'cursors, leases and held keys of an inbox: appended, the newest row counts';

      CREATE TABLE dead_letter (
        receiver text NOT NULL,
        position bigint NOT NULL,
        lane smallint NOT NULL,
        sender text NOT NULL,
        message_id text NOT NULL,
        reason text NOT NULL,
        attempts integer NOT NULL,
        died_at timestamptz NOT NULL,
        envelope text NOT NULL,
        payload text,
        CONSTRAINT dead_letter_pkey PRIMARY KEY (receiver, position)
      );

      CREATE TABLE subscription (
        subscriber text NOT NULL,
        id text NOT NULL,
        provider text NOT NULL,
        object_type text NOT NULL,
        object_id text NOT NULL,
        channel text NOT NULL,
        lane smallint NOT NULL,
        start_position bigint NOT NULL,
        connection_id text,
        created_at timestamptz NOT NULL,
        expires_at timestamptz,
        CONSTRAINT subscription_pkey PRIMARY KEY (subscriber, id)
      );
      CREATE UNIQUE INDEX subscription_one_per_channel ON subscription (subscriber, channel);
      CREATE INDEX subscription_channel ON subscription (channel);

      CREATE TABLE carried_value (
        channel text NOT NULL,
        position bigint NOT NULL,
        accepted_at timestamptz NOT NULL,
        envelope text NOT NULL,
        payload text,
        CONSTRAINT carried_value_pkey PRIMARY KEY (channel)
      );
      COMMENT ON TABLE carried_value IS 'the last value of a stream, carried forward when its log segment is dropped';

      -- An answer without a request_segment is to a REQUEST of the same batch.
      -- A writer holds the lock of each shard it writes to from before it draws positions until its commit is visible, all within one
      -- server-side statement: within a channel, position order is commit order, and a frozen client holds no lock.
      CREATE FUNCTION message_shard(channel_ text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT hashtext(channel_) & 7 $$;

      CREATE FUNCTION append_messages(
        channel_ text[], lane_ smallint[], ordering_key_ text[], sender_ text[], message_id_ text[], kind_ smallint[],
        fingerprint_ bytea[], ttl_ms_ bigint[], sent_at_ timestamptz[], answerable_ boolean[],
        requester_ text[], request_id_ text[], request_segment_ integer[],
        connection_id_ text[], plan_version_ integer[], envelope_ text[], payload_ text[], window_seconds_ integer)
      RETURNS TABLE (ord integer, outcome text, "position" bigint, accepted_at timestamptz, segment integer)
      LANGUAGE plpgsql AS $$
      #variable_conflict use_column
      DECLARE
        shard_ integer;
        open_ integer;
        oldest_ integer;
        now_ timestamptz;
        earliest_ timestamptz;
      BEGIN
        PERFORM lock_segments_shared('acceptance');
        PERFORM lock_segments_shared('log');
        FOR shard_ IN SELECT DISTINCT message_shard(c) FROM unnest(channel_) AS c ORDER BY 1 LOOP
          PERFORM pg_advisory_xact_lock(7203, shard_);
        END LOOP;
        now_ := clock_timestamp();
        earliest_ := now_ - make_interval(secs => window_seconds_);
        SELECT s.id INTO STRICT open_ FROM segment s WHERE s.family = 'acceptance' AND s.closed_at IS NULL;
        SELECT min(s.id) INTO STRICT oldest_ FROM segment s
         WHERE s.family = 'acceptance' AND (s.closed_at IS NULL OR s.closed_at > earliest_ - interval '10 minutes');
        -- Memberships are written so that they become hashed subplans: as joins, the planner, which knows nothing of the arrays' length,
        -- would nest loops over the batch.
        RETURN QUERY
        WITH input AS MATERIALIZED (
          SELECT u.*, nextval('message_position') AS position
            FROM unnest(channel_, lane_, ordering_key_, sender_, message_id_, kind_, fingerprint_, ttl_ms_, sent_at_, answerable_,
                        requester_, request_id_, request_segment_, connection_id_, plan_version_, envelope_, payload_)
                 WITH ORDINALITY AS u (channel, lane, ordering_key, sender, message_id, kind, fingerprint, ttl_ms, sent_at, answerable,
                        requester, request_id, request_segment, connection_id, plan_version, envelope, payload, ord)
        ), fresh AS MATERIALIZED (
          SELECT i.* FROM input i
           WHERE (i.sent_at IS NULL OR i.sent_at BETWEEN earliest_ AND now_ + interval '5 minutes')
             AND NOT EXISTS (SELECT FROM acceptance a
                              WHERE a.sender = i.sender AND a.message_id = i.message_id AND a.segment BETWEEN oldest_ AND open_)
        ), answered AS (
          INSERT INTO answer (requester, message_id, segment, lane, position, answered_at)
          SELECT f.requester, f.request_id, coalesce(f.request_segment, open_), f.lane, f.position, now_
            FROM fresh f WHERE f.request_id IS NOT NULL ORDER BY f.requester, f.request_id
          ON CONFLICT DO NOTHING
          RETURNING position
        ), taken AS (
          INSERT INTO acceptance (sender, message_id, segment, fingerprint, channel, lane, position, accepted_at, deadline)
          SELECT f.sender, f.message_id, open_, f.fingerprint, f.channel, f.lane, f.position, now_,
                 CASE WHEN f.answerable THEN now_ + f.ttl_ms * interval '1 millisecond' END
            FROM fresh f
           WHERE f.request_id IS NULL OR f.position IN (SELECT position FROM answered)
           ORDER BY f.sender, f.message_id
          ON CONFLICT DO NOTHING
          RETURNING position
        ), logged AS (
          INSERT INTO message_log (channel, lane, position, ordering_key, sender, message_id, kind, request_segment, connection_id,
                                   plan_version, accepted_at, expires_at, envelope, payload)
          SELECT f.channel, f.lane, f.position, f.ordering_key, f.sender, f.message_id, f.kind,
                 CASE WHEN f.answerable THEN open_ WHEN f.request_id IS NOT NULL THEN coalesce(f.request_segment, open_) END, f.connection_id, f.plan_version,
                 now_, now_ + f.ttl_ms * interval '1 millisecond', f.envelope, f.payload
            FROM fresh f WHERE (f.position IN (SELECT position FROM taken)) IS TRUE
        )
        SELECT i.ord::integer,
               CASE WHEN i.position IN (SELECT position FROM taken) THEN 'accepted'
                    WHEN i.sent_at < earliest_ THEN 'too-old'
                    WHEN i.sent_at > now_ + interval '5 minutes' THEN 'from-the-future'
                    ELSE 'refused' END,
               i.position, now_, open_
          FROM input i;
        -- A RESPONSE may win its answer while another broker takes its message id at the same moment: then it was not logged, and has not answered.
        IF EXISTS (SELECT FROM unnest(request_id_) AS r WHERE r IS NOT NULL) THEN
          DELETE FROM answer a
           USING unnest(requester_, request_id_, request_segment_) AS u (requester, request_id, request_segment)
           WHERE a.requester = u.requester AND a.message_id = u.request_id AND a.segment = coalesce(u.request_segment, open_) AND a.answered_at = now_
             AND NOT EXISTS (SELECT FROM message_log l WHERE l.channel = a.requester AND l.lane = a.lane AND l.position = a.position);
        END IF;
      END $$;

      -- For units of work: all or nothing.
      CREATE FUNCTION append_messages_or_fail(
        channel_ text[], lane_ smallint[], ordering_key_ text[], sender_ text[], message_id_ text[], kind_ smallint[],
        fingerprint_ bytea[], ttl_ms_ bigint[], sent_at_ timestamptz[], answerable_ boolean[],
        requester_ text[], request_id_ text[], request_segment_ integer[],
        connection_id_ text[], plan_version_ integer[], envelope_ text[], payload_ text[], window_seconds_ integer)
      RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
        failed_ text;
      BEGIN
        SELECT outcome INTO failed_ FROM append_messages(channel_, lane_, ordering_key_, sender_, message_id_, kind_, fingerprint_, ttl_ms_,
          sent_at_, answerable_, requester_, request_id_, request_segment_, connection_id_, plan_version_, envelope_, payload_, window_seconds_)
         WHERE outcome <> 'accepted' LIMIT 1;
        IF FOUND THEN RAISE EXCEPTION 'message not accepted: %', failed_ USING ERRCODE = 'TF001', CONSTRAINT = failed_; END IF;
      END $$;

      -- Compare and append: each inbox's new state is stored only if nobody stored one since the version the caller read.
      CREATE FUNCTION save_inboxes(receiver_ text[], expected_ bigint[], state_ text[])
      RETURNS TABLE (receiver text, version bigint) LANGUAGE plpgsql AS $$
      #variable_conflict use_column
      DECLARE
        key_ integer;
      BEGIN
        PERFORM lock_segments_shared('inbox');
        FOR key_ IN SELECT DISTINCT hashtext(r) FROM unnest(receiver_) AS r ORDER BY 1 LOOP
          PERFORM pg_advisory_xact_lock(7205, key_);
        END LOOP;
        RETURN QUERY
        INSERT INTO inbox_state AS s (receiver, version, state, saved_at)
        SELECT u.receiver, nextval('inbox_version'), u.state, clock_timestamp()
          FROM unnest(receiver_, expected_, state_) AS u (receiver, expected, state)
         WHERE coalesce((SELECT n.version FROM inbox_state n WHERE n.receiver = u.receiver ORDER BY n.version DESC LIMIT 1), 0) = u.expected
        RETURNING s.receiver, s.version;
      END $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION save_inboxes(text[], bigint[], text[]);
      DROP FUNCTION append_messages_or_fail(text[], smallint[], text[], text[], text[], smallint[], bytea[], bigint[], timestamptz[], boolean[], text[], text[], integer[], text[], integer[], text[], text[], integer);
      DROP FUNCTION append_messages(text[], smallint[], text[], text[], text[], smallint[], bytea[], bigint[], timestamptz[], boolean[], text[], text[], integer[], text[], integer[], text[], text[], integer);
      DROP FUNCTION message_shard(text);
      DROP TABLE carried_value, subscription, dead_letter, inbox_state, answer_taken, answer, acceptance, message_log;
      DROP SEQUENCE inbox_version;
      DROP SEQUENCE message_position;
      DELETE FROM segment WHERE family IN ('log', 'acceptance', 'inbox');
    `);
  }
}
