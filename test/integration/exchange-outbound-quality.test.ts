import { DeliveryModeService } from '../../src/exchange/outbound/delivery-mode.service.js';
import { deliveryModeView } from '../../src/exchange/outbound/dto/delivery.dto.js';
import type { StoredEndpoint } from '../../src/exchange/outbound/endpoint.js';
import { EndpointRepository } from '../../src/exchange/outbound/endpoint.repository.js';
import { OutboundMetrics } from '../../src/exchange/outbound/outbound-metrics.js';
import { FederationStatusService } from '../../src/federation/federation-status.service.js';
import { parseConnectionId } from '../../src/kernel/ids.js';
import { HookServer, messageIn } from '../support/hook-server.js';
import { CITY, TestCity } from './exchange-fixture.js';
import { deliverTo, endpointWhen, hurry, LOCAL_HOOKS, sendNumbers } from './outbound-fixture.js';

describe('how deliveries to a twin go', () => {
  let city: TestCity;
  const hooks: HookServer[] = [];
  beforeAll(async () => {
    city = await TestCity.build(1, LOCAL_HOOKS);
    hurry(city.broker());
  });
  afterAll(async () => {
    for (const hook of hooks) await hook.close();
    await city.close();
  });

  /** A twin whose endpoint refuses the first attempt at every even number and takes everything else. */
  async function aMoodyTwin() {
    const sender = await city.aTwin('sender');
    const receiver = await city.aTwin('receiver');
    const [connection = ''] = await city.connect(sender, receiver);
    const hook = await HookServer.start();
    hooks.push(hook);
    hook.behaviour = (request, response) => {
      const { attempt } = JSON.parse(request.body) as { attempt: number };
      const isRefused = attempt === 1 && (messageIn(request).data.payload?.n ?? 0) % 2 === 0;
      response.writeHead(isRefused ? 500 : 204).end();
    };
    await deliverTo(city.broker(), receiver, hook);
    return { sender, receiver, hook, connection };
  }

  const delivered = (count: number) => (endpoint?: StoredEndpoint) => endpoint?.figures.delivered === count;

  it('is told with the mode, in the status of its connections and in the metrics', async () => {
    const twin = await aMoodyTwin();
    const before = await attempts();
    await sendNumbers(city.broker(), twin, 0, 3, 3);
    await endpointWhen(city.broker(), twin.receiver, delivered(3));

    const { figures } = deliveryModeView(await city.broker().get(DeliveryModeService).read(CITY, twin.receiver));
    expect(figures).toEqual({
      attempts: 5,
      delivered: 3,
      failed: 2,
      lastAt: expect.any(String) as string,
      latencyMs: expect.any(Number) as number,
      errorRate: expect.any(Number) as number,
    });
    expect(figures?.latencyMs).toBeGreaterThan(0);
    expect(figures?.errorRate).toBeGreaterThan(0);
    expect(figures?.errorRate).toBeLessThan(0.1);

    const { feeds } = await city.broker().get(FederationStatusService).connection(CITY, parseConnectionId(twin.connection));
    const { latencyMs, errorRate, lastAt } = figures ?? {};
    const expected = { twin: twin.receiver, direction: 'out', protocol: 'webhook', state: 'CONNECTED', delivered: 3 };
    expect(feeds).toEqual([expect.objectContaining({ ...expected, latencyMs, errorRate, lastAt })]);

    const after = await attempts();
    expect([after.accepted - before.accepted, after.endpoint - before.endpoint]).toEqual([3, 2]);
  });

  it('is counted on under other settings, by who holds the slot alone, and anew by an endpoint that is made anew', async () => {
    const twin = await aMoodyTwin();
    await sendNumbers(city.broker(), twin, 0, 2, 2);
    const first = await endpointWhen(city.broker(), twin.receiver, delivered(2));
    expect(first?.figures).toMatchObject({ attempts: 3, failed: 1 });

    await deliverTo(city.broker(), twin.receiver, twin.hook, { maxInFlight: 1 });
    await sendNumbers(city.broker(), twin, 3, 4);
    const second = await endpointWhen(city.broker(), twin.receiver, delivered(3));
    expect(second?.figures).toMatchObject({ attempts: 4, failed: 1 });

    const endpoints = city.broker().get(EndpointRepository);
    const figures = { attempts: 99, delivered: 99, failed: 0, latencyMs: 1, errorRate: 0 };
    await endpoints.count([{ receiver: twin.receiver, revision: second?.revision ?? '', fence: -1, figures }]);
    await endpoints.count([{ receiver: twin.receiver, revision: first?.revision ?? '', fence: await fenceOf(twin.receiver), figures }]);
    expect((await endpoints.find(twin.receiver))?.figures).toEqual(second?.figures);

    const modes = city.broker().get(DeliveryModeService);
    await modes.pull(CITY, twin.receiver);
    expect(deliveryModeView(await modes.read(CITY, twin.receiver))).toEqual({ mode: 'pull' });
    await deliverTo(city.broker(), twin.receiver, twin.hook);
    expect((await endpoints.find(twin.receiver))?.figures).toEqual({});
    await sendNumbers(city.broker(), twin, 5, 6);
    const third = await endpointWhen(city.broker(), twin.receiver, delivered(1));
    expect(third?.figures).toMatchObject({ attempts: 1, failed: 0 });
  });

  it('is written by a broker that stops, and counted on by the next', async () => {
    const twin = await aMoodyTwin();
    await sendNumbers(city.broker(), twin, 0, 2, 2);
    await twin.hook.until(() => twin.hook.received.length >= 3);
    await city.restartBroker(0);
    hurry(city.broker());
    const before = await city.broker().get(EndpointRepository).find(twin.receiver);
    expect(before?.figures).toMatchObject({ attempts: 3, delivered: 2, failed: 1 });

    await sendNumbers(city.broker(), twin, 3, 4);
    const endpoint = await endpointWhen(city.broker(), twin.receiver, delivered(3));
    expect(endpoint?.figures).toMatchObject({ attempts: 4, delivered: 3, failed: 1 });
  });

  async function attempts(): Promise<{ accepted: number; endpoint: number }> {
    const { values } = await city.broker().get(OutboundMetrics).attempts.get();
    const of = (outcome: string): number => values.find(({ labels }) => labels.outcome === outcome)?.value ?? 0;
    return { accepted: of('accepted'), endpoint: of('endpoint') };
  }

  async function fenceOf(receiver: string): Promise<number> {
    const rows = await city
      .broker()
      .database.query<{ fence: string }>('SELECT fence FROM outbound_lease JOIN delivery_endpoint USING (slot) WHERE receiver = $1', [
        receiver,
      ]);
    return Number(rows[0]?.fence);
  }
});
