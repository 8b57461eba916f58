// What clients do wrong, and how they go away.
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const pick = (list) => list[Math.floor(Math.random() * list.length)];
const twins = (id) => `/v1/twins/${id}`;

/** Bodies that are no good, or no good there. */
const BODIES = [
  '{', 'null', '[]', '"text"', '{"a":1,"a":2}', '{"name":"\\u0000","domain":"x"}', '{"__proto__":{"x":1}}', `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
  '{"header":{},"data":{}}', '{"name":1e999}', '\ufeff{}', '{"name":"\ud800"}', JSON.stringify({ name: 'x'.repeat(100_000), domain: 'x' }),
  Uint8Array.from([0xff, 0xfe, 0x00, 0x7b]),
]; // prettier-ignore
const PLACES = [
  '/v1/twins',
  '/v1/messages',
  '/v1/federations',
  '/v1/connections',
  '/v1/discovery/search',
  '/v1/twins/batch',
  '/v1/organizations',
];
const PATHS = [
  '/v1/nothing', twins('%00'), twins('%E0%A4%A'), twins('not a uri'), twins(encodeURIComponent(`urn:x:${'y'.repeat(5_000)}`)), '/v1/twins?limit=-1', '/v1/twins?limit=1&limit=2',
  '/v1/twins?cursor=junk', '/v1/twins?cursor=eyJrIjoidCJ9', '/v1/twins?status=NONE', '/v1/federations?cursor=%00', '/v1/messages/none?sender=urn:x:y', '/v1/messages/none',
  `${twins('urn%3Asoak%3Atwin%3A0')}/inbox?cursor=x.y`, `${twins('urn%3Asoak%3Atwin%3A0')}/inbox/stream?maxSeconds=0`, '/docs/../../etc/passwd', '/%', '//',
]; // prettier-ignore
const TOKENS = ['', 'junk', 'a.b.c', 'eyJhbGciOiJub25lIn0.e30.', 'x'.repeat(5_000)];

async function badBody({ caller }) {
  const type = pick([
    'application/json',
    'application/json',
    'application/merge-patch+json',
    'text/plain',
    'application/json; charset=utf-16',
    'nonsense',
  ]);
  await caller.call('bad input', pick(['POST', 'PUT', 'PATCH']), pick(PLACES), pick(BODIES), {
    headers: { 'content-type': type, 'if-match': pick(['*', 'x', '"1"']) },
  });
}

/** A body over the limit: the broker may answer and close before it has all of it, so that the connection may break. */
async function oversized({ caller }) {
  const signal = AbortSignal.timeout(10_000);
  await caller.call('oversized', 'POST', '/v1/messages', JSON.stringify({ x: 'y'.repeat(2_000_000) }), { waits: true, signal });
}

async function badToken({ caller }) {
  await caller.call('bad token', 'GET', '/v1/twins', undefined, { token: pick(TOKENS) });
  const form = new URLSearchParams({
    grant_type: pick(['client_credentials', 'password']),
    client_id: `nobody-${Math.random()}`,
    client_secret: 'x',
  });
  await caller.call('bad token', 'POST', '/oauth/token', form.toString(), {
    token: null,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
}

/** Goes away while the broker waits on its behalf, or works for it. */
async function hangUp({ caller, twin }) {
  const signal = AbortSignal.timeout(pick([1, 5, 20, 100]));
  const inbox = `${twins(encodeURIComponent(twin))}/inbox`;
  const [method, path, body] = pick([
    ['POST', `${inbox}/claims`, { waitSeconds: 30, max: 5, leaseSeconds: 1 }],
    ['GET', `${inbox}/stream`, undefined],
    ['POST', '/v1/discovery/search', { domain: 'soak' }],
    ['GET', '/v1/twins?limit=1000', undefined],
  ]);
  await caller.call('hang up', method, path, body, { waits: true, signal });
}

/** A request that ends in the middle, on a socket of its own. */
async function brokenRequest({ caller }) {
  const { hostname, port } = new URL(caller.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.resume();
  await once(socket, 'connect').catch(() => undefined);
  const head = `POST /v1/messages HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${caller.token}\r\ncontent-type: application/json\r\ncontent-length: 500\r\n`;
  socket.write(
    pick([
      head,
      `${head}\r\n{"header":`,
      'GET / HTTP/9.9\r\n\r\n',
      'nonsense\r\n\r\n',
      `GET /v1/twins HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`,
    ]),
  );
  await delay(pick([1, 10, 50]));
  pick([() => socket.destroy(), () => socket.resetAndDestroy(), () => socket.end()])();
  caller.book.note('broken request', 'hung up');
}

/** Mischief with its weights, as in actions.mjs. */
export const MISCHIEF = [
  [5, 'bad input', badBody],
  [4, 'bad path', async ({ caller }) => caller.call('bad path', pick(['GET', 'GET', 'DELETE', 'POST']), pick(PATHS))],
  [1, 'oversized', oversized],
  [2, 'bad token', badToken],
  [4, 'hang up', hangUp],
  [3, 'broken request', brokenRequest],
];
