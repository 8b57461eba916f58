import { aProfile, aRegistry, eventsOf, OPERATOR, organization, type TestRegistry, twinOf } from './registry-fixture.js';

type City = ReturnType<typeof organization>;

describe('handing a twin over', () => {
  let registry: TestRegistry;
  let count = 0;
  beforeAll(async () => {
    registry = await aRegistry();
  });
  afterAll(() => registry.close());

  const twoCities = (): [City, City] => {
    count += 1;
    return [organization(`giver-${count}`), organization(`taker-${count}`)];
  };
  const path = (id: string, rest = ''): string => `/v1/twins/${encodeURIComponent(id)}${rest}`;
  async function ask<T = Record<string, unknown>>(
    by: Parameters<TestRegistry['call']>[0],
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    payload?: object,
  ) {
    const answer = await registry.call(by, { method, url, ...(payload === undefined ? {} : { payload }) });
    return { status: answer.statusCode, body: (answer.body === '' ? undefined : answer.json<T>()) as T };
  }
  async function aTwinOf(city: City, parts = {}): Promise<string> {
    const profile = aProfile(parts);
    await ask(city, 'POST', '/v1/twins', profile);
    return profile.id;
  }

  it('takes an offer and its acceptance, and makes the other organization the owner everywhere', async () => {
    const [giver, taker] = twoCities();
    const profile = aProfile();
    await ask(giver, 'PUT', '/v1/twin-sets/all', { twins: [profile] });
    const { id } = profile;
    await registry.database.query('INSERT INTO twin_circle (twin_id, circle, organization) VALUES ($1, $2, $3)', [
      id,
      'urn:c',
      giver.organization,
    ]);
    const offer = await ask(giver, 'POST', path(id, '/transfer'), { to: taker.organization, note: 'yours now' });
    expect(offer).toMatchObject({
      status: 201,
      body: { state: 'OFFERED', name: profile.name, from: giver.organization, to: taker.organization },
    });
    expect((await ask(giver, 'POST', path(id, '/transfer'), { to: taker.organization, note: 'yours now' })).status).toBe(200);
    expect((await ask(taker, 'GET', path(id))).status).toBe(404);
    expect((await ask(taker, 'GET', '/v1/transfers?side=to&state=OFFERED')).body).toMatchObject({
      items: [{ twin: id, note: 'yours now' }],
    });

    const taken = await ask(taker, 'POST', path(id, '/transfer/accept'));
    expect(taken).toMatchObject({ status: 200, body: { id, owner: taker.organization, version: 2 } });
    expect((await ask(giver, 'GET', path(id))).status).toBe(404);
    expect((await ask(taker, 'POST', path(id, '/transfer/accept'))).body).toMatchObject({ owner: taker.organization, version: 2 });
    expect((await ask(giver, 'GET', path(id, '/transfer'))).body).toMatchObject({ state: 'ACCEPTED' });
    expect((await ask(giver, 'GET', '/v1/twin-sets/all')).body).toMatchObject({ twins: 0 });
    expect(await registry.database.query('SELECT organization FROM twin_circle WHERE twin_id = $1', [id])).toEqual([
      { organization: taker.organization },
    ]);
    expect((await ask(taker, 'GET', `/v1/twins?owner=${taker.organization}`)).body).toMatchObject({ items: [{ id }] });
    const news = (await eventsOf(registry, id)).filter(({ kind }) => kind === 'twin.transferred');
    expect(news).toMatchObject([{ data: { from: giver.organization, to: taker.organization, owner: taker.organization, version: 2 } }]);
    const audited = await registry.database.query<{ chain: string }>(
      `SELECT chain FROM audit_entry WHERE entry::jsonb ->> 'action' = 'twin.transfer' AND entry::jsonb ->> 'subject' = $1 ORDER BY chain`,
      [id],
    );
    expect(audited.map(({ chain }) => chain)).toEqual([giver.organization, taker.organization]);
    // The new owner goes on with it as with any twin of its own.
    expect((await ask(taker, 'PUT', path(id), { ...profile, description: 'mine' })).body).toMatchObject({ version: 3 });
  });

  it('is seen by its two sides and the operator alone', async () => {
    const [giver, taker] = twoCities();
    const id = await aTwinOf(giver, { access: 'listed' });
    await ask(giver, 'POST', path(id, '/transfer'), { to: taker.organization });
    const other = organization('bystander');
    for (const [method, rest] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/accept'],
    ] as const) {
      expect([method, (await ask(other, method, path(id, `/transfer${rest}`))).status]).toEqual([method, 404]);
    }
    expect((await ask(other, 'GET', '/v1/transfers')).body).toEqual({ items: [] });
    expect((await ask(OPERATOR, 'GET', path(id, '/transfer'))).status).toBe(200);
    for (const by of [OPERATOR, twinOf(giver.organization, id)]) {
      expect((await ask(by, 'POST', path(id, '/transfer'), { to: 'bystander' })).status).toBe(403);
    }
    expect((await ask(other, 'POST', path(id, '/transfer'), { to: 'bystander' })).status).toBe(403);
  });

  it('is over once declined, withdrawn, run out, or void because the twin went', async () => {
    const [giver, taker] = twoCities();
    const to = taker.organization;
    const ids = await Promise.all([1, 2, 3, 4].map(() => aTwinOf(giver)));
    const [declined = '', withdrawn = '', late = '', gone = ''] = ids;
    for (const id of ids) expect((await ask(giver, 'POST', path(id, '/transfer'), { to })).status).toBe(201);
    expect((await ask(giver, 'POST', path(declined, '/transfer'), { to: 'bystander' })).status).toBe(409);
    expect((await ask(giver, 'POST', path(declined, '/transfer'), { to: giver.organization })).status).toBe(409);
    expect((await ask(taker, 'DELETE', path(declined, '/transfer'))).status).toBe(204);
    expect((await ask(giver, 'DELETE', path(withdrawn, '/transfer'))).status).toBe(204);
    await registry.database.query(`UPDATE twin_transfer SET expires_at = now() - interval '1 s' WHERE twin_id = $1`, [late]);
    await ask(giver, 'DELETE', path(gone));
    const states = await Promise.all(ids.map((id) => ask(taker, 'GET', path(id, '/transfer'))));
    expect(states.map(({ body }) => body['state'])).toEqual(['DECLINED', 'WITHDRAWN', 'EXPIRED', 'VOID']);
    for (const id of ids) {
      expect(await ask(taker, 'POST', path(id, '/transfer/accept'))).toMatchObject({
        status: 410,
        body: { type: 'urn:twinfed:problem:expired' },
      });
    }
    expect((await ask(giver, 'GET', path(declined))).body).toMatchObject({ owner: giver.organization, version: 1 });
    // Another offer can be made where the former fell by itself.
    expect((await ask(giver, 'POST', path(late, '/transfer'), { to })).status).toBe(201);
    expect((await ask(taker, 'POST', path(late, '/transfer/accept'))).status).toBe(200);
  });

  it('has one outcome when acceptance, withdrawal and deregistration meet in two brokers', async () => {
    const another = await registry.another();
    try {
      const [giver, taker] = twoCities();
      for (let round = 0; round < 12; round += 1) {
        const id = await aTwinOf(giver);
        await ask(giver, 'POST', path(id, '/transfer'), { to: taker.organization });
        const rivals = [
          registry.call(taker, { method: 'POST', url: path(id, '/transfer/accept') }),
          another.call(giver, { method: 'DELETE', url: path(id, '/transfer') }),
          ...(round % 2 === 0 ? [another.call(giver, { method: 'DELETE', url: path(id) })] : []),
        ];
        const [accepted, withdrawn, deregistered] = (await Promise.all(rivals)).map(({ statusCode }) => statusCode);
        const rows = await registry.database.query<{ owner: string; registration: string }>(
          'SELECT owner, registration FROM twin WHERE id = $1',
          [id],
        );
        const { state } = (await ask(giver, 'GET', path(id, '/transfer'))).body;
        expect(withdrawn).toBe(204);
        if (accepted === 200) {
          expect([state, rows]).toEqual(['ACCEPTED', [{ owner: taker.organization, registration: 'REGISTERED' }]]);
          expect([undefined, 403, 404]).toContain(deregistered);
        } else {
          expect(accepted).toBe(410);
          expect(['WITHDRAWN', 'VOID']).toContain(state);
          expect(rows[0]?.owner).toBe(giver.organization);
        }
      }
    } finally {
      await another.close();
    }
  });

  it('refuses what is no offer', async () => {
    const [giver] = twoCities();
    const id = await aTwinOf(giver);
    for (const body of [{}, { to: 'No Slug' }, { to: 'a', expiresInSeconds: 1 }, { to: 'a', note: 'two\nlines' }, { to: 'a', extra: 1 }]) {
      expect((await ask(giver, 'POST', path(id, '/transfer'), body)).body).toMatchObject({ type: 'urn:twinfed:problem:validation-failed' });
    }
    expect((await ask(giver, 'POST', path('urn:test:nobody', '/transfer'), { to: 'a' })).status).toBe(404);
    expect((await ask(giver, 'GET', '/v1/transfers?cursor=forged')).body).toMatchObject({ type: 'urn:twinfed:problem:invalid-cursor' });
  });

  it('lets an organization consent beforehand, and think better of it', async () => {
    const [giver, taker] = twoCities();
    const consent = `/v1/transfers/consents/${giver.organization}`;
    expect((await ask(taker, 'PUT', consent, { expiresInSeconds: 600 })).body).toMatchObject({ from: giver.organization });
    expect((await ask(taker, 'PUT', consent)).status).toBe(200);
    expect((await ask(taker, 'GET', '/v1/transfers/consents')).body).toMatchObject({ items: [{ from: giver.organization }] });
    expect((await ask(giver, 'PUT', consent)).status).toBe(409);
    for (let time = 0; time < 2; time += 1) expect((await ask(taker, 'DELETE', consent)).status).toBe(204);
    expect((await ask(taker, 'GET', '/v1/transfers/consents')).body).toEqual({ items: [] });
  });
});
