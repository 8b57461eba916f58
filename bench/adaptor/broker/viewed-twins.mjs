// The broker in this process, with twins whose data features one view joins; their values come in through acceptance, as any other message.
import { forEachOf, twinPath } from '../../exchange/broker/network.mjs';
import { must, organizationToken, startBroker } from '../../exchange/broker/running-broker.mjs';
import { servicesOf } from '../../exchange/broker/services.mjs';

const HOST = 'urn:bench:host';
const VIEW = 'urn:bench:view';
const FEDERATION = 'urn:bench:federation:view';
const SLOT_MS = 1_000;
const TICK_MS = 10;
const AGGREGATIONS = ['last', 'mean', 'max', 'min', 'timeWeightedMean'];
const SCHEMA = { type: 'object', required: ['value'], properties: { value: { type: 'number', 'x-unit': 'm/s' } } };

const FIRST = 'urn:bench:sensor:0';
/** Rows like those of the first twin, for as many others: registering and connecting thousands over HTTP would take longer than what is measured. */
const CLONED = { twin: 'id', twin_lease: 'twin_id', federation_member: 'twin', connection: 'responder', connection_plan: 'connection_id' };
const cloneSql = (table, column) =>
  `INSERT INTO ${table} SELECT (jsonb_populate_record(t, replace(to_jsonb(t)::text, '${FIRST}', 'urn:bench:sensor:' || n)::jsonb)).*
     FROM ${table} t, generate_series(1, $1) n WHERE starts_with(t.${column}, '${FIRST}')`;

const twinId = (n) => `urn:bench:sensor:${n}`;
const featureName = (n) => `speed${n}`;

/** @param {{ dist: string, url: string, place: string, twins: number, features: number }} options */
export async function open({ twins, features, ...options }) {
  const broker = await startBroker(options);
  const token = await organizationToken(broker.url);
  const ask = (method, path, body) => must(broker.url, token, method, path, body);
  const names = Array.from({ length: features }, (_, n) => featureName(n));
  const data = names.map((name) => ({ kind: 'data', name, schema: SCHEMA }));

  await ask('PUT', twinPath(HOST), { name: 'host', domain: 'traffic', access: 'private' });
  await ask('PUT', `/v1/federations/${encodeURIComponent(FEDERATION)}`, { purpose: 'bench', initiator: HOST });
  const federation = `/v1/federations/${encodeURIComponent(FEDERATION)}`;
  await ask('PUT', twinPath(FIRST), { name: FIRST, domain: 'traffic', access: 'private', features: data });
  await ask('POST', `${federation}/invitations`, { twin: FIRST });
  await ask('POST', `${federation}/members`, { twin: FIRST });
  const connection = `/v1/connections/${encodeURIComponent(`${FIRST}:connection`)}`;
  const shared = names.map((name) => ({ twin: FIRST, name }));
  await ask('PUT', connection, { federationId: FEDERATION, requester: HOST, responder: FIRST, features: shared });
  await ask('POST', `${connection}/accept`);
  const database = await broker.get('database/database.js', 'Database');
  for (const [table, column] of Object.entries(CLONED)) await database.query(cloneSql(table, column), [twins - 1]);
  await ask('PUT', `/v1/views/${encodeURIComponent(VIEW)}`, {
    name: 'bench',
    federationId: FEDERATION,
    host: HOST,
    feature: 'speeds',
    slotMs: SLOT_MS,
    columns: names.map((name, n) => ({
      name,
      select: { domain: 'traffic', feature: name },
      pointer: '/value',
      aggregation: AGGREGATIONS[n % AGGREGATIONS.length],
      unit: 'km/h',
    })),
    lateness: { delayMs: 250 },
  });
  const { accept } = await servicesOf(broker, token);

  /** One NOTIFY of each feature of a twin. */
  const publish = (id) => {
    const observedAt = new Date().toISOString();
    return names.map((name) =>
      accept(
        `{"header":{"version":"1.0","messageType":"NOTIFICATION","sender":{"id":"${id}","role":"DT"}},"data":{"action":"NOTIFY","object":{"type":"data","id":"${name}"},` +
          `"observedAt":"${observedAt}","payload":{"value":${(Math.random() * 30).toFixed(3)}}}}`,
      ),
    );
  };

  return {
    /** Each twin is heard of once, and the view is joined: what a broker reads of a twin for the first time it remembers. */
    warm: async () => {
      const ids = Array.from({ length: twins }, (_, n) => twinId(n));
      await forEachOf(ids, (id) => Promise.all(publish(id)));
      const runner = await broker.get('alignment/run/view-runner.js', 'ViewRunner');
      while (!runner.joins(VIEW)) await new Promise((resolve) => setTimeout(resolve, 50));
    },
    /** Each twin publishes each feature once a second for so long; gives how many values were accepted, and when each of them was observed. */
    load: async ({ ms }) => {
      const begun = Date.now();
      const waiting = new Set();
      const observed = [];
      let [next, refused] = [0, 0];
      while (Date.now() - begun < ms) {
        const due = ((Date.now() - begun) * twins) / 1_000;
        for (; next < due; next += 1) {
          observed.push(Date.now());
          for (const accepted of publish(twinId(next % twins))) {
            const settled = accepted.catch(() => (refused += 1)).finally(() => waiting.delete(settled));
            waiting.add(settled);
          }
        }
        await new Promise((resolve) => setTimeout(resolve, TICK_MS));
      }
      await Promise.all(waiting);
      return { observed, values: observed.length * features, refused };
    },
    /** When each slot was published, by its beginning; and where the view stands. */
    slots: async () => {
      const { rows } = await database.hot.query(
        `SELECT extract(epoch FROM accepted_at)::float8 * 1000 AS at, payload FROM message_log WHERE channel = $1 AND lane = 1 ORDER BY position`,
        [`stream feature ${HOST} speeds`],
      );
      const published = rows.map(({ at, payload }) => ({ at, from: Date.parse(JSON.parse(payload).slot.from), bytes: payload.length }));
      return { published, status: (await ask('GET', `/v1/views/${encodeURIComponent(VIEW)}`)).status };
    },
    close: () => broker.stop(),
  };
}
