import type { ApplyPlanDto } from '../../src/registry/apply/dto/twin-set.dto.js';
import { aProfile, aRegistry, OPERATOR, organization, type TestRegistry, twinOf } from './registry-fixture.js';

interface Problem {
  type: string;
  plan?: string;
  errors?: { pointer: string; detail: string }[];
  refused?: { id?: string; pointer?: string; problem: { type: string } }[];
}

describe('applying a set of profiles', () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await aRegistry();
  });
  afterAll(() => registry.close());

  let count = 0;
  const aCity = () => organization(`apply-${(count += 1)}`);

  async function apply<T = ApplyPlanDto>(
    by: ReturnType<typeof aCity>,
    twins: unknown[],
    query = '',
    set = 'city',
  ): Promise<{ status: number; body: T }> {
    const answer = await registry.call(by, { method: 'PUT', url: `/v1/twin-sets/${set}${query}`, payload: { twins } });
    return { status: answer.statusCode, body: answer.json<T>() };
  }
  const actions = ({ items }: ApplyPlanDto): [string | undefined, string][] => items.map(({ id, action }) => [id, action]);
  const readTwin = async (by: ReturnType<typeof aCity>, id: string): Promise<{ status: number; body: Record<string, unknown> }> => {
    const answer = await registry.call(by, { method: 'GET', url: `/v1/twins/${encodeURIComponent(id)}` });
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
  };

  it('registers, changes, leaves alone and removes, and tells all of that before', async () => {
    const city = aCity();
    const [one, two, three, four] = [aProfile({ labels: { a: '1' } }), aProfile(), aProfile(), aProfile()];
    const first = await apply(city, [one, two, three], '?dryRun=true');
    expect(first).toMatchObject({ status: 200, body: { applied: false, counts: { create: 3 } } });
    expect((await readTwin(city, one.id)).status).toBe(404);
    expect((await registry.call(city, { method: 'GET', url: '/v1/twin-sets/city' })).statusCode).toBe(404);

    expect((await apply(city, [one, two, three])).body).toMatchObject({ applied: true, plan: first.body.plan, counts: { create: 3 } });
    const changed = { ...one, labels: { a: '2' } };
    const plan = await apply(city, [two, changed, four], '?dryRun=true');
    expect(actions(plan.body)).toEqual([
      [one.id, 'change'],
      [two.id, 'nothing'],
      [three.id, 'remove'],
      [four.id, 'create'],
    ]);
    expect(plan.body.items[0]).toMatchObject({ differences: [{ pointer: '/labels/a', change: 'changed' }], patch: { labels: { a: '2' } } });
    expect((await readTwin(city, one.id)).body).toMatchObject({ version: 1, labels: { a: '1' } });

    const done = await apply(city, [two, changed, four], `?plan=${plan.body.plan}`);
    expect(done.body).toMatchObject({ applied: true, counts: { create: 1, change: 1, nothing: 1, remove: 1 } });
    expect((await readTwin(city, one.id)).body).toMatchObject({ version: 2, labels: { a: '2' } });
    expect((await readTwin(city, three.id)).status).toBe(404);
    const set = await registry.call(city, { method: 'GET', url: '/v1/twin-sets/city' });
    expect(set.json()).toMatchObject({ name: 'city', twins: 3, members: [{ id: one.id }, { id: two.id }, { id: four.id }] });

    const again = await apply(city, [four, two, changed]);
    expect(again.body.counts).toMatchObject({ create: 0, change: 0, remove: 0, nothing: 3 });
  });

  it('changes nothing when one twin is refused, and names each with its place', async () => {
    const city = aCity();
    const stranger = organization('apply-stranger');
    const taken = aProfile();
    await registry.call(stranger, { method: 'POST', url: '/v1/twins', payload: taken });
    const good = aProfile();
    const twins = [good, { ...taken }, { name: 'no id', domain: 'air' }, { ...aProfile(), domain: 'Not A Domain' }, good];
    const refused = await apply<Problem>(city, twins);
    expect(refused.status).toBe(409);
    expect(refused.body.type).toBe('urn:twinfed:problem:apply-refused');
    expect(refused.body.refused?.map(({ pointer }) => pointer).toSorted()).toEqual(['/twins/1', '/twins/2', '/twins/3', '/twins/4']);
    expect(refused.body.errors?.map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining(['/twins/2/id', '/twins/3/domain', '/twins/4/id']),
    );
    expect((await readTwin(city, good.id)).status).toBe(404);
    const plan = await apply(city, twins, '?dryRun=true');
    expect(plan).toMatchObject({ status: 200, body: { applied: false, counts: { create: 1, refused: 4 } } });
  });

  it('takes over a twin of a hand or of another set only when asked', async () => {
    const city = aCity();
    const [byHand, ofOther] = [aProfile(), aProfile()];
    await registry.call(city, { method: 'POST', url: '/v1/twins', payload: byHand });
    await apply(city, [ofOther], '', 'other');
    const refused = await apply<Problem>(city, [byHand, ofOther]);
    expect(refused.status).toBe(409);
    expect(refused.body.refused?.map(({ id, problem }) => [id, problem.type])).toEqual([
      [byHand.id, 'urn:twinfed:problem:state-conflict'],
      [ofOther.id, 'urn:twinfed:problem:state-conflict'],
    ]);
    const adopted = await apply(city, [byHand, ofOther], '?adopt=true');
    expect(adopted.body.items).toMatchObject([
      { action: 'nothing', adoptedFrom: {} },
      { action: 'nothing', adoptedFrom: { set: 'other' } },
    ]);
    expect((await registry.call(city, { method: 'GET', url: '/v1/twin-sets/other' })).json()).toMatchObject({ twins: 0 });
    // The set that lost it neither changes nor removes it any more.
    expect((await apply(city, [aProfile()], '', 'other')).body.counts).toMatchObject({ create: 1, remove: 0 });
    expect((await readTwin(city, ofOther.id)).status).toBe(200);
  });

  it('keeps what the body has not when asked to, and lets go of a twin that left by itself', async () => {
    const city = aCity();
    const [one, two] = [aProfile(), aProfile()];
    await apply(city, [one, two]);
    expect(actions((await apply(city, [one], '?prune=false')).body)).toEqual([
      [one.id, 'nothing'],
      [two.id, 'keep'],
    ]);
    await registry.call(city, { method: 'DELETE', url: `/v1/twins/${encodeURIComponent(two.id)}` });
    await registry.call(city, { method: 'POST', url: '/v1/twins', payload: two });
    // Registered anew by hand: it is not of the set, and so is not removed.
    expect(actions((await apply(city, [one])).body)).toEqual([[one.id, 'nothing']]);
    expect((await readTwin(city, two.id)).status).toBe(200);
  });

  it('applies exactly the plan that was seen, or nothing', async () => {
    const city = aCity();
    const twin = aProfile();
    await apply(city, [twin]);
    const changed = { ...twin, description: 'by the set' };
    const seen = await apply(city, [changed], '?dryRun=true');
    await registry.call(city, {
      method: 'PUT',
      url: `/v1/twins/${encodeURIComponent(twin.id)}`,
      payload: { ...twin, description: 'by hand' },
    });
    const late = await apply<Problem>(city, [changed], `?plan=${seen.body.plan}`);
    expect(late).toMatchObject({ status: 409, body: { type: 'urn:twinfed:problem:plan-changed' } });
    expect((await readTwin(city, twin.id)).body).toMatchObject({ version: 2, description: 'by hand' });
    expect((await apply(city, [changed], `?plan=${String(late.body.plan)}`)).status).toBe(200);
  });

  it('sees a lease that is asked for as a change, and its renewal as none', async () => {
    const city = aCity();
    const twin = aProfile();
    await apply(city, [twin]);
    const leased = { ...twin, lease: { ttlSeconds: 600 } };
    expect((await apply(city, [leased])).body.items).toMatchObject([
      { action: 'change', differences: [{ pointer: '/lease', change: 'added' }] },
    ]);
    expect((await apply(city, [leased])).body.counts).toMatchObject({ nothing: 1, change: 0 });
  });

  it('ends a set with its twins or without them', async () => {
    const city = aCity();
    const [one, two] = [aProfile(), aProfile()];
    await apply(city, [one], '', 'kept');
    await apply(city, [two], '', 'removed');
    const end = (set: string): Promise<number> =>
      registry.call(city, { method: 'DELETE', url: `/v1/twin-sets/${set}` }).then((answer) => answer.statusCode);
    expect(await end('kept')).toBe(204);
    expect(await end('removed?twins=remove')).toBe(204);
    expect([(await readTwin(city, one.id)).status, (await readTwin(city, two.id)).status]).toEqual([200, 404]);
    expect(await end('kept')).toBe(404);
    const sets = await registry.call(city, { method: 'GET', url: '/v1/twin-sets' });
    expect(sets.json()).toEqual({ items: [] });
  });

  it('is for organizations, and knows other organizations’ sets nothing of', async () => {
    const city = aCity();
    await apply(city, [aProfile()]);
    for (const other of [OPERATOR, twinOf('apply-1', 'urn:test:twin:x')]) {
      expect((await registry.call(other, { method: 'GET', url: '/v1/twin-sets' })).statusCode).toBe(403);
    }
    expect((await registry.call(aCity(), { method: 'GET', url: '/v1/twin-sets/city' })).statusCode).toBe(404);
  });

  it('refuses what is no set', async () => {
    const city = aCity();
    const bodies: [unknown, string][] = [
      [{ twins: [] }, 'city'],
      [{ twins: 'all' }, 'city'],
      [{}, 'city'],
      [{ twins: Array.from({ length: 1001 }, () => ({})) }, 'city'],
      [{ twins: [aProfile()] }, 'City!'],
      [{ twins: [aProfile()] }, 'city?dryRun=yes'],
      [{ twins: [aProfile()] }, 'city?plan=short'],
    ];
    for (const [payload, path] of bodies) {
      const answer = await registry.call(city, { method: 'PUT', url: `/v1/twin-sets/${path}`, payload: payload as object });
      expect([path, answer.statusCode, answer.json<Problem>().type]).toEqual([path, 400, 'urn:twinfed:problem:validation-failed']);
    }
    const odd = await apply<Problem>(city, [null, 7, [], 'x', { id: 5 }]);
    expect(odd.status).toBe(409);
    expect(odd.body.refused).toHaveLength(5);
  });

  it('is one of two applications that come together, never a mix, in two brokers', async () => {
    const another = await registry.another();
    try {
      const city = aCity();
      const [shared, onlyA, onlyB] = [aProfile(), aProfile(), aProfile()];
      const sets = [
        [{ ...shared, description: 'A' }, onlyA],
        [{ ...shared, description: 'B' }, onlyB],
      ];
      for (let round = 0; round < 10; round += 1) {
        const answers = await Promise.all(
          sets.map((twins, index) =>
            (index === 0 ? registry : another).call(city, { method: 'PUT', url: '/v1/twin-sets/race', payload: { twins } }),
          ),
        );
        expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
        const { body } = await readTwin(city, shared.id);
        const members = (await registry.call(city, { method: 'GET', url: '/v1/twin-sets/race' })).json<{ members: { id: string }[] }>()
          .members;
        const only = body.description === 'A' ? onlyA : onlyB;
        expect(members.map(({ id }) => id)).toEqual([shared.id, only.id].toSorted());
      }
    } finally {
      await another.close();
    }
  });
});
