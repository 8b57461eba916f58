import type { MigrationInterface, QueryRunner } from 'typeorm';

const COLUMNS = `
        channel_ text[], lane_ smallint[], ordering_key_ text[], sender_ text[], message_id_ text[], kind_ smallint[],
        fingerprint_ bytea[], ttl_ms_ bigint[], sent_at_ timestamptz[], answerable_ boolean[],
        requester_ text[], request_id_ text[], request_segment_ integer[],
        connection_id_ text[], plan_version_ integer[], envelope_ text[], payload_ text[],
        not_before_ timestamptz[], traits_ smallint[], window_seconds_ integer`;
const NAMES = COLUMNS.replace(/ (?:text|smallint|bytea|bigint|timestamptz|boolean|integer)(?:\[\])?/g, '');

/** For units of work: all or nothing. */
const orFail = (leading: string): string => `
      CREATE OR REPLACE FUNCTION append_batch_or_fail(${COLUMNS})
      RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
        failed_ text;
      BEGIN
        SELECT reasons[1] INTO failed_ FROM append_batch(${leading}, ${NAMES});
        IF failed_ IS NOT NULL THEN RAISE EXCEPTION 'message not accepted: %', failed_ USING ERRCODE = 'TF001', CONSTRAINT = failed_; END IF;
      EXCEPTION WHEN unique_violation THEN
        RAISE EXCEPTION 'message not accepted: refused' USING ERRCODE = 'TF001', CONSTRAINT = 'refused';
      END $$;
`;

/**
 * The append of the hot path, told how far the caller knows each channel: the newest position before a batch is then found without reading a page of
 * the index, which cost a third of an append. Rows are taken from the arrays by subscript, which a function holds unpacked. Saving an inbox looks no
 * further back than the version that it expects. The function of the version before stays, for brokers that are being replaced.
 */
export class AppendFromKnownLinks1764008000000 implements MigrationInterface {
  readonly name = 'AppendFromKnownLinks1764008000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Locks, in this order: the gates of both segment families (shared), then each shard written to (alone, ascending), from before positions are
      -- drawn until the commit is visible: within a channel, position order is commit order. All within one statement, so a frozen client holds none.
      --
      -- after_ and ticket_ are for statements that are sent before the one ahead of them is done: this one fails (TF003) unless after_ is the
      -- ticket of the last batch that committed in this session.
      -- links: of each link_channel_ and link_lane_, the newest position before this batch, link_after_ unless there is a newer one, by which a reader
      -- who knows the channel up to there knows that it missed nothing.
      -- refused: ordinals of the rows that were not stored, with their reasons beside them.
      CREATE FUNCTION append_batch(
        after_ text, ticket_ text, link_channel_ text[], link_lane_ smallint[], link_after_ bigint[], ${COLUMNS},
        OUT accepted_at timestamptz, OUT segment integer, OUT positions bigint[], OUT links bigint[], OUT refused integer[], OUT reasons text[])
      LANGUAGE plpgsql AS $$
      #variable_conflict use_column
      DECLARE
        open_ integer;
        oldest_ integer;
        now_ timestamptz;
        earliest_ timestamptz;
        latest_ timestamptz;
        positions_ bigint[];
        refused_ integer[];
        reasons_ text[];
        late_ integer[];
      BEGIN
        IF after_ IS NOT NULL AND after_ IS DISTINCT FROM current_setting('twinfed.ticket', true) THEN
          RAISE EXCEPTION 'the batch ahead of this one did not commit' USING ERRCODE = 'TF003';
        END IF;
        PERFORM lock_segments_shared('acceptance'), lock_segments_shared('log');
        PERFORM pg_advisory_xact_lock(7203, s.shard) FROM (SELECT DISTINCT message_shard(c) AS shard FROM unnest(channel_) AS c ORDER BY 1) AS s;
        now_ := clock_timestamp();
        earliest_ := now_ - make_interval(secs => window_seconds_);
        latest_ := now_ + interval '5 minutes';
        SELECT max(s.id), min(s.id), ARRAY(SELECT nextval('message_position') FROM generate_series(1, cardinality(channel_)))
          INTO STRICT open_, oldest_, positions_
          FROM segment s WHERE s.family = 'acceptance' AND (s.closed_at IS NULL OR s.closed_at > earliest_ - interval '10 minutes');

        SELECT array_agg(r.ord), array_agg(r.reason) INTO refused_, reasons_ FROM (
          SELECT u.ord::integer, CASE WHEN u.sent_at < earliest_ THEN 'too-old' WHEN u.sent_at > latest_ THEN 'from-the-future' ELSE 'refused' END AS reason
            FROM unnest(sender_, message_id_, sent_at_) WITH ORDINALITY AS u (sender, message_id, sent_at, ord)
            -- Not EXISTS: with the statistics of a young table the planner would read and hash all of it for every batch.
            LEFT JOIN LATERAL (SELECT true AS taken FROM acceptance a
                                WHERE a.sender = u.sender AND a.message_id = u.message_id AND a.segment BETWEEN oldest_ AND open_ LIMIT 1) AS k ON true
           WHERE u.sent_at < earliest_ OR u.sent_at > latest_ OR k.taken) AS r;

