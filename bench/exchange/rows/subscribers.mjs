const SUBSCRIBERS = 10_000;
const WARM = 20;
const PUBLISHED = { quick: 5, full: 20 };
/** Every subscription is a copy of one that was made through the API, so that its columns are whatever the product has. */
const MULTIPLY = `
  INSERT INTO subscription
  SELECT (jsonb_populate_record(s, jsonb_build_object('subscriber', 'urn:bench:subscriber:' || n, 'id', 'bench-' || n))).*
    FROM subscription s, generate_series(2, ${SUBSCRIBERS}) AS n
   WHERE s.channel = (SELECT channel FROM subscription WHERE id = 'bench' LIMIT 1)`;

/** Row 12: what a publication to many subscribers writes ahead. */
export const subscribers = {
  numbers: [12],
  async run(bench, [number]) {
    bench.say(`row ${number}: one publication to ${SUBSCRIBERS} subscribers`);
    const broker = await bench.broker();
    const sql = await bench.postgres.connect(broker.databaseUrl);
    bench.own({ close: () => sql.end() });
    const written = async (work) => {
      const { rows: before } = await sql.query('SELECT pg_current_wal_insert_lsn() AS at');
      await work();
      const { rows: after } = await sql.query('SELECT pg_current_wal_insert_lsn() - $1::pg_lsn AS bytes', [before[0].at]);
      return Number(after[0].bytes);
    };
    const { payload } = await broker.call('payloadBytes');
    const measure = async () => {
      // The first writes to a page after a checkpoint write the whole page: that is not what is asked. So none comes for a while.
      await bench.checkpoint();
      for (let n = 0; n < WARM; n += 1) await broker.call('publish');
      const samples = [];
      for (let n = 0; n < (bench.quick ? PUBLISHED.quick : PUBLISHED.full); n += 1)
        samples.push(await written(() => broker.call('publish')));
      return samples.map((bytes) => (bytes - payload) / 1_024);
    };
    const none = await measure();
    await broker.call('subscribe');
    await sql.query(MULTIPLY);
    const { rows } = await sql.query('SELECT count(*)::integer AS count FROM subscription');
    if (rows[0].count < SUBSCRIBERS) throw new Error(`there are ${rows[0].count} subscriptions instead of ${SUBSCRIBERS}`);
    const many = await measure();
    bench.report.add(number, 'WAL of a publication beyond its payload, no subscriber', none, 'KB', { better: 'lower' });
    bench.report.add(number, `WAL of a publication beyond its payload, ${SUBSCRIBERS} subscribers`, many, 'KB', {
      must: 64,
      aim: 4,
      better: 'lower',
    });
  },
};
