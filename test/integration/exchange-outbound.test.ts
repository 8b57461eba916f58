import { createHmac } from 'node:crypto';
import { DeliveryKeys } from '../../src/exchange/outbound/delivery-keys.service.js';
import { DeliveryModeService } from '../../src/exchange/outbound/delivery-mode.service.js';
import { InboxService } from '../../src/exchange/inbox/inbox.service.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { type HookRequest, HookServer, messageIn, numbersIn } from '../support/hook-server.js';
import { CITY, invoke, numbers, provide, respond, TestCity } from './exchange-fixture.js';
import { aHookedTwin, deliverTo, endpointWhen, hurry, LOCAL_HOOKS, sendNumbers, settledInbox } from './outbound-fixture.js';

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

describe('delivery by webhook', () => {
  let city: TestCity;
  const hooks: HookServer[] = [];
  beforeAll(async () => {
    city = await TestCity.build(1, { ...LOCAL_HOOKS, maxDeliveryAttempts: 3 });
    hurry(city.broker());
  });
  afterAll(() => city.close());
  afterEach(async () => {
    for (const hook of hooks.splice(0)) await hook.close();
  });

  it('brings each message once, in order per key, as it was sent', async () => {
    const twin = await aHookedTwin(city, hooks);
    await sendNumbers(city.broker(), twin, 0, 30, 3);
    await twin.hook.until(() => twin.hook.received.length >= 30);
    await settledInbox(city.broker(), twin.receiver);
    const delivered = numbersIn(twin.hook.received);
    for (const key of [0, 1, 2]) expect(delivered.filter((n) => n % 3 === key)).toEqual(range(0, 30).filter((n) => n % 3 === key));
    expect(delivered).toHaveLength(30);
    expect((await city.broker().claim(twin.receiver)).deliveries).toEqual([]);
    expect(twin.hook.received[0]?.headers['webhook-signature']).toMatch(/^v1a,/);
  });

  it('sends nothing before the endpoint has agreed, and all once it has', async () => {
    const sender = await city.aTwin('sender');
    const receiver = await city.aTwin('receiver');
    await city.connect(sender, receiver);
    const hook = await HookServer.start();
    hooks.push(hook);
    hook.allowedOrigin = undefined;
    await deliverTo(city.broker(), receiver, hook);
    await sendNumbers(city.broker(), { sender, receiver, hook }, 0, 3);
    const refused = await endpointWhen(city.broker(), receiver, (endpoint) => (endpoint?.failures ?? 0) > 1);
    expect(refused).toMatchObject({ state: 'PENDING_VERIFICATION', reason: expect.stringContaining('WebHook-Allowed-Origin') as string });
    expect(hook.received).toEqual([]);
    hook.allowedOrigin = '*';
    await hook.until(() => hook.received.length >= 3);
    expect(numbersIn(hook.received)).toEqual([0, 1, 2]);
  });

  it('keeps the order of a key when deliveries fail, and lets the other keys pass', async () => {
    const twin = await aHookedTwin(city, hooks);
    const seen: { n: number; attempt: number; redelivered: boolean; status: number }[] = [];
    twin.hook.behaviour = (request, response) => {
      const event = JSON.parse(request.body) as { attempt: number; redelivered: boolean };
      const n = messageIn(request).data.payload?.n ?? -1;
      const status = n === 0 && event.attempt === 1 ? 500 : 204;
      seen.push({ n, status, attempt: event.attempt, redelivered: event.redelivered });
      response.writeHead(status).end();
    };
    await sendNumbers(city.broker(), twin, 0, 6, 2);
    await twin.hook.until(() => seen.filter(({ status }) => status === 204).length >= 6);
    const accepted = seen.filter(({ status }) => status === 204).map(({ n }) => n);
    expect(accepted.filter((n) => n % 2 === 0)).toEqual([0, 2, 4]);
    expect(accepted.filter((n) => n % 2 === 1)).toEqual([1, 3, 5]);
    expect(seen.filter(({ n }) => n === 0)).toEqual([
      { n: 0, status: 500, attempt: 1, redelivered: false },
      { n: 0, status: 204, attempt: 2, redelivered: true },
    ]);
    expect(accepted.indexOf(5)).toBeLessThan(accepted.indexOf(0));
  });

  it('has no more on the way at once than allowed', async () => {
    const twin = await aHookedTwin(city, hooks, { maxInFlight: 2 });
    const open: (() => void)[] = [];
    twin.hook.behaviour = (_, response) => void open.push(() => response.writeHead(204).end());
    await sendNumbers(city.broker(), twin, 0, 12, 12);
    for (let answered = 0; answered < 12; answered += 1) {
      await twin.hook.until(() => open.length > 0);
      open.shift()?.();
    }
    await settledInbox(city.broker(), twin.receiver);
    expect(numbersIn(twin.hook.received).toSorted((a, b) => a - b)).toEqual(range(0, 12));
    expect(twin.hook.mostAtOnce).toBeLessThanOrEqual(2);
  });

  it('makes a message that is refused too often a dead letter, and goes on', async () => {
    const twin = await aHookedTwin(city, hooks);
    twin.hook.behaviour = (request, response) => void response.writeHead(messageIn(request).data.payload?.n === 0 ? 422 : 204).end();
    await sendNumbers(city.broker(), twin, 0, 2);
    await twin.hook.until(() => numbersIn(twin.hook.received).includes(1));
    expect(numbersIn(twin.hook.received)).toEqual([0, 0, 0, 1]);
    expect(await deadLettersOf(twin.receiver)).toEqual([
      expect.objectContaining({ attempts: 3, reason: expect.stringContaining('HTTP 422') as string }),
    ]);
  });

  it('opens the circuit when the endpoint fails, uses up no attempts meanwhile, and goes on when it is back', async () => {
    const twin = await aHookedTwin(city, hooks);
    await endpointWhen(city.broker(), twin.receiver, (endpoint) => endpoint?.state === 'ACTIVE');
    let isBack = false;
    twin.hook.behaviour = (_, response) => void (isBack ? response.writeHead(204) : response.writeHead(503, { 'retry-after': '0' })).end();
    await sendNumbers(city.broker(), twin, 0, 20, 20);
    const opened = await endpointWhen(city.broker(), twin.receiver, (endpoint) => (endpoint?.failures ?? 0) >= 4);
    expect(opened).toMatchObject({ state: 'SUSPENDED', reason: 'it answered with HTTP 503' });
    isBack = true;
    const before = twin.hook.received.length;
    await settledInbox(city.broker(), twin.receiver);
    expect(numbersIn(twin.hook.received.slice(before)).toSorted((a, b) => a - b)).toEqual(range(0, 20));
    expect((await endpointWhen(city.broker(), twin.receiver, (endpoint) => endpoint?.state === 'ACTIVE'))?.failures).toBe(0);
    expect(await deadLettersOf(twin.receiver)).toEqual([]);
  });

  it('stops for good when the endpoint is gone; its messages wait for who pulls', async () => {
    const twin = await aHookedTwin(city, hooks);
    twin.hook.behaviour = (_, response) => void response.writeHead(410).end();
    await sendNumbers(city.broker(), twin, 0, 3);
    await endpointWhen(city.broker(), twin.receiver, (endpoint) => endpoint?.state === 'DISABLED');
    await settledOrHeld(twin.receiver);
    expect(numbers(await city.broker().claim(twin.receiver))).toEqual([0, 1, 2]);
  });

  it('is switched on and off without losing anything', async () => {
    const twin = await aHookedTwin(city, hooks, { maxInFlight: 3 });
    const modes = city.broker().get(DeliveryModeService);
    const pulled: number[] = [];
    const sent = sendNumbers(city.broker(), twin, 0, 120, 4);
    for (let round = 0; round < 6; round += 1) {
      await modes.pull(CITY, twin.receiver);
      const claim = await city.broker().claim(twin.receiver, { max: 5, waitMs: 100 });
      pulled.push(...numbers(claim));
      if (claim.token !== undefined) await city.broker().get(InboxService).ack(twin.receiver, { leaseToken: claim.token });
      await deliverTo(city.broker(), twin.receiver, twin.hook, { maxInFlight: 3 });
    }
    await sent;
    await twin.hook.until(() => new Set([...pulled, ...numbersIn(twin.hook.received)]).size === 120);
    const brought = [...pulled, ...numbersIn(twin.hook.received)];
    expect([...new Set(brought)].toSorted((a, b) => a - b)).toEqual(range(0, 120));
  });

  it('changes its keys without a gap', async () => {
    const twin = await aHookedTwin(city, hooks);
    const keys = city.broker().get(DeliveryKeys);
    const oldSecret = Buffer.alloc(32, 1);
    const newSecret = Buffer.alloc(32, 2);
    await keys.add(CITY, twin.receiver, 'old', 'hmac-sha256', `whsec_${oldSecret.toString('base64')}`);
    await keys.remove(CITY, twin.receiver, 'first');
    const signedBy = (request: HookRequest | undefined, secret: Buffer): boolean => {
      const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': all } = request?.headers ?? {};
      const signature = createHmac('sha256', secret)
        .update(`${String(id)}.${String(time)}.${request?.body ?? ''}`)
        .digest('base64');
      return String(all).split(' ').includes(`v1,${signature}`);
    };
    const next = async (n: number): Promise<HookRequest | undefined> => {
      await city.broker().send(provide(twin.sender, twin.receiver, n));
      await twin.hook.until(() => twin.hook.received.length > n);
      return twin.hook.received[n];
    };
    expect(signedBy(await next(0), oldSecret)).toBe(true);
    await keys.add(CITY, twin.receiver, 'new', 'hmac-sha256', `whsec_${newSecret.toString('base64')}`);
    const both = await next(1);
    expect([signedBy(both, oldSecret), signedBy(both, newSecret)]).toEqual([true, true]);
    await keys.remove(CITY, twin.receiver, 'old');
    const last = await next(2);
    expect([signedBy(last, oldSecret), signedBy(last, newSecret)]).toEqual([false, true]);
    await expect(keys.remove(CITY, twin.receiver, 'new')).rejects.toMatchObject({ code: 'state-conflict' });
    expect(JSON.stringify(await keys.list(CITY, twin.receiver))).not.toContain('whsec_');
    const [row] = await city
      .broker()
      .database.query<{ sealed: string }>('SELECT sealed_secret AS sealed FROM delivery_key WHERE receiver = $1', [twin.receiver]);
    expect(row?.sealed).not.toContain(newSecret.toString('base64'));
  });

  it('takes the RESPONSE that an endpoint gives at once', async () => {
    const twin = await aHookedTwin(city, hooks);
    twin.hook.behaviour = (request, response) => {
      const { header } = messageIn(request);
      const answer = respond(twin.receiver, twin.sender, String(header['messageId']));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    };
    const { request } = await city.broker().send(invoke(twin.sender, twin.receiver));
    const answered = await city.broker().claim(twin.sender, { waitMs: 20_000 });
    expect(answered.deliveries.map(({ candidate }) => JSON.parse(candidate.envelope) as object)).toEqual([
      expect.objectContaining({ header: expect.objectContaining({ correlationId: request?.messageId }) as object }),
    ]);
  });

  it('tests an endpoint with a ping, after the handshake', async () => {
    const twin = await aHookedTwin(city, hooks);
    const modes = city.broker().get(DeliveryModeService);
    expect(await modes.test(CITY, twin.receiver)).toEqual({ outcome: 'accepted', latencyMs: expect.any(Number) as number });
    expect(JSON.parse(twin.hook.received[0]?.body ?? '')).toMatchObject({ type: 'org.twinfed.ping.v1' });
    twin.hook.behaviour = (_, response) => void response.writeHead(500).end();
    expect(await modes.test(CITY, twin.receiver)).toMatchObject({ outcome: 'endpoint', reason: 'it answered with HTTP 500' });
    await modes.pull(CITY, twin.receiver);
    expect(await modes.test(CITY, twin.receiver)).toEqual({ outcome: 'pull', latencyMs: 0 });
  });

  it('forgets endpoint and keys of a twin that is deregistered', async () => {
    const twin = await aHookedTwin(city, hooks);
    await city.broker().get(TwinService).deregister(CITY, twin.receiver, {});
    expect(await endpointWhen(city.broker(), twin.receiver, (endpoint) => endpoint === undefined)).toBeUndefined();
    expect(await city.broker().database.query('SELECT FROM delivery_key WHERE receiver = $1', [twin.receiver])).toEqual([]);
  });

  function deadLettersOf(receiver: string): Promise<object[]> {
    return city.broker().database.query('SELECT reason, attempts FROM dead_letter WHERE receiver = $1', [receiver]);
  }

  async function settledOrHeld(receiver: Parameters<typeof settledInbox>[1]): Promise<void> {
    const { Inboxes } = await import('../../src/exchange/inbox/inboxes.js');
    for (;;) {
      const { leases } = await city.broker().get(Inboxes).read(receiver);
      if (leases.length === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
});
