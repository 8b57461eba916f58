import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { call, isPassing, twinPath } from '../load/client.mjs';
import { flowMessage, World } from '../load/world.mjs';
import { until } from '../machine/ports.mjs';

/** What a webhook does with a delivery; each gets the request, the answer and the parsed event. */
const BEHAVIOURS = {
  steady: (_request, answer) => answer.writeHead(204).end(),
  'answers after 29 s': (_request, answer) => setTimeout(() => answer.writeHead(204).end(), 29_000),
  'streams for ever': (_request, answer) => {
    answer.writeHead(200, { 'content-type': 'application/octet-stream' });
    const pour = setInterval(() => answer.write(Buffer.alloc(16_384)), 5);
    answer.once('close', () => clearInterval(pour));
  },
  'redirects to 127.0.0.1': (_request, answer, { trap }) => answer.writeHead(307, { location: `http://127.0.0.1:${trap}/` }).end(),
  resets: (request) => request.socket.resetAndDestroy(),
  'cannot make up its mind': (_request, answer, { mood }) => answer.writeHead(mood.isBad() ? 503 : 204).end(),
};
const MESSAGES = 40;
/** Share of calls that a moody webhook refuses, and how many in a row at most: enough to open the circuit, too few to keep it open for minutes. */
const BAD_SHARE = 0.4;
const MOST_BAD_IN_A_ROW = 5;

/** Good and bad moments as the seed has them. */
class Mood {
  #bad = 0;

  constructor(random) {
    this.random = random;
  }

  isBad() {
    this.#bad = this.#bad < MOST_BAD_IN_A_ROW && this.random.chance(BAD_SHARE) ? this.#bad + 1 : 0;
    return this.#bad > 0;
  }
}

/**
 * Webhooks that misbehave beside a steady one, on two brokers of which one is killed: the steady one gets everything once, in order, marked when it comes
 * again; nothing is followed to where a redirect leads; the broker stays well.
 */
export async function webhooks({ machine, options, random, tell }) {
  const found = [];
  const { brokers } = machine;
  const trapped = { count: 0 };
  const trap = await listen((_request, answer) => {
    trapped.count += 1;
    answer.writeHead(204).end();
  });
  const hooks = [];
  try {
    for (const [name, behave] of Object.entries(BEHAVIOURS))
      hooks.push(await Hook.open(name, behave, { trap: trap.port, mood: new Mood(random) }));
    const names = options.short ? hooks.filter(({ name }) => name !== 'answers after 29 s') : hooks;
    for (const [index, hook] of names.entries()) await hook.subscribe(brokers[0], `hook-${options.seed}-${index}`);
    const active = await until(
      30_000,
      async () => (await Promise.all(names.map((hook) => hook.state(brokers[0])))).every((state) => state === 'ACTIVE'),
      250,
    );
    if (!active)
      found.push(`not every webhook became active: ${(await Promise.all(names.map((hook) => hook.state(brokers[0])))).join(', ')}`);
    const sending = names.map((hook) => hook.send(brokers, hook.name === 'steady' || hook.name.startsWith('cannot') ? MESSAGES : 2));
    await delay(random.between(200, 800));
    await brokers[0].down('SIGKILL');
    await Promise.all(sending);
    const steady = names.filter(({ name }) => name === 'steady' || name.startsWith('cannot'));
    const began = performance.now();
    await until(120_000, () => steady.every((hook) => hook.seen.size === hook.sent), 100);
    tell(`the rest came within ${((performance.now() - began) / 1_000).toFixed(1)} s of the last acceptance, one broker killed`);
    for (const hook of steady) found.push(...hook.verdict());
    const slow = names.find(({ name }) => name === 'answers after 29 s');
    if (slow !== undefined && !(await until(120_000, () => slow.seen.size >= 1, 250)))
      found.push('the webhook that answers after 29 s got nothing');
    if (trapped.count > 0) found.push(`a redirect was followed ${trapped.count} times`);
    await brokers[0].up();
    for (const broker of brokers) if (!(await broker.isReady())) found.push(`${broker.url} is not ready afterwards`);
    const forbidden = await call(brokers[0].url, 'PUT', `${twinPath(names[0].world.receiver)}/inbox/delivery`, {
      token: names[0].world.token,
      body: { mode: 'webhook', webhook: { url: 'http://169.254.169.254/latest' } },
    });
    const reached =
      forbidden.status >= 400 || (await until(10_000, async () => /PENDING|DISABLED/.test(await names[0].state(brokers[0])), 250));
    if (!reached) found.push('a webhook at a link-local address became active');
    tell(names.map((hook) => `${hook.name}: ${hook.calls} calls`).join('; '));
    return found;
  } finally {
    await Promise.all([trap, ...hooks].map((server) => server.close()));
  }
}

