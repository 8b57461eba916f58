import { jest } from '@jest/globals';
import type { MemoryInbound } from '../../src/adaptor/protocol/memory/memory-inbound.js';
import { BindingService } from '../../src/exchange/binding/binding.service.js';
import { DeliveryModeService } from '../../src/exchange/outbound/delivery-mode.service.js';
import { ConnectionAdaptation } from '../../src/federation/adaptation/connection-adaptation.service.js';
import { isRefusal, type PlanProposal } from '../../src/federation/adaptation/plan-proposals.js';
import { Replanner } from '../../src/federation/adaptation/replanner.js';
import type { FeedStatusDto } from '../../src/federation/dto/status.dto.js';
import { FederationStatusService } from '../../src/federation/federation-status.service.js';
import { parseConnectionId, type TwinId } from '../../src/kernel/ids.js';
import type { Principal } from '../../src/security/principal.js';
import { aPublisher, bindingWhen, offerMemory } from './binding-fixture.js';
import { CITY, notify, numbers, TestCity } from './exchange-fixture.js';

const OPERATOR: Principal = { kind: 'operator', subject: 'root' };
const TWICE = { kind: 'duplicates-possible', detail: 'nothing names a document' } as const;

describe('what the wires of a connection’s sides cannot promise', () => {
  let city: TestCity;
  let memory: MemoryInbound;

  beforeAll(async () => {
    city = await TestCity.build(1);
    memory = offerMemory(city);
    jest.spyOn(memory, 'losses').mockReturnValue([TWICE]);
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await city.close();
  });

  const listen = (twin: TwinId, name: string, more: { feature?: string; enabled?: boolean } = {}) =>
    city
      .broker()
      .get(BindingService)
      .put(CITY, twin, name, { protocol: 'memory', settings: { name }, ...more });

  async function looked(connection: string) {
    await city.broker().get(Replanner).idle();
    const { stored } = await city.broker().get(ConnectionAdaptation).read(CITY, parseConnectionId(connection));
    const { made } = await city.broker().get(ConnectionAdaptation).proposal(CITY, parseConnectionId(connection));
    if (isRefusal(made)) throw new Error(made.detail);
    const losses = (plan: PlanProposal['plan']) =>
      plan.features.flatMap(({ name, flows = [] }) =>
        flows.flatMap((flow) => flow.losses.map(({ kind }) => `${name} ${flow.purpose} ${kind}`)),
      );
    return { stored, made, losses: losses(stored.plan) };
  }

  it('is named in its plan: what a change adds is told before it is applied, what it takes away goes by itself', async () => {
    const { publisher, subscriber, connection } = await aPublisher(city);
    expect((await looked(connection)).losses).toEqual([]);

    await listen(publisher, 'values', { feature: 'flow' });
    const added = await looked(connection);
    expect(added.losses).toEqual([]);
    expect(added.made).toMatchObject({
      isNews: true,
      difference: { isCompatible: false, flows: [{ feature: 'flow', purpose: 'data', lossesAdded: [{ kind: TWICE.kind }] }] },
    });
    await city.broker().get(ConnectionAdaptation).apply(CITY, parseConnectionId(connection), added.made.digest);
    const applied = await looked(connection);
    expect(applied).toMatchObject({ losses: ['flow data duplicates-possible'], made: { isNews: false } });
    expect(applied.stored.isIdentity).toBe(true);
    await city.broker().send(notify(publisher, 7));
    expect(numbers(await city.broker().claim(subscriber, { waitMs: 5_000 }))).toContain(7);

    await listen(publisher, 'values', { feature: 'flow', enabled: false });
    expect(await looked(connection)).toMatchObject({ losses: [], stored: { why: 'what it follows from changed' } });
  });

  it('concerns every flow of a twin whose whole messages come, and what is delivered to one', async () => {
    const { publisher, connection } = await aPublisher(city);
    const settings = { url: 'nats://nats.example.org', subject: 'a', jetStream: false };
    await city.broker().get(DeliveryModeService).deliver(CITY, publisher, 'nats', settings);
    await listen(publisher, 'messages');
    await city.broker().get(ConnectionAdaptation).apply(CITY, parseConnectionId(connection));
    const { losses } = await looked(connection);
    expect(losses).toContain('flow data duplicates-possible');
    expect(losses.some((each) => each.endsWith('gaps-possible'))).toBe(true);
  });

  it('and how they fare is in the status of the connection, names and reasons for their owner and operators', async () => {
    const { publisher, connection } = await aPublisher(city);
    await listen(publisher, 'status', { feature: 'flow' });
    const source = memory.source('status');
    await bindingWhen(city.broker(), publisher, 'status', ({ state }) => state === 'CONNECTED');
    await source.say({ document: Buffer.from('{"n":1}') });
    await source.say({ document: Buffer.from('{') });
    await bindingWhen(city.broker(), publisher, 'status', ({ figures }) => figures.received === 2);
    const statuses = city.broker().get(FederationStatusService);
    const feeds = async (principal: Principal): Promise<FeedStatusDto[]> =>
      (await statuses.connection(principal, parseConnectionId(connection))).feeds;
    const [feed, ...others] = await feeds(OPERATOR);
    expect(others).toEqual([]);
    expect(feed).toMatchObject({
      twin: publisher,
      direction: 'in',
      protocol: 'memory',
      name: 'status',
      feature: 'flow',
      enabled: true,
      state: 'CONNECTED',
      received: 2,
      losses: [TWICE],
    });
    expect(feed?.errorRate).toBeGreaterThan(0);
    expect(feed?.latencyMs).toBeGreaterThanOrEqual(0);
    expect(await feeds(CITY)).toMatchObject([{ name: 'status' }]);
    await listen(publisher, 'elsewhere', { feature: 'rain' }).catch(() => undefined);
    expect(await feeds(CITY)).toHaveLength(1);
  });
});