        -- An answer without a request_segment is to a REQUEST of the same batch. Of several answers the first counts.
        IF request_id_ IS NOT NULL THEN
          WITH answering AS MATERIALIZED (
            SELECT u.* FROM unnest(requester_, request_id_, request_segment_, lane_, positions_) WITH ORDINALITY
                     AS u (requester, request_id, request_segment, lane, position, ord)
             WHERE u.request_id IS NOT NULL AND (refused_ IS NULL OR u.ord <> ALL (refused_))
          ), answered AS (
            INSERT INTO answer (requester, message_id, segment, lane, position, answered_at)
            SELECT a.requester, a.request_id, coalesce(a.request_segment, open_), a.lane, a.position, now_
              FROM answering a ORDER BY a.requester, a.request_id, a.ord
            ON CONFLICT DO NOTHING
            RETURNING position
          )
          SELECT array_agg(a.ord::integer) INTO late_ FROM answering a WHERE (a.position IN (SELECT position FROM answered)) IS NOT TRUE;
          refused_ := refused_ || late_;
          reasons_ := reasons_ || array_fill('refused'::text, ARRAY[coalesce(cardinality(late_), 0)]);
        END IF;

        -- In the order of the key, so that two brokers that take the same ids at the same moment wait for each other, never in a circle.
        INSERT INTO acceptance (sender, message_id, segment, fingerprint, channel, lane, position, accepted_at, deadline)
        SELECT sender_[i], message_id_[i], open_, fingerprint_[i], channel_[i], lane_[i], positions_[i], now_,
               CASE WHEN answerable_[i] THEN now_ + ttl_ms_[i] * interval '1 millisecond' END
          FROM generate_series(1, cardinality(channel_)) AS i
         WHERE refused_ IS NULL OR i <> ALL (refused_)
         ORDER BY 1, 2;

        INSERT INTO message_log (channel, lane, position, ordering_key, sender, message_id, kind, request_segment, connection_id, plan_version,
                                 accepted_at, expires_at, envelope, payload, not_before, traits)
        SELECT channel_[i], lane_[i], positions_[i], ordering_key_[i], sender_[i], message_id_[i], kind_[i],
               CASE WHEN answerable_[i] THEN open_ WHEN request_id_[i] IS NOT NULL THEN coalesce(request_segment_[i], open_) END,
               connection_id_[i], plan_version_[i], now_, now_ + ttl_ms_[i] * interval '1 millisecond', envelope_[i], payload_[i],
               not_before_[i], traits_[i]
          FROM generate_series(1, cardinality(channel_)) AS i
         WHERE refused_ IS NULL OR i <> ALL (refused_);

        IF link_channel_ IS NOT NULL THEN
          links := ARRAY(
            SELECT coalesce((SELECT l.position FROM message_log l
                              WHERE l.channel = link_channel_[i] AND l.lane = link_lane_[i] AND l.position > link_after_[i] AND l.position < positions_[1]
                              ORDER BY l.position DESC LIMIT 1), link_after_[i])
              FROM generate_series(1, cardinality(link_channel_)) AS i ORDER BY i);
        END IF;
        accepted_at := now_;
        segment := open_;
        positions := positions_;
        refused := refused_;
        reasons := reasons_;
        IF ticket_ IS NOT NULL THEN ticket_ := set_config('twinfed.ticket', ticket_, false); END IF;
      END $$;
${orFail('NULL, NULL, NULL, NULL, NULL')}
      -- Compare and append: each inbox's new state is stored only if nobody stored one since the version the caller read. Locks: the gate of the
      -- segment family (shared), then each inbox (alone, ascending).
      CREATE OR REPLACE FUNCTION save_inboxes(receiver_ text[], expected_ bigint[], state_ text[])
      RETURNS TABLE (receiver text, version bigint) LANGUAGE plpgsql AS $$
      #variable_conflict use_column
      BEGIN
        PERFORM lock_segments_shared('inbox');
        PERFORM pg_advisory_xact_lock(7205, k.key) FROM (SELECT DISTINCT hashtext(r) AS key FROM unnest(receiver_) AS r ORDER BY 1) AS k;
        RETURN QUERY
        INSERT INTO inbox_state AS s (receiver, version, state, saved_at)
        SELECT u.receiver, nextval('inbox_version'), u.state, clock_timestamp()
          FROM unnest(receiver_, expected_, state_) AS u (receiver, expected, state)
         WHERE coalesce((SELECT n.version FROM inbox_state n WHERE n.receiver = u.receiver AND n.version >= u.expected ORDER BY n.version DESC LIMIT 1), 0)
               = u.expected
        RETURNING s.receiver, s.version;
      END $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    const types = COLUMNS.replace(/\w+_ /g, '');
    await runner.query(`${orFail('NULL, NULL, NULL, NULL')}
      DROP FUNCTION append_batch(text, text, text[], smallint[], bigint[], ${types});

      CREATE OR REPLACE FUNCTION save_inboxes(receiver_ text[], expected_ bigint[], state_ text[])
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
}
