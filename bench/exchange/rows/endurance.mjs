const PROBE_BATCH = 200;
const PROBE_TABLE = 'CREATE TABLE IF NOT EXISTS probe (n bigint, text text)';
const PROBE_INSERT = 'INSERT INTO probe SELECT n, $2 FROM generate_series(1, $1::integer) AS n';

/** What the machine does by itself, in a database of its own: a fixed piece of work in Node and in PostgreSQL, by the second. */
async function probe(client, ms) {
  await client.query(`${PROBE_TABLE}; TRUNCATE probe`);
  const text = 'x'.repeat(1_000);
  const started = performance.now();
  let done = 0;
  for (; performance.now() - started < ms; done += 1) {
    await client.query({ name: 'probe', text: PROBE_INSERT, values: [PROBE_BATCH, text] });
    for (let n = 0; n < PROBE_BATCH; n += 1) JSON.parse(JSON.stringify({ n, text }));
  }
  return (done * 1_000) / (performance.now() - started);
}

/** Old segments come out of retention and the next are opened, on the keeper's next look. */
const AGE = {
  open: `UPDATE segment SET opened_at = opened_at - interval '400 days' WHERE closed_at IS NULL AND family IN ('log', 'inbox')`,
  closed: `UPDATE segment SET closed_at = closed_at - interval '400 days' WHERE closed_at IS NOT NULL AND family IN ('log', 'inbox')`,
  count: `SELECT count(*)::integer AS count FROM pg_inherits WHERE inhparent IN ('message_log'::regclass, 'inbox_state'::regclass)`,
};

async function cutSegments(sql, broker) {
  const count = async () => (await sql.query(AGE.count)).rows[0].count;
  const before = await count();
  await sql.query(AGE.open);
  // The first look opens what is there, the second makes what will be next.
  await broker.call('keepSegments');
  await broker.call('keepSegments');
  const created = (await count()) - before;
  await sql.query(AGE.closed);
  const refusal = await broker.call('keepSegments').then(
    () => 'the drop went through',
    (error) => `the drop was put off (${error.message.split('\n')[0]})`,
  );
  return `${created} partitions were created; ${refusal}`;
}

/** Row 7: a closed loop for ten minutes, with everything beside it that makes queues in PostgreSQL slow. */
export const endurance = {
  numbers: [7],
  long: 'ten minutes have no short form; --only 7 runs it for 16 seconds, which shows that it runs',
  async run(bench, [number]) {
    const [windows, windowMs] = bench.quick ? [2, 8_000] : [10, 60_000];
    const named = bench.quick ? 'closed loop, short form (2 × 8 s)' : 'closed loop, 10 minutes';
    bench.say(`row ${number}: ${named}`);
    const broker = await bench.broker();
    const connect = async (url) => {
      const client = await bench.postgres.connect(url);
      bench.own({ close: () => client.end() });
      return client;
    };
    const sql = await connect(broker.databaseUrl);
    const other = await bench.postgres.database('bench_other');
    const [probing, writing, reading] = [await connect(other), await connect(other), await connect(broker.databaseUrl)];

    await broker.call('endToEnd', { callers: 500, outstanding: 5_000, warmMs: 500, ms: 1_500 });
    await reading.query('BEGIN ISOLATION LEVEL REPEATABLE READ; DECLARE log CURSOR FOR SELECT * FROM message_log; FETCH 1 FROM log');
    await reading.query('DECLARE acks CURSOR FOR SELECT * FROM inbox_state; FETCH 1 FROM acks');
    await writing.query('BEGIN; CREATE TABLE written (n integer); INSERT INTO written VALUES (1)');

    const before = await probe(probing, bench.quick ? 1_500 : 5_000);
    const terms = { callers: 500, outstanding: 5_000, warmMs: bench.quick ? 1_000 : 5_000, windowMs, windows };
    const looping = broker.call('steady', terms, windows * windowMs + 300_000);
    const cut = new Promise((resolve) => setTimeout(resolve, terms.warmMs + windowMs)).then(() => cutSegments(sql, broker));
    const [{ rates }, what] = await Promise.all([looping, cut]);
    const after = await probe(probing, bench.quick ? 1_500 : 5_000);
    bench.say(what);

    const [first, last] = [rates[0], rates.at(-1)];
    bench.report.add(number, `${named}: rate of all windows`, rates, 'messages/s');
    bench.report.add(number, `${named}: fixed probe, before and after`, [before, after], 'batches/s');
    bench.report.add(
      number,
      `${named}: rate last ÷ first ${bench.quick ? 'window' : 'minute'}, each ÷ probe`,
      [last / after / (first / before)],
      '×',
      {
        must: 0.85,
        aim: 0.95,
      },
    );
  },
};
