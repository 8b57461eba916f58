import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a message may ask of its delivery: not before a moment, and what is to become of it when its time or its receiver's registration is over. The
 * append functions of these columns stand beside the older ones, which a broker of the version before goes on calling while brokers are replaced.
 */
export class ExtendMessageLog1763900000000 implements MigrationInterface {
  readonly name = 'ExtendMessageLog1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE message_log ADD COLUMN not_before timestamptz, ADD COLUMN traits smallint NOT NULL DEFAULT 0;
      COMMENT ON COLUMN message_log.traits IS 'bits: 1 dead letter when its time is over, 2 dead letter when the receiver expires, 4 replayed, 8 matched';

      CREATE FUNCTION append_messages(
        channel_ text[], lane_ smallint[], ordering_key_ text[], sender_ text[], message_id_ text[], kind_ smallint[],
        fingerprint_ bytea[], ttl_ms_ bigint[], sent_at_ timestamptz[], answerable_ boolean[],
        requester_ text[], request_id_ text[], request_segment_ integer[],
        connection_id_ text[], plan_version_ integer[], envelope_ text[], payload_ text[],
        not_before_ timestamptz[], traits_ smallint[], window_seconds_ integer)
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
                        requester_, request_id_, request_segment_, connection_id_, plan_version_, envelope_, payload_, not_before_, traits_)
                 WITH ORDINALITY AS u (channel, lane, ordering_key, sender, message_id, kind, fingerprint, ttl_ms, sent_at, answerable,
                        requester, request_id, request_segment, connection_id, plan_version, envelope, payload, not_before, traits, ord)
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
                                   plan_version, accepted_at, expires_at, envelope, payload, not_before, traits)
          SELECT f.channel, f.lane, f.position, f.ordering_key, f.sender, f.message_id, f.kind,
                 CASE WHEN f.answerable THEN open_ WHEN f.request_id IS NOT NULL THEN coalesce(f.request_segment, open_) END, f.connection_id, f.plan_version,
                 now_, now_ + f.ttl_ms * interval '1 millisecond', f.envelope, f.payload, f.not_before, f.traits
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

      CREATE FUNCTION append_messages_or_fail(
        channel_ text[], lane_ smallint[], ordering_key_ text[], sender_ text[], message_id_ text[], kind_ smallint[],
        fingerprint_ bytea[], ttl_ms_ bigint[], sent_at_ timestamptz[], answerable_ boolean[],
        requester_ text[], request_id_ text[], request_segment_ integer[],
        connection_id_ text[], plan_version_ integer[], envelope_ text[], payload_ text[],
        not_before_ timestamptz[], traits_ smallint[], window_seconds_ integer)
      RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
        failed_ text;
      BEGIN
        SELECT outcome INTO failed_ FROM append_messages(channel_, lane_, ordering_key_, sender_, message_id_, kind_, fingerprint_, ttl_ms_,
          sent_at_, answerable_, requester_, request_id_, request_segment_, connection_id_, plan_version_, envelope_, payload_, not_before_, traits_, window_seconds_)
         WHERE outcome <> 'accepted' LIMIT 1;
        IF FOUND THEN RAISE EXCEPTION 'message not accepted: %', failed_ USING ERRCODE = 'TF001', CONSTRAINT = failed_; END IF;
      END $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION append_messages_or_fail(text[], smallint[], text[], text[], text[], smallint[], bytea[], bigint[], timestamptz[], boolean[], text[], text[], integer[], text[], integer[], text[], text[], timestamptz[], smallint[], integer);
      DROP FUNCTION append_messages(text[], smallint[], text[], text[], text[], smallint[], bytea[], bigint[], timestamptz[], boolean[], text[], text[], integer[], text[], integer[], text[], text[], timestamptz[], smallint[], integer);
      ALTER TABLE message_log DROP COLUMN traits, DROP COLUMN not_before;
    `);
  }
}
