import { call } from '../load/client.mjs';
import { echoRequest, flowMessage, World } from '../load/world.mjs';
import { Broker } from '../machine/broker.mjs';
import { Postgres } from '../machine/postgres.mjs';
import { Random } from '../random.mjs';

const CALLERS = 16;
const STRANGE = [
  null,
  true,
  -1,
  0,
  1e400,
  1.5,
  '',
  ' ',
  '\u0000',
  '\ud800',
  'x'.repeat(3_000),
  [],
  {},
  [[]],
  { __proto__: null },
  Number.MAX_SAFE_INTEGER,
  '2026-99-99T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '-1',
];

/** Messages that are wrong in some way: each is answered, none by a 5xx, and the broker's memory does not grow with their number. */
export async function generatedMessages({ dist, place, own, options, tell }) {
  const postgres = await own(Postgres.start(dist, place, { settings: ['shared_buffers=64MB'] }));
  const broker = await own(Broker.start(dist, place, postgres.url()));
  const world = await World.create(broker.url, `bad-${options.seed}`, 2);
  const found = [];
  const statuses = new Map();
  let sent = 0;
  const warm = Math.ceil(options.messages / 4);
  let memoryBefore = 0;
  const callers = Array.from({ length: CALLERS }, async (_, caller) => {
    const random = new Random(options.seed * 100 + caller);
    while (sent < options.messages) {
      sent += 1;
      if (sent === warm) memoryBefore = broker.residentBytes;
      const body = generate(random, world);
      const answer = await call(broker.url, 'POST', '/v1/messages', { token: world.token, body, timeoutMs: 15_000 });
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      const isProblem = answer.status >= 400;
      if (answer.status >= 500 && answer.status !== 508)
        found.push(`${answer.status} for ${preview(body)}: ${JSON.stringify(answer.body)}`);
      if (answer.status === 0) found.push(`no answer (${answer.error}) for ${preview(body)}`);
      if (isProblem && typeof answer.body?.type !== 'string') found.push(`${answer.status} without a problem for ${preview(body)}`);
      if (found.length > 50) return;
    }
  });
  await Promise.all(callers);
  const memoryAfter = broker.residentBytes;
  const good = await call(broker.url, 'POST', '/v1/messages', {
    token: world.token,
    body: flowMessage(world, world.senders[0], 0, new Date().toISOString()),
  });
  if (good.status !== 202) found.push(`afterwards a good message was answered ${good.status}`);
  const growth = memoryAfter - memoryBefore;
  // A quarter of the run warms up; what the rest adds must not depend on its length.
  if (growth > Math.max(96 * 1024 * 1024, memoryBefore * 0.35)) found.push(`memory grew by ${Math.round(growth / 1_048_576)} MB`);
  tell(
    `${sent} messages, answers ${JSON.stringify(Object.fromEntries([...statuses].sort()))}; memory ${Math.round(memoryBefore / 1_048_576)} → ${Math.round(memoryAfter / 1_048_576)} MB`,
  );
  return found;
}

const preview = (body) => (typeof body === 'string' ? body.slice(0, 200) : `${body.length} bytes`);

/** A message broken in a random way, as text or bytes. */
function generate(random, world) {
  const kind = random.between(0, 99);
  const message = random.chance(0.5)
    ? flowMessage(world, random.pick(world.senders), random.between(0, 1e6), new Date().toISOString())
    : echoRequest(world, `g-${random.between(0, 1e9)}`, new Date().toISOString(), 1_000);
  if (kind < 55) return JSON.stringify(mutate(message, random));
  const text = JSON.stringify(message);
  if (kind < 65) return text.slice(0, random.between(0, text.length));
  if (kind < 70) return text.replace('"header"', '"__proto__"');
  if (kind < 74) return text.replace('"messageId":', '"messageId":"twice","messageId":');
  if (kind < 78) return `${'['.repeat(random.between(1, 3_000))}${text}`;
  if (kind < 82) return `${text.slice(0, -1)},"x":${'{"a":'.repeat(random.between(60, 500))}1${'}'.repeat(random.between(60, 500))}}`;
  if (kind < 86) return Buffer.concat([Buffer.from(text.slice(0, 40)), Buffer.from([0xff, 0xfe, 0xc0]), Buffer.from(text.slice(40))]);
  if (kind < 88 && random.chance(0.05)) return text.replace('"payload":{', `"payload":{"big":"${'x'.repeat(1_048_576)}",`);
  if (kind < 90 && random.chance(0.05)) return `[${'1,'.repeat(100_000)}1]`;
  if (kind < 94) return JSON.stringify(answer(message, random));
  return JSON.stringify([mutate(message, random), mutate(message, random)]);
}

/** A value of its own each time: it may be broken further, and must not come to contain itself. */
const strange = (random) => structuredClone(random.pick(STRANGE));

/** One member, somewhere, that is something else, gone, or too much. */
function mutate(message, random) {
  const copy = structuredClone(message);
  for (let times = random.between(1, 2); times > 0; times -= 1) {
    const target = random.pick([copy, copy.header, copy.data, copy.header?.sender, copy.header?.receiver, copy.data?.object]);
    if (typeof target !== 'object' || target === null) continue;
    const keys = Object.keys(target);
    const what = random.between(0, 3);
    if (what === 0 && keys.length > 0) delete target[random.pick(keys)];
    else if (what === 1 && keys.length > 0) target[random.pick(keys)] = strange(random);
    else if (what === 2)
      target[
        random.pick(['ttlMs', 'lane', 'hopLimit', 'via', 'notBefore', 'correlationId', 'orderingKey', 'constructor', 'toString', 'x'])
      ] = strange(random);
    else if (typeof copy.header === 'object' && copy.header !== null)
      copy.header.timestamp = random.pick(['1970-01-01T00:00:00Z', '2999-01-01T00:00:00Z', '2026-11-22T03:00:00+23:59', 'now']);
  }
  return copy;
}

/** A RESPONSE nobody asked for, or to a question of somebody else. */
function answer(message, random) {
  const copy = structuredClone(message);
  copy.header.messageType = 'RESPONSE';
  copy.header.correlationId = random.pick(['nothing', 'q-1', `g-${random.between(0, 1e9)}`]);
  copy.data = { action: 'INVOKE', object: { type: 'function', id: 'echo' }, status: { code: random.pick(['OK', 'NOPE', 200]) } };
  return copy;
}
