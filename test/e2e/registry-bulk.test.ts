import { readFileSync } from 'node:fs';
import { jest } from '@jest/globals';
import { BulkClient, type LineOutcome } from './support/bulk-client.js';
import { expectRefusal } from './support/refusals.js';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';

// Brokers start, are killed and load many twins here: that takes a while on a busy machine.
jest.setTimeout(240_000);

let broker: RunningBroker;
let city: TestOrganization;
let rival: TestOrganization;
let count = 0;

beforeAll(async () => {
  broker = await RunningBroker.start();
  city = await broker.createOrganization('city');
  rival = await broker.createOrganization('rival');
});
afterAll(() => broker.close());

function aProfile(parts: Record<string, unknown> = {}): Record<string, unknown> & { id: string } {
  count += 1;
  const id = `urn:test:bulk:${String(count).padStart(7, '0')}`;
  return { id, name: `Twin ${count}`, domain: 'traffic', features: [{ kind: 'data', name: 'flow', schema: { type: 'number' } }], ...parts };
}

const profiles = (length: number): (Record<string, unknown> & { id: string })[] => Array.from({ length }, () => aProfile());

/** Sends the lines and reads the answer, both at once. */
async function load(lines: readonly unknown[], { token } = city, headers: Record<string, string> = {}, query = ''): Promise<LineOutcome[]> {
  const client = BulkClient.open(broker.url, token, headers, query);
  const reading = client.read();
  for (let start = 0; start < lines.length; start += 500) await client.send(lines.slice(start, start + 500));
  client.end();
  return (await reading).all();
}

/** Which of these twins are registered, by an export read whole. */
async function registered(token: string): Promise<Set<unknown>> {
  const answer = await fetch(`${broker.url}/v1/twins/export`, { headers: { authorization: `Bearer ${token}` } });
  const lines = (await answer.text()).trimEnd().split('\n');
  expect(JSON.parse(lines.pop() ?? '')).toMatchObject({ complete: true, count: lines.length });
  return new Set(lines.map((line) => (JSON.parse(line) as { id: string }).id));
}

