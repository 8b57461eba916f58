import { setTimeout as delay } from 'node:timers/promises';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';
import { aTwinNetwork, twinPath } from './support/twin-network.js';

// Brokers start and stop here: that takes seconds, and more on a busy machine.

/** A stream as text that grows. */
class Stream {
  text = '';
  readonly over: Promise<void>;

  private constructor(answer: Response) {
    this.over = this.read(answer);
  }

  static async open(url: string, token: string): Promise<Stream> {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' } });
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    return new Stream(answer);
  }

  /** The data of the first event, once it is there. */
  async opened(): Promise<{ id: string; expiresAt: string }> {
    for (;;) {
      const data = /^event: stream\ndata: (.*)\n\n/m.exec(this.text)?.[1];
      if (data !== undefined) return JSON.parse(data) as { id: string; expiresAt: string };
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private async read(answer: Response): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) this.text += decoder.decode(chunk as Uint8Array, { stream: true });
  }
}

describe('streams of events and their tokens', () => {
  let broker: RunningBroker;
  let other: RunningBroker;
  let organization: TestOrganization;
  let stranger: TestOrganization;
  let suspended: TestOrganization;
  let inbox: string;
  beforeAll(async () => {
    broker = await RunningBroker.start({ environment: { TOKEN_TTL: '30' } });
    // At once: the operator's token, too, holds for 30 seconds only.
    organization = await broker.createOrganization();
    stranger = await broker.createOrganization();
    suspended = await broker.createOrganization();
    const network = await aTwinNetwork((method, path, body) => broker.api(method, path, body, organization.token), 1);
    other = await RunningBroker.start({ database: broker.database, environment: { TOKEN_TTL: '30' } });
    inbox = `${twinPath(network.receiver)}/inbox/stream`;
  });
  afterAll(async () => {
    await other.close();
    await broker.close();
  });

  const renew = (at: RunningBroker, id: string, token: string): Promise<{ status: number; body: unknown }> =>
    at.api('POST', `/v1/streams/${id}/token`, undefined, token);
  const tokenOf = ({ clientId, clientSecret }: TestOrganization): Promise<string> => broker.tokenFor(clientId, clientSecret);
  const freshToken = (): Promise<string> => tokenOf(organization);

  it('take no token of another caller, for no stream that is not there', async () => {
    const stream = await Stream.open(`${broker.url}${inbox}`, await freshToken());
    const { id, expiresAt } = await stream.opened();
    expect((await renew(broker, id, await tokenOf(stranger))).status).toBe(404);
    expect((await renew(broker, 'not-an-id', await freshToken())).status).toBe(404);
    expect((await renew(broker, '0d4f1c2e-6f8a-4a53-9a77-2f6b8f0c3d11', await freshToken())).status).toBe(404);
    const renewed = (await renew(other, id, await freshToken())) as { status: number; body: { expiresAt: string } };
    expect(renewed.status).toBe(200);
    expect(Date.parse(renewed.body.expiresAt)).toBeGreaterThanOrEqual(Date.parse(expiresAt));
  });

  it('end when the organization is suspended', async () => {
    const token = await tokenOf(suspended);
    const stream = await Stream.open(`${broker.url}/v1/registry/events`, token);
    await stream.opened();
    await broker.api(
      'POST',
      `/v1/organizations/${suspended.id}/suspend`,
      undefined,
      await broker.tokenFor('operator', 'operator-secret-of-the-tests'),
    );
    await stream.over;
    expect((await renew(broker, (await stream.opened()).id, token)).status).toBe(401);
  });

  it('go on with a new token, shown to another broker, and end with the last one', async () => {
    const left = await Stream.open(`${broker.url}${inbox}`, await freshToken());
    const kept = await Stream.open(`${broker.url}${inbox}`, await freshToken());
    const [before, { id }] = await Promise.all([left.opened(), kept.opened()]);
    // A token that is some seconds younger expires so much later.
    let { expiresAt } = before;
    while (Date.parse(expiresAt) < Date.parse(before.expiresAt) + 5_000) {
      await delay(500);
      const { body } = (await renew(other, id, await freshToken())) as { body: { expiresAt: string } };
      expiresAt = body.expiresAt;
    }
    let keptIsOver = false;
    void kept.over.then(() => (keptIsOver = true));
    await left.over;
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(before.expiresAt) - 500);
    expect(keptIsOver).toBe(false);
    await kept.over;
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt) - 500);
  });
});
