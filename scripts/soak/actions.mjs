// What a client does, once: each action is one use of the API. The number says how often it comes up.
import { randomUUID } from 'node:crypto';
import { pathOf, profile } from './city.mjs';
import { MISCHIEF } from './mischief.mjs';
import { fetchToken } from './traffic.mjs';

const party = (id, role = 'DT') => ({ id, role });
const pick = (list) => list[Math.floor(Math.random() * list.length)];

function message({ twin, neighbour }, messageType, action, object, payload, extra = {}) {
  const header = {
    messageId: randomUUID(),
    timestamp: new Date().toISOString(),
    version: '1.0',
    messageType,
    sender: party(twin),
    receiver: party(neighbour),
    ...extra,
  };
  return { header, data: { action, object, payload } };
}

function provide(client) {
  client.turn += 1;
  const extra = { lane: pick(['incident', 'normal', 'bulk', undefined]), orderingKey: pick([undefined, 'a', 'b']) };
  return message(client, 'NOTIFICATION', 'PROVIDE', { type: 'data', id: 'flow' }, { n: client.turn }, extra);
}

const invoke = (client) => message(client, 'REQUEST', 'INVOKE', { type: 'function', id: 'act' }, { n: 1 }, { ttlMs: 5_000 });

/** Answers a call that came in, if one did. */
async function answer(client, { message: { header, data } }) {
  if (header.messageType !== 'REQUEST' || data.action !== 'INVOKE') return;
  await client.caller.call('respond', 'POST', '/v1/messages', {
    header: {
      version: '1.0',
      messageType: 'RESPONSE',
      correlationId: header.messageId,
      sender: party(client.twin),
      receiver: party(header.sender.id),
    },
    data: { action: 'INVOKE', object: { type: 'function', id: 'act' }, status: { code: 'OK' }, payload: { done: true } },
  });
}

const inbox = ({ twin }) => `${pathOf('twins', twin)}/inbox`;

async function claim(client, max = 50) {
  const body = { claimId: randomUUID(), consumer: pick(['one', 'two', undefined]), max, waitSeconds: pick([0, 0, 0.5]), leaseSeconds: 5 };
  const taken = await client.caller.call('claim', 'POST', `${inbox(client)}/claims`, body, { waits: true });
  return { claimId: body.claimId, deliveries: taken?.status === 200 ? taken.body.deliveries : [] };
}

async function work(client) {
  const { claimId, deliveries } = await claim(client);
  for (const delivery of deliveries) await answer(client, delivery);
  if (deliveries.length > 0) await client.caller.call('ack', 'POST', `${inbox(client)}/acks`, { claimId });
}

async function giveBack(client) {
  const { claimId, deliveries } = await claim(client, 3);
  if (deliveries.length === 0) return;
  await client.caller.call('extend', 'POST', `${inbox(client)}/extensions`, { claimId, leaseSeconds: 10 });
  await client.caller.call('nack', 'POST', `${inbox(client)}/nacks`, {
    claimId,
    deliveries: [deliveries.at(-1).id],
    delayMs: 50,
    reason: 'soak',
  });
  await client.caller.call('ack the rest', 'POST', `${inbox(client)}/acks`, { claimId });
}

async function stream(client) {
  const signal = AbortSignal.timeout(pick([50, 400, 2_000]));
  await client.caller.call('stream', 'GET', `${inbox(client)}/stream?maxSeconds=1&ack=${pick(['none', 'auto'])}`, undefined, {
    waits: true,
    signal,
  });
}

async function temporaryTwin({ caller }) {
  const made = await caller.call('register', 'POST', '/v1/twins', profile('temporary', { lease: { ttlSeconds: 60 } }));
  if (made?.status !== 201) return;
  const path = pathOf('twins', made.body.id);
  await caller.call('renew', 'PUT', `${path}/lease`, {});
  await caller.call('twin credential', 'POST', `${path}/credentials`, { name: 'soak' });
  await caller.call('deregister', 'DELETE', path);
}

async function changeTwin({ caller, twin, turn }) {
  const path = pathOf('twins', twin);
  const read = await caller.call('read twin', 'GET', path);
  const etag = read?.headers.get('etag') ?? '*';
  await caller.call('read twin', 'GET', path, undefined, { headers: { 'if-none-match': etag } });
  const headers = { 'content-type': 'application/merge-patch+json', 'if-match': pick([etag, etag, '*', '"0-0"']) };
  await caller.call('patch twin', 'PATCH', path, { description: `turn ${turn}` }, { headers });
}

async function drill({ caller, twin, neighbour }) {
  const made = await caller.call('federate', 'POST', '/v1/federations', {
    purpose: 'drill',
    initiator: twin,
    invitations: [{ twin: neighbour }],
  });
  if (made?.status !== 201) return;
  const path = pathOf('federations', made.body.id);
  await caller.call('members', 'GET', `${path}/members`);
  await caller.call(
    'patch federation',
    'PATCH',
    path,
    { name: 'Drill' },
    { headers: { 'content-type': 'application/merge-patch+json', 'if-match': '*' } },
  );
  await caller.call('dissolve', 'POST', `${path}/dissolve`, {});
}

