import type { Answer } from './support/http-client.js';
import { expectRefusal, twinPath } from './support/refusals.js';
import { RunningBroker } from './support/running-broker.js';
import { CONNECTION, FEDERATION, FIRE, LADDER, SECRET, TRAFFIC, TwoCities } from './support/two-cities.js';

const NOBODY = 'urn:example:twin:nobody';
const ANY = { 'if-match': '*' };
const EVIL = { name: 'Evil', domain: 'traffic' };
const federationPath = (rest = ''): string => `/v1/federations/${encodeURIComponent(FEDERATION)}${rest}`;
const connectionPath = (rest = ''): string => `/v1/connections/${encodeURIComponent(CONNECTION)}${rest}`;

type Call = [method: string, path: string, body?: unknown];

/** Everything that one can try on a twin. */
const ON_A_TWIN: Call[] = [
  ['GET', ''],
  ['PATCH', '', { name: 'Evil' }],
  ['DELETE', ''],
  ['PUT', '/lease'],
  ['GET', '/inbox'],
  ['POST', '/inbox/claims', {}],
  ['POST', '/inbox/acks', { claimId: 'a' }],
  ['POST', '/inbox/nacks', { claimId: 'a' }],
  ['POST', '/inbox/extensions', { claimId: 'a', leaseSeconds: 60 }],
  ['GET', '/inbox/stream?maxSeconds=1'],
  ['GET', '/inbox/dead-letters'],
  ['GET', '/credentials'],
  ['POST', '/credentials', {}],
  ['DELETE', '/credentials/a'],
  ['GET', '/subscriptions'],
  ['PUT', '/subscriptions/a', { objectType: 'digitalTwin', objectId: FIRE }],
  ['DELETE', '/subscriptions/a'],
  ['GET', '/features/anything/value'],
];