function listen(handle) {
  const server = createServer(handle);
  server.on('clientError', () => undefined);
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve({
        port: server.address().port,
        close: () => {
          server.closeAllConnections();
          return new Promise((done) => server.close(done));
        },
      }),
    ),
  );
}

/** One webhook with a receiver of its own, and what it got. */
class Hook {
  seen = new Map();
  violations = [];
  calls = 0;
  sent = 0;

  static async open(name, behave, context) {
    const hook = new Hook();
    hook.name = name;
    const server = await listen((request, answer) => hook.#take(request, answer, behave, context));
    return Object.assign(hook, { port: server.port, close: server.close });
  }

  #take(request, answer, behave, context) {
    if (request.method === 'OPTIONS') {
      answer.writeHead(200, { 'webhook-allowed-origin': '*' }).end();
      return;
    }
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('error', () => undefined);
    request.on('end', () => {
      this.calls += 1;
      answer.on('error', () => undefined);
      const event = JSON.parse(Buffer.concat(parts).toString());
      const n = event.data?.data?.payload?.n;
      answer.once('finish', () => this.#note(n, event, answer.statusCode < 300));
      behave(request, answer, context);
    });
  }

  #note(n, event, isTaken) {
    if (typeof n !== 'number' || !isTaken) return;
    if (this.seen.has(n) && event.redelivered !== true) this.violations.push(`${this.name}: message ${n} came again unmarked`);
    if (!this.seen.has(n) && n !== this.seen.size) this.violations.push(`${this.name}: message ${n} came when ${this.seen.size} was next`);
    this.seen.set(n, event.id);
  }

  async subscribe(broker, name) {
    this.world = await World.create(broker.url, name, 1);
    const answer = await call(broker.url, 'PUT', `${twinPath(this.world.receiver)}/inbox/delivery`, {
      token: this.world.token,
      body: { mode: 'webhook', webhook: { url: `http://127.0.0.1:${this.port}/`, timeoutMs: 30_000, maxInFlight: 4 } },
    });
    if (answer.status >= 300) throw new Error(`the webhook was refused: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  async state(broker) {
    const answer = await call(broker.url, 'GET', `${twinPath(this.world.receiver)}/inbox/delivery`, { token: this.world.token });
    return answer.body?.state ?? `HTTP ${answer.status}`;
  }

  /** Sends so many messages over whichever broker answers. */
  async send(brokers, count) {
    const startedAt = new Date().toISOString();
    for (let n = 0; n < count; n += 1) {
      for (let at = 0; ; at += 1) {
        const answer = await call(brokers[at % brokers.length].url, 'POST', '/v1/messages', {
          token: this.world.token,
          body: flowMessage(this.world, this.world.senders[0], n, startedAt),
        });
        if (answer.status === 202) break;
        if (!isPassing(answer)) throw new Error(`a message was refused: ${answer.status} ${JSON.stringify(answer.body)}`);
        await delay(50);
      }
      this.sent += 1;
    }
  }

  verdict() {
    return this.seen.size === this.sent
      ? this.violations
      : [...this.violations, `${this.name} got ${this.seen.size} of ${this.sent} messages`];
  }
}
