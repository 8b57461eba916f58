import { ConnectionService } from '../../src/federation/connection.service.js';
import { ViewStatusService } from '../../src/alignment/view/view-status.service.js';
import { parseConnectionId } from '../../src/kernel/ids.js';
import { SubscriptionService } from '../../src/exchange/subscription/subscription.service.js';
import { CITY, TestCity } from './exchange-fixture.js';
import { hurryViews, JoinedTwins, joinerOf, observe, publishedOf, slotsWhen } from './view-fixture.js';

// Slots last a second at least, and pass.

const COLUMN = { name: 'speed', pointer: '/n', aggregation: 'mean', unit: 'km/h' };
const LATENESS = { delayMs: 200, idleMs: 300 };

describe('a view', () => {
  let city: TestCity;
  beforeAll(async () => {
    city = await TestCity.build(1);
    hurryViews(city.broker());
  });
  afterAll(() => city.close());

  it('joins several twins slot by slot, in its own units, and publishes each slot on its host’s feature', async () => {
    const joined = await JoinedTwins.around(city);
    const [metric, imperial, silent] = [
      await joined.member({ unit: 'm/s' }),
      await joined.member({ unit: '[mi_i]/h' }),
      await joined.member({ unit: 'km/h' }),
    ];
    const members = [metric, imperial, silent].map((twin) => ({ twin, feature: 'flow' }));
    const view = await joined.view({ slotMs: 1_000, columns: [{ ...COLUMN, members }], lateness: LATENESS });
    await joinerOf(city, view);
    const from = Math.floor(Date.now() / 1_000) * 1_000 + 1_000;
    await observe(city.broker(), metric, 10, from + 10);
    await observe(city.broker(), metric, 20, from + 900);
    await observe(city.broker(), imperial, 100, from + 500);
    const slots = await slotsWhen(city.broker(), view, (found) => found.some(({ slot }) => Date.parse(slot.from) === from));
    const slot = slots.find((each) => Date.parse(each.slot.from) === from);
    expect(slot).toMatchObject({
      view: view.id,
      version: 1,
      revision: 0,
      missingCount: 1,
      missing: [{ twin: silent, column: 'speed', reason: 'no-value' }],
    });
    const speeds = Object.fromEntries((slot?.rows ?? []).map(({ twin = '', values }) => [twin, values['speed']]));
    expect(speeds[metric]).toBeCloseTo(54, 9);
    expect(speeds[imperial]).toBeCloseTo(160.9344, 9);
    expect(await publishedOf(city.broker(), view)).toContainEqual(slot);
  });

  it('is a feature that others subscribe to, and get a NOTIFY of for each slot', async () => {
    const joined = await JoinedTwins.around(city);
    const member = await joined.member({ unit: 'm/s' });
    const view = await joined.view({
      slotMs: 1_000,
      feature: 'joinedSpeed',
      columns: [{ ...COLUMN, members: [{ twin: member, feature: 'flow' }] }],
      rows: { by: 'all' },
      lateness: LATENESS,
    });
    const app = await joined.member();
    const id = 'urn:test:connection:' + app.slice(-12);
    const connections = city.broker().get(ConnectionService);
    const features = [{ twin: joined.host, name: 'joinedSpeed' }];
    await connections.request(CITY, { id, federationId: joined.federationId, requester: app, responder: joined.host, features });
    await connections.accept(CITY, parseConnectionId(id));
    await city
      .broker()
      .get(SubscriptionService)
      .subscribe(CITY, app, { objectType: 'data', objectId: 'joinedSpeed', provider: joined.host });
    await joinerOf(city, view);
    const from = Math.floor(Date.now() / 1_000) * 1_000 + 1_000;
    await observe(city.broker(), member, 10, from + 10);
    await slotsWhen(city.broker(), view, (found) => found.some(({ slot }) => Date.parse(slot.from) === from));
    const { deliveries } = await city.broker().claim(app);
    const told = deliveries.map(({ candidate }) => JSON.parse(candidate.payload ?? '{}') as { rows?: object[]; slot?: { from: string } });
    expect(told.find(({ slot }) => slot?.from === new Date(from).toISOString())?.rows).toEqual([
      { values: { speed: 36 }, members: { speed: 1 } },
    ]);
  });

  it('takes in who is connected later where it selects, and says why others are missing', async () => {
    const joined = await JoinedTwins.around(city);
    const first = await joined.member({ unit: 'km/h' });
    const later = await joined.member({ unit: 'km/h', connected: false });
    const view = await joined.view({
      slotMs: 1_000,
      columns: [{ ...COLUMN, select: { domain: 'traffic', feature: 'flow' } }],
      lateness: LATENESS,
    });
    const broker = await joinerOf(city, view);
    const status = broker.get(ViewStatusService);
    expect(await status.of(view)).toMatchObject({ condition: 'running', joined: 1, missingCount: 0 });
    const connection = await joined.connect(later);
    expect(await status.of(view)).toMatchObject({ joined: 2 });
    await slotsWhen(broker, view, (found) => found.at(-1)?.missingCount === 2);
    await broker.database.query(`UPDATE twin_lease SET status = 'SUSPENDED' WHERE twin_id = $1`, [first]);
    await broker.get(ConnectionService).release(CITY, parseConnectionId(connection));
    const slots = await slotsWhen(broker, view, (found) => found.at(-1)?.missing[0]?.reason === 'twin-suspended');
    expect(slots.at(-1)?.missing).toEqual([{ twin: first, column: 'speed', reason: 'twin-suspended' }]);
  });

  it('corrects a slot for what comes late, with a greater revision, and counts what comes too late', async () => {
    const joined = await JoinedTwins.around(city);
    const member = await joined.member({ unit: 'km/h' });
    const view = await joined.view({
      slotMs: 1_000,
      columns: [{ ...COLUMN, members: [{ twin: member, feature: 'flow' }], holdMs: 1_500 }],
      lateness: { ...LATENESS, policy: 'correct', correctMs: 60_000 },
    });
    const broker = await joinerOf(city, view);
    const from = Math.floor(Date.now() / 1_000) * 1_000 + 1_000;
    await observe(broker, member, 10, from + 100);
    await slotsWhen(broker, view, (found) => found.some(({ slot }) => Date.parse(slot.from) === from + 1_000));
    await observe(broker, member, 30, from + 900);
    await observe(broker, member, 1, from - 120_000);
    const slots = await slotsWhen(broker, view, (found) =>
      found.some(({ slot, revision }) => Date.parse(slot.from) === from && revision > 0),
    );
    const of = (begin: number, list: typeof slots) => list.filter(({ slot }) => Date.parse(slot.from) === begin);
    expect(of(from, slots)).toMatchObject([{ revision: 1, rows: [{ values: { speed: 20 } }] }]);
    expect(of(from + 1_000, slots)).toMatchObject([{ revision: 1, rows: [{ values: { speed: 30 }, held: ['speed'] }] }]);
    expect(of(from, await publishedOf(broker, view))).toMatchObject([
      { revision: 0, rows: [{ values: { speed: 10 } }] },
      { revision: 1, rows: [{ values: { speed: 20 } }] },
    ]);
    const { figures } = await broker.get(ViewStatusService).of(view);
    expect(figures).toMatchObject({ counted: 1, corrected: 1, late: 1 });
  });

  it('gives each place the value of the nearest twin, or all of those within', async () => {
    const joined = await JoinedTwins.around(city);
    const at = (longitude: number) => ({ area: { type: 'Point', coordinates: [longitude, 51.5] } });
    const [near, far] = [
      await joined.member({ unit: 'km/h', coverage: at(0.01) }),
      await joined.member({ unit: 'km/h', coverage: at(0.05) }),
    ];
    const columns = [{ ...COLUMN, members: [near, far].map((twin) => ({ twin, feature: 'flow' })) }];
    const places = [{ id: 'urn:test:place', ...at(0) }];
    const lateness = LATENESS;
    const nearest = await joined.view({ slotMs: 1_000, columns, lateness, rows: { by: 'place', join: 'nearest', places } });
    const within = await joined.view({
      slotMs: 1_000,
      columns,
      lateness,
      rows: { by: 'place', join: 'within', maxMeters: 10_000, places },
    });
    await joinerOf(city, nearest);
    const broker = await joinerOf(city, within);
    const from = Math.floor(Date.now() / 1_000) * 1_000 + 1_000;
    await observe(broker, near, 10, from);
    await observe(broker, far, 30, from);
    const slotAt = async (view: typeof nearest) =>
      (await slotsWhen(broker, view, (found) => found.some(({ slot }) => Date.parse(slot.from) === from))).find(
        ({ slot }) => Date.parse(slot.from) === from,
      );
    expect((await slotAt(nearest))?.rows).toMatchObject([
      { place: 'urn:test:place', values: { speed: 10 }, nearest: { speed: { twin: near } } },
    ]);
    expect((await slotAt(within))?.rows).toEqual([{ place: 'urn:test:place', values: { speed: 20 }, members: { speed: 2 } }]);
  });

  it('joins values in the form in which its host gets them: adapted by the plan of the connection, and decoded', async () => {
    const schemaIn = (unit: string): object => ({ type: 'object', properties: { n: { type: 'number', 'x-unit': unit } } });
    const joined = await JoinedTwins.around(city, { needs: [{ kind: 'data', name: 'flow', schema: schemaIn('km/h') }] });
    const metric = await joined.member({ schema: schemaIn('m/s') });
    const plain = await JoinedTwins.around(city);
    const binary = await plain.member({ unit: 'm/s', format: 'cbor' });
    const columns = (twin: string) => [{ ...COLUMN, members: [{ twin, feature: 'flow' }] }];
    const adapted = await joined.view({ slotMs: 1_000, columns: columns(metric), rows: { by: 'all' }, lateness: LATENESS });
    const decoded = await plain.view({ slotMs: 1_000, columns: columns(binary), rows: { by: 'all' }, lateness: LATENESS });
    await joinerOf(city, adapted);
    const broker = await joinerOf(city, decoded);
    const from = Math.floor(Date.now() / 1_000) * 1_000 + 1_000;
    await observe(broker, metric, 10, from);
    // {"n": 5} in CBOR.
    await observe(broker, binary, 5, from, 'oWFuBQ');
    for (const [view, speed] of [
      [adapted, 36],
      [decoded, 18],
    ] as const) {
      const slots = await slotsWhen(broker, view, (found) => found.some(({ slot }) => Date.parse(slot.from) === from));
      expect(slots.find(({ slot }) => Date.parse(slot.from) === from)?.rows).toEqual([{ values: { speed }, members: { speed: 1 } }]);
    }
  });
});