describe('callers who may not', () => {
  let broker: RunningBroker;
  let cities: TwoCities;
  let operator: string;
  let fireTwin: string;
  let stranger: string;
  let before: string;
  beforeAll(async () => {
    broker = await RunningBroker.start();
    cities = await TwoCities.in(broker);
    operator = await broker.operatorToken();
    const made = await broker.api<{ clientId: string; clientSecret: string }>(
      'POST',
      twinPath(FIRE, '/credentials'),
      {},
      cities.fire.token,
    );
    fireTwin = await broker.tokenFor(made.body.clientId, made.body.clientSecret);
    stranger = (await broker.createOrganization()).token;
    before = await everything();
  });
  afterEach(async () => expect(await everything()).toBe(before));
  afterAll(() => broker.close());

  /** All that could have been changed. */
  async function everything(): Promise<string> {
    const paths = ['/v1/twins', '/v1/federations', '/v1/connections', '/v1/organizations', federationPath('/members')];
    const seen = await Promise.all(paths.map((path) => broker.api('GET', path, undefined, operator)));
    // When a twin was last seen changes by looking: the inboxes are read in its name.
    const lasting = (key: string, value: unknown): unknown => (key === 'presence' ? undefined : value);
    return JSON.stringify([...seen.map(({ body }) => body), await cities.inboxes()], lasting);
  }

  const call = ([method, path, body]: Call, token: string): Promise<Answer> => broker.api(method, path, body, token, ANY);

  it.each(ON_A_TWIN)('see no private twin of strangers: %s %s', async (...[method, beneath, body]) => {
    const answer = await call([method, twinPath(SECRET, beneath), body], cities.fire.token);
    expectRefusal(answer, 404, 'not-found');
    // Nor can they tell it from one that does not exist.
    const nobody = await call([method, twinPath(NOBODY, beneath), body], cities.fire.token);
    const told = ({ body: problem }: Answer): string => JSON.stringify({ ...(problem as object), instance: '' }).replaceAll(NOBODY, SECRET);
    expect(told(answer)).toBe(told(nobody));
    expectRefusal(await call([method, twinPath(SECRET, beneath), body], fireTwin), 404, 'not-found');
  });

  it('find no private twin of strangers, nor bring one into a federation or connection', async () => {
    const { token } = cities.fire;
    const found = await broker.api('POST', '/v1/discovery/search', { owner: 'traffic' }, token);
    expect(found).toMatchObject({ status: 200, body: { items: [{ id: TRAFFIC }] } });
    for (const query of [
      `twins?owner=traffic`,
      `connections?twin=${encodeURIComponent(SECRET)}`,
      `federations?member=${encodeURIComponent(SECRET)}`,
    ]) {
      expect((await broker.api('GET', `/v1/${query}`, undefined, token)).body).not.toMatchObject({ items: [{ id: SECRET }] });
    }
    const federation = { id: 'urn:x:f', purpose: 'Evil', initiator: FIRE };
    expectRefusal(await call(['POST', federationPath('/invitations'), { twin: SECRET }], token), 404, 'not-found', '/twin');
    expectRefusal(
      await call(['POST', '/v1/federations', { ...federation, invitations: [{ twin: SECRET }] }], token),
      404,
      'not-found',
      '/invitations/0/twin',
    );
    expectRefusal(await call(['POST', '/v1/federations', { ...federation, initiator: SECRET }], token), 404, 'not-found', '/initiator');
    const connection = { federationId: FEDERATION, requester: FIRE, responder: SECRET, features: [{ twin: FIRE, name: 'anything' }] };
    expectRefusal(await call(['POST', '/v1/connections', connection], token), 404, 'not-found', '/responder');
    expectRefusal(await call(['GET', `/v1/messages/a?sender=${encodeURIComponent(SECRET)}`], token), 404, 'not-found');
  });

  it('learn of publishing for a private twin only what they learn of nobody', async () => {
    const [secret, nobody] = await Promise.all(
      [SECRET, NOBODY].map((id) => call(['PUT', twinPath(id, '/features/anything/value'), 1], cities.fire.token)),
    );
    expectRefusal(secret as Answer, 403, 'forbidden', '/header/sender/id');
    expectRefusal(nobody as Answer, 403, 'forbidden', '/header/sender/id');
  });

  it.each(ON_A_TWIN.filter(([method, path]) => !(method === 'GET' && (path === '' || path.startsWith('/features')))))(
    'see a listed twin of another organization, and may do nothing to it: %s %s',
    async (...[method, beneath, body]) => {
      expectRefusal(await call([method, twinPath(TRAFFIC, beneath), body], cities.fire.token), 403, 'forbidden');
    },
  );

  it.each(ON_A_TWIN.filter(([method, path]) => !(method === 'GET' && path === '')))(
    'run the broker, and act for no twin: %s %s',
    async (...[method, beneath, body]) => {
      const answer = await call([method, twinPath(FIRE, beneath), body], operator);
      expectRefusal(answer, 403, beneath.startsWith('/features') ? 'policy-denied' : 'forbidden');
    },
  );

  it('run the broker, and neither register, form, connect nor send', async () => {
    expectRefusal(await call(['POST', '/v1/twins', EVIL], operator), 403, 'forbidden');
    expectRefusal(await call(['PUT', twinPath(NOBODY), EVIL], operator), 403, 'forbidden');
    expectRefusal(await call(['PUT', twinPath(FIRE), EVIL], operator), 403, 'forbidden');
    expectRefusal(await call(['POST', '/v1/federations', { purpose: 'Evil', initiator: FIRE }], operator), 403, 'forbidden');
    expectRefusal(await call(['POST', federationPath('/invitations'), { twin: LADDER }], operator), 403, 'forbidden');
    expectRefusal(await call(['POST', federationPath('/dissolve')], operator), 403, 'forbidden');
    expectRefusal(await call(['POST', connectionPath('/release')], operator), 403, 'forbidden');
    expectRefusal(await call(['POST', '/v1/messages', cities.invoke()], operator), 403, 'forbidden', '/header/sender/id');
    expectRefusal(await call(['PUT', twinPath(FIRE, '/features/anything/value'), 1], operator), 403, 'forbidden');
  });

  it.each(ON_A_TWIN.filter(([method, path]) => !(method === 'GET' && (path === '' || path.startsWith('/features')))))(
    'are a twin, and act for no other of their organization: %s %s',
    async (...[method, beneath, body]) => {
      expectRefusal(await call([method, twinPath(LADDER, beneath), body], fireTwin), 403, 'forbidden');
    },
  );

  it('are a twin, and neither register others, send for them nor hand out credentials', async () => {
    expectRefusal(await call(['POST', '/v1/twins', EVIL], fireTwin), 403, 'forbidden');
    expectRefusal(await call(['PUT', twinPath(NOBODY), EVIL], fireTwin), 403, 'forbidden');
    expectRefusal(await call(['PUT', twinPath(LADDER), EVIL], fireTwin), 403, 'forbidden');
    const message = cities.invoke({ sender: { id: LADDER, role: 'DT' } });
    expectRefusal(await call(['POST', '/v1/messages', message], fireTwin), 403, 'forbidden', '/header/sender/id');
    expectRefusal(await call(['PUT', twinPath(LADDER, '/features/anything/value'), 1], fireTwin), 403, 'forbidden');
    expectRefusal(await call(['POST', twinPath(FIRE, '/credentials'), {}], fireTwin), 403, 'forbidden');
    expectRefusal(await call(['GET', twinPath(FIRE, '/credentials')], fireTwin), 403, 'forbidden');
    expectRefusal(await call(['POST', '/v1/organizations/fire/credentials', {}], fireTwin), 403, 'forbidden');
    expectRefusal(await call(['POST', '/v1/organizations/traffic/credentials', {}], fireTwin), 404, 'not-found');
    const federation = { purpose: 'Evil', initiator: LADDER };
    expectRefusal(await call(['POST', '/v1/federations', federation], fireTwin), 403, 'forbidden');
  });

  it('are a twin that is not connected, though another of its organization is', async () => {
    const made = await broker.api<{ clientId: string; clientSecret: string }>(
      'POST',
      twinPath(LADDER, '/credentials'),
      {},
      cities.fire.token,
    );
    const ladder = await broker.tokenFor(made.body.clientId, made.body.clientSecret);
    expectRefusal(await call(['GET', twinPath(TRAFFIC, '/features/flow/value')], ladder), 403, 'policy-denied', /connected/);
    const wish = { objectType: 'data', objectId: 'flow', provider: TRAFFIC };
    expectRefusal(await call(['PUT', twinPath(LADDER, '/subscriptions/a'), wish], ladder), 409, 'state-conflict', /No open connection/);
  });

  it.each<Call>([
    ['POST', '/v1/organizations', { id: 'evil', name: 'Evil' }],
    ['GET', '/v1/organizations'],
    ['POST', '/v1/organizations/traffic/suspend'],
    ['POST', '/v1/organizations/fire/resume'],
    ['POST', twinPath(FIRE, '/suspend')],
    ['POST', twinPath(FIRE, '/resume')],
    ['GET', '/metrics'],
  ])('are no operator: %s %s', async (...attempt) => {
    expectRefusal(await call(attempt, cities.fire.token), 403, 'forbidden', /operator/);
    expectRefusal(await call(attempt, fireTwin), 403, 'forbidden', /operator/);
  });

  it.each<Call>([
    ['GET', '/v1/organizations/traffic'],
    ['GET', '/v1/organizations/traffic/credentials'],
    ['POST', '/v1/organizations/traffic/credentials', {}],
    ['DELETE', '/v1/organizations/traffic/credentials/a'],
    ['GET', '/v1/organizations/nobody'],
    ['GET', '/v1/audit?chain=traffic'],
    ['GET', '/v1/audit?chain=system'],
  ])('see nothing of another organization: %s %s', async (...attempt) => {
    expectRefusal(await call(attempt, cities.fire.token), 404, 'not-found');
  });

  it.each<Call>([
    ['GET', federationPath()],
    ['PATCH', federationPath(), { purpose: 'Evil' }],
    ['POST', federationPath('/dissolve')],
    ['POST', federationPath('/suspend')],
    ['POST', federationPath('/hand-over'), { twin: TRAFFIC }],
    ['POST', federationPath('/invitations'), { twin: TRAFFIC }],
    ['GET', federationPath('/members')],
    ['GET', federationPath('/status')],
    ['DELETE', federationPath(`/members/${encodeURIComponent(FIRE)}`)],
    ['GET', connectionPath()],
    ['GET', connectionPath('/status')],
    ['POST', connectionPath('/accept')],
    ['POST', connectionPath('/reject')],
    ['POST', connectionPath('/release')],
  ])('belong to no federation: %s %s', async (...attempt) => {
    expectRefusal(await call(attempt, stranger), 404, 'not-found');
  });
});