async function connection({ caller, federation, twin, neighbour }) {
  const features = [{ twin: neighbour, name: 'flow' }];
  const made = await caller.call('connect', 'POST', '/v1/connections', {
    federationId: federation,
    requester: twin,
    responder: neighbour,
    features,
  });
  if (made?.status !== 201) return;
  await caller.call('release', 'POST', `${pathOf('connections', made.body.id)}/release`, { reason: 'soak' });
}

async function subscription({ caller, twin, neighbour }) {
  const path = `${pathOf('twins', twin)}/subscriptions`;
  await caller.call('subscribe', 'PUT', `${path}/soak`, { objectType: 'data', objectId: 'flow', provider: neighbour, lane: 'bulk' });
  await caller.call('subscriptions', 'GET', path);
  if (Math.random() < 0.3) await caller.call('unsubscribe', 'DELETE', `${path}/soak`);
}

async function pages({ caller }, action, path) {
  let next;
  for (let page = 0; page < 3; page += 1) {
    const cursor = next === undefined ? '' : `&cursor=${encodeURIComponent(next)}`;
    const answer = await caller.call(action, 'GET', `${path}limit=5${cursor}`);
    next = answer?.body?.next;
    if (next === undefined) return;
  }
}

const SEARCHES = [
  { domain: 'soak' },
  { text: 'twin', limit: 5 },
  { features: [{ kind: 'function', name: 'act' }] },
  { area: { near: { type: 'Point', coordinates: [-0.12, 51.5] }, withinMeters: 5_000 } },
  { area: { intersects: { type: 'Polygon', coordinates: [[[-1, 51], [1, 51], [1, 52], [-1, 52], [-1, 51]]] } }, status: ['ACTIVE'] }, // prettier-ignore
];

const READS = [
  '/v1/vocabulary',
  '/openapi.json',
  '/docs',
  '/health/live',
  '/health/ready',
  '/.well-known/jwks.json',
  '/v1/organizations/me',
];
const OPERATOR_READS = ['/metrics', '/v1/organizations', '/v1/audit'];

/** Every action with its weight. */
export const ACTIONS = [
  [20, 'send', async (client) => client.caller.call('send', 'POST', '/v1/messages', provide(client))],
  [
    6,
    'send array',
    async (client) =>
      client.caller.call(
        'send array',
        'POST',
        '/v1/messages',
        Array.from({ length: pick([1, 10, 100]) }, () => provide(client)),
      ),
  ],
  [
    4,
    'send and wait',
    async (client) => client.caller.call('send and wait', 'POST', '/v1/messages?wait=1', invoke(client), { waits: true }),
  ],
  [20, 'work', work],
  [4, 'give back', giveBack],
  [4, 'stream', stream],
  [4, 'browse', async (client) => pages(client, 'browse', `${inbox(client)}?`)],
  [1, 'dead letters', async (client) => pages(client, 'dead letters', `${inbox(client)}/dead-letters?`)],
  [
    5,
    'publish',
    async ({ caller, twin, turn }) => caller.call('publish', 'PUT', `${pathOf('twins', twin)}/features/flow/value`, { n: turn }),
  ],
  [4, 'value', async ({ caller, neighbour }) => caller.call('value', 'GET', `${pathOf('twins', neighbour)}/features/flow/value`)],
  [3, 'subscription', subscription],
  [3, 'temporary twin', temporaryTwin],
  [3, 'replace twin', async ({ caller, twin }) => caller.call('replace twin', 'PUT', pathOf('twins', twin), profile(twin))],
  [4, 'change twin', changeTwin],
  [3, 'list twins', async (client) => pages(client, 'list twins', '/v1/twins?')],
  [4, 'search', async ({ caller }) => caller.call('search', 'POST', '/v1/discovery/search', pick(SEARCHES))],
  [2, 'list federations', async (client) => pages(client, 'list federations', '/v1/federations?')],
  [1, 'drill', drill],
  [2, 'connection', connection],
  [2, 'list connections', async (client) => pages(client, 'list connections', '/v1/connections?')],
  [2, 'token', async (client) => { client.caller.token = await fetchToken(client.caller, client.credential); }], // prettier-ignore
  [3, 'read', async ({ caller }) => caller.call('read', 'GET', pick(READS))],
  [1, 'operator', async ({ operator }) => operator.call('operator', 'GET', pick(OPERATOR_READS))],
  ...MISCHIEF,
];

const TOTAL = ACTIONS.reduce((sum, [weight]) => sum + weight, 0);

/** One action by the weights. */
export function chooseAction() {
  let left = Math.random() * TOTAL;
  return ACTIONS.find(([weight]) => (left -= weight) < 0) ?? ACTIONS[0];
}