function residentMegabytes(): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${broker.pid}/status`, 'utf8'))?.[1]) / 1_024;
}

describe('a bulk over HTTP', () => {
  it('is answered while it is sent, each line by itself', async () => {
    const client = BulkClient.open(broker.url, city.token, { 'bulk-id': 'by-hand' });
    await client.send([aProfile()]);
    await client.read();
    expect((await client.answer).headers).toMatchObject({ 'content-type': 'application/x-ndjson; charset=utf-8', 'bulk-id': 'by-hand' });
    expect(await client.until(1)).toEqual([expect.objectContaining({ line: 1, status: 201 })]);
    await client.send(['{"id": broken', aProfile({ description: 'x'.repeat(1_100_000) }), aProfile()]);
    expect((await client.until(4)).slice(1).map(({ line, status }) => [line, status])).toEqual([
      [2, 400],
      [3, 413],
      [4, 201],
    ]);
    client.end();
    expect((await client.all()).at(-1)).toMatchObject({ complete: true, committedLine: 4, created: 2, refused: 2 });
    const { status, body } = await broker.api('GET', '/v1/twins/bulk/by-hand', undefined, city.token);
    expect({ status, body }).toEqual({
      status: 200,
      body: expect.objectContaining({ state: 'COMPLETE', committedLine: 4, created: 2 }) as unknown,
    });
    expectRefusal(await broker.api('GET', '/v1/twins/bulk/by-hand', undefined, rival.token), 404, 'not-found');
  });

  it('refuses an id that comes twice, and takes it the first time', async () => {
    const twice = aProfile();
    const outcomes = await load([twice, aProfile(), { ...twice, name: 'again' }]);
    expect(outcomes.map(({ status }) => status)).toEqual([201, 201, 409, undefined]);
    expect(outcomes[2]?.problem).toMatchObject({ pointer: '/id', detail: expect.stringContaining('Line 1') as unknown });
  });

  it('takes many lines in memory that does not grow with them', async () => {
    await load(profiles(2_000));
    const before = residentMegabytes();
    const lines = profiles(20_000);
    let most = 0;
    const sampler = setInterval(() => (most = Math.max(most, residentMegabytes())), 20);
    const outcomes = await load(lines);
    clearInterval(sampler);
    expect(outcomes.at(-1)).toMatchObject({ complete: true, created: 20_000, refused: 0 });
    expect(
      outcomes.slice(0, -1).every(({ line, id, status }, index) => line === index + 1 && id === lines[index]?.id && status === 201),
    ).toBe(true);
    expect(most - before).toBeLessThan(200);
  });

  it('waits for a sender that does not read its outcomes, and goes on when it does', async () => {
    const client = BulkClient.open(broker.url, city.token);
    // Refused lines are answered at length: the answer is much larger than what connections hold.
    const bad = `${JSON.stringify({ ...aProfile(), labels: Object.fromEntries(Array.from({ length: 60 }, (_, index) => [` ${index}`, 1])) })}\n`;
    const before = residentMegabytes();
    let sent = 0;
    const stuck = async (): Promise<boolean> => {
      const drained = await Promise.race([client.drained(), new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 3_000))]);
      return !drained;
    };
    do {
      let open = true;
      for (; open && sent < 200_000; sent += 1) open = client.push(bad);
    } while (sent < 200_000 && !(await stuck()));
    expect(sent).toBeLessThan(200_000);
    expect(residentMegabytes() - before).toBeLessThan(200);
    client.end();
    const outcomes = await (await client.read()).all();
    expect(outcomes.at(-1)).toMatchObject({ complete: true, refused: sent });
  });

  it('cut in the middle leaves what was acknowledged, and is gone on with', async () => {
    const lines = profiles(3_000);
    const client = BulkClient.open(broker.url, city.token, { 'bulk-id': 'cut' });
    const reading = client.read();
    await client.send(lines.slice(0, 2_000));
    await reading;
    const acknowledged = [...(await client.until(500))];
    client.push(JSON.stringify(lines[2_999]).slice(0, 40));
    client.cut();
    const resumed = await whenFree(() => broker.api<{ committedLine: number }>('GET', '/v1/twins/bulk/cut', undefined, city.token));
    const there = await registered(city.token);
    expect(acknowledged.every(({ id, status }) => status === 201 && there.has(id))).toBe(true);
    const { committedLine } = resumed.body;
    expect(committedLine).toBeGreaterThanOrEqual(acknowledged.length);
    // In order, and nothing after the last committed line.
    expect(lines.filter(({ id }) => there.has(id))).toEqual(lines.slice(0, committedLine));
    expectRefusal(await post(city, 'cut', committedLine + 2), 409, 'state-conflict');
    const outcomes = await load(lines.slice(committedLine), city, { 'bulk-id': 'cut' }, `?from=${committedLine + 1}`);
    expect(outcomes.at(-1)).toMatchObject({ complete: true, committedLine: 3_000, created: 3_000 - committedLine });
  });

  it('survives the death of the broker, and is repeated whole', async () => {
    const lines = profiles(2_000);
    const client = BulkClient.open(broker.url, city.token, { 'bulk-id': 'killed' });
    const reading = client.read();
    await client.send(lines);
    await reading;
    const acknowledged = [...(await client.until(200))];
    await broker.kill();
    await broker.restart();
    city = { ...city, token: await broker.tokenFor(city.clientId, city.clientSecret) };
    rival = { ...rival, token: await broker.tokenFor(rival.clientId, rival.clientSecret) };
    const there = await registered(city.token);
    expect(acknowledged.every(({ id }) => there.has(id))).toBe(true);
    const already = lines.filter(({ id }) => there.has(id)).length;
    const outcomes = await load(lines, city, { 'bulk-id': 'killed' });
    expect(outcomes.at(-1)).toMatchObject({ complete: true, created: 2_000 - already, unchanged: already });
  });

  it('is taken of two organizations at once, and once of each', async () => {
    const open = [city, rival].map(({ token }) => BulkClient.open(broker.url, token));
    for (const client of open) {
      await client.send([aProfile()]);
      await client.read();
      expect(await client.until(1)).toEqual([expect.objectContaining({ status: 201 })]);
    }
    const refused = await post(city, 'second');
    expectRefusal(refused, 429, 'rate-limited');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    for (const client of open) client.end();
    for (const client of open) expect((await client.all()).at(-1)).toMatchObject({ complete: true, created: 1 });
    const both = await Promise.all([load(profiles(1_000)), load(profiles(1_000), rival)]);
    expect(both.map((outcomes) => outcomes.at(-1))).toEqual([
      expect.objectContaining({ created: 1_000 }),
      expect.objectContaining({ created: 1_000 }),
    ]);
  });

  it('is refused as a whole when it is no bulk, or of somebody who sends none', async () => {
    const line = `${JSON.stringify(aProfile())}\n`;
    const call = (token: string, headers: Record<string, string>, path = '/v1/twins/bulk') =>
      broker.api('POST', path, line, token, headers);
    const ndjson = { 'content-type': 'application/x-ndjson' };
    expectRefusal(await call(city.token, { 'content-type': 'application/json' }), 415, 'unsupported-media-type');
    expectRefusal(await call(city.token, { 'content-type': 'text/plain' }), 415, 'unsupported-media-type');
    expectRefusal(await call(city.token, { ...ndjson, 'content-encoding': 'gzip' }), 415, 'unsupported-media-type');
    expectRefusal(await call(city.token, ndjson, '/v1/twins'), 415, 'unsupported-media-type');
    expectRefusal(await call(await broker.operatorToken(), ndjson), 403, 'forbidden');
    expectRefusal(await call('nonsense', ndjson), 401, 'unauthenticated');
    expectRefusal(await call(city.token, { ...ndjson, 'bulk-id': 'no spaces' }), 400, 'validation-failed');
    expectRefusal(await call(city.token, ndjson, '/v1/twins/bulk?from=0'), 400, 'validation-failed', '/from');
    expect((await load([])).at(-1)).toMatchObject({ complete: true, committedLine: 0, created: 0 });
  });
});

function post({ token }: TestOrganization, id: string, from = 1) {
  const headers = { 'content-type': 'application/x-ndjson', 'bulk-id': id };
  return broker.api('POST', `/v1/twins/bulk?from=${from}`, '{}\n', token, headers);
}

/** Asks once no bulk of the city is under way any more: a broker may still be writing what came before the cut. */
async function whenFree<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    const { status } = await post(city, `probe-${(count += 1)}`);
    if (status === 200) return ask();
  }
}
