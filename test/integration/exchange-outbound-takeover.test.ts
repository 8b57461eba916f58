import { jest } from '@jest/globals';
import { SlotLeases } from '../../src/exchange/outbound/slot-leases.js';
import { type HookServer, numbersIn } from '../support/hook-server.js';
import { TestCity } from './exchange-fixture.js';
import { aHookedTwin, hurry, LOCAL_HOOKS, ownerOf, sendNumbers, settledInbox } from './outbound-fixture.js';

describe('the broker that delivers', () => {
  let city: TestCity;
  const hooks: HookServer[] = [];
  beforeAll(async () => {
    city = await TestCity.build(2, LOCAL_HOOKS);
    for (const broker of city.brokers) hurry(broker, { leaseMs: 1_500 });
  });
  afterAll(() => city.close());
  afterEach(async () => {
    for (const hook of hooks.splice(0)) await hook.close();
  });

  it('is replaced when it no longer renews its lease; what it had in hand comes again, and its own outcome is stale', async () => {
    const twin = await aHookedTwin(city, hooks);
    const { owner, other } = await ownerOf(city, twin.receiver);
    const held: (() => void)[] = [];
    twin.hook.behaviour = (_, response) => void held.push(() => response.writeHead(204).end());
    await sendNumbers(owner, twin, 0, 3);
    await twin.hook.until(() => twin.hook.received.length === 1);

    const frozen = jest.spyOn(owner.get(SlotLeases), 'tick').mockResolvedValue(undefined);
    // The successor delivers the same message again while the first delivery still waits for its answer.
    await twin.hook.until(() => twin.hook.received.length === 2);
    const [first, second] = twin.hook.received.map(({ body }) => JSON.parse(body) as { id: string; fence: number; redelivered: boolean });
    expect(second).toMatchObject({ id: first?.id, redelivered: true });
    expect(second?.fence).toBeGreaterThan(first?.fence ?? Infinity);

    // The predecessor hears of its success too late: it must send nothing more.
    twin.hook.behaviour = (_, response) => void response.writeHead(204).end();
    for (const answer of held) answer();
    await settledInbox(other, twin.receiver);
    expect(numbersIn(twin.hook.received)).toEqual([0, 0, 1, 2]);
    frozen.mockRestore();
  });
});
