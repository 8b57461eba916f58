import { IncidentQuota } from '../../src/exchange/lane/incident-quota.js';
import { IncidentRightService } from '../../src/exchange/lane/incident-right.service.js';
import { InboxService } from '../../src/exchange/inbox/inbox.service.js';
import { parseOrganizationId, type TwinId } from '../../src/kernel/ids.js';
import type { Principal } from '../../src/security/principal.js';
import { CITY, numbers, provide, TestCity } from './exchange-fixture.js';

const OPERATOR: Principal = { kind: 'operator', subject: 'operator' };
const ORGANIZATION = parseOrganizationId('city');

describe('the lane incident', () => {
  let city: TestCity;

  beforeAll(async () => {
    city = await TestCity.build(2, { incidentQuotaPerMinute: 1_000_000 });
  });

  afterAll(async () => {
    await city.close();
  });

  async function aPair(): Promise<{ receiver: TwinId; sender: TwinId }> {
    const [receiver, sender] = [await city.aTwin('receiver'), await city.aTwin('sender')];
    await city.connect(receiver, sender);
    return { receiver, sender };
  }

  async function grant(perMinute: number | undefined): Promise<void> {
    await city.broker(0).get(IncidentRightService).grant(OPERATOR, ORGANIZATION, perMinute);
    for (const broker of city.brokers) {
      while ((await broker.get(IncidentQuota).perMinute(ORGANIZATION)) !== (perMinute ?? 1_000_000)) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  it('overtakes 20,000 waiting bulk messages, while they still move', async () => {
    const { receiver, sender } = await aPair();
    await city.broker(0).send(provide(sender, receiver, 0, { lane: 'bulk' }));
    await city.broker(0).database.query(
      `INSERT INTO message_log (channel, lane, position, ordering_key, sender, message_id, kind, request_segment, connection_id, plan_version, accepted_at,
                                expires_at, envelope, payload, not_before, traits)
       SELECT channel, lane, nextval('message_position'), ordering_key, sender, 'bulk-' || n, kind, request_segment, connection_id, plan_version, accepted_at,
              expires_at, envelope, payload, not_before, traits
         FROM message_log, generate_series(1, 19999) AS n WHERE channel = $1 AND lane = 2`,
      [receiver],
    );
    for (let n = 1; n <= 30; n += 1) await city.broker(n % 2).send(provide(sender, receiver, n, { lane: 'incident' }));
    const claims: number[][] = [];
    for (let n = 0; n < 2; n += 1) {
      const claim = await city.broker(1).claim(receiver, { max: 20 });
      claims.push(numbers(claim));
      await city.broker(1).get(InboxService).ack(receiver, { leaseToken: claim.token });
    }
    const incidents = claims.map((each) => each.filter((n) => n > 0).length);
    expect(incidents[0]).toBe(18);
    expect(incidents[1]).toBe(12);
    expect(claims.flat().filter((n) => n > 0)).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
    expect(claims.map((each) => each.filter((n) => n === 0).length)).toEqual([2, 8]);
  });

  it('is refused beyond the quota of the organization over both brokers, with few writes; other lanes flow', async () => {
    const { receiver, sender } = await aPair();
    await city.broker().database.query('DELETE FROM incident_use');
    await grant(40);
    const outcomes = { accepted: 0, refused: 0 };
    const before = Math.floor(city.broker().database.clock.now() / 60_000);
    for (let n = 0; n < 60; n += 1) {
      try {
        await city.broker(n % 2).send(provide(sender, receiver, n, { lane: 'incident' }));
        outcomes.accepted += 1;
      } catch (error) {
        expect(error).toMatchObject({ code: 'rate-limited', pointer: '/header/lane' });
        outcomes.refused += 1;
      }
    }
    const minutes = Math.floor(city.broker().database.clock.now() / 60_000) - before + 1;
    expect(outcomes.accepted).toBeLessThanOrEqual(40 * minutes);
    expect(outcomes.accepted).toBeGreaterThan(30);
    if (minutes === 1) expect(outcomes.refused).toBeGreaterThan(0);
    await city.broker(0).send(provide(sender, receiver, 99, { lane: 'bulk' }));
  });

  it('is a right: with a quota of 0 it is forbidden, until it is granted again or the default counts', async () => {
    const { receiver, sender } = await aPair();
    await grant(0);
    const message = (): object => provide(sender, receiver, 1, { lane: 'incident' });
    await expect(city.broker(1).send(message())).rejects.toMatchObject({ code: 'forbidden', pointer: '/header/lane' });
    await grant(undefined);
    await city.broker(1).send(message());
    expect(await city.broker(1).get(IncidentRightService).read(OPERATOR, ORGANIZATION)).toEqual({
      organization: 'city',
      perMinute: 1_000_000,
      granted: false,
    });
    await expect(city.broker(1).get(IncidentRightService).grant(OPERATOR, parseOrganizationId('nobody'), 1)).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(city.broker(1).get(IncidentRightService).read(CITY, parseOrganizationId('nobody'))).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});
