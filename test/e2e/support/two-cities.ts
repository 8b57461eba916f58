import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import type { Answer } from './http-client.js';
import { twinPath } from './refusals.js';
import type { RunningBroker, TestOrganization } from './running-broker.js';

export const FIRE = 'urn:example:twin:fire';
export const TRAFFIC = 'urn:example:twin:traffic';
/** A second twin of the fire service, and a private one of the traffic department. */
export const LADDER = 'urn:example:twin:ladder';
export const SECRET = 'urn:example:twin:secret';
export const FEDERATION = 'urn:example:federation:response';
export const CONNECTION = 'urn:example:connection:fire-traffic';

/** Parts of a message; what is undefined is left out. */
export type Parts = Readonly<Record<string, unknown>>;

const FEATURES = [
  {
    kind: 'function',
    name: 'closeRoad',
    input: { type: 'object', properties: { road: { type: 'string', pattern: '^(a+)+$' } }, required: ['road'] },
    output: { type: 'object', properties: { closed: { type: 'boolean' } }, required: ['closed'] },
  },
  { kind: 'data', name: 'flow', schema: { type: 'object', properties: { intensity: { type: 'number' } } } },
];

/** The fire service and the traffic department, their twins connected for a function, and for any data of the fire service. */
export class TwoCities {
  private constructor(
    private readonly broker: RunningBroker,
    readonly fire: TestOrganization,
    readonly traffic: TestOrganization,
  ) {}

  static async in(broker: RunningBroker): Promise<TwoCities> {
    const cities = new TwoCities(broker, await broker.createOrganization('fire'), await broker.createOrganization('traffic'));
    const { fire, traffic } = cities;
    const anything = { kind: 'data', name: 'anything', schema: true };
    await cities.must(201, 'PUT', twinPath(FIRE), { name: 'Fire', domain: 'fire', access: 'listed', features: [anything] }, fire);
    await cities.must(201, 'PUT', twinPath(LADDER), { name: 'Ladder', domain: 'fire' }, fire);
    await cities.must(201, 'PUT', twinPath(TRAFFIC), { name: 'Traffic', domain: 'traffic', access: 'listed', features: FEATURES }, traffic);
    await cities.must(201, 'PUT', twinPath(SECRET), { name: 'Secret', domain: 'traffic', features: [anything] }, traffic);
    await cities.must(
      201,
      'POST',
      '/v1/federations',
      { id: FEDERATION, purpose: 'Response', initiator: FIRE, invitations: [{ twin: TRAFFIC }] },
      fire,
    );
    await cities.must(200, 'POST', `/v1/federations/${encodeURIComponent(FEDERATION)}/members`, { twin: TRAFFIC }, traffic);
    await cities.connect(CONNECTION);
    await cities.empty(TRAFFIC, traffic);
    await cities.empty(FIRE, fire);
    return cities;
  }

  /** Connects the two under an id. */
  async connect(id: string): Promise<void> {
    const features = [{ twin: TRAFFIC, name: 'closeRoad' }, { twin: TRAFFIC, name: 'flow' }, { twin: FIRE, name: 'anything' }]; // prettier-ignore
    await this.must(
      201,
      'POST',
      '/v1/connections',
      { id, federationId: FEDERATION, requester: FIRE, responder: TRAFFIC, features },
      this.fire,
    );
    await this.must(200, 'POST', `/v1/connections/${encodeURIComponent(id)}/accept`, undefined, this.traffic);
  }

  /** A REQUEST of the fire twin to close a road, with parts of its header and data changed. */
  invoke(header: Parts = {}, data: Parts = {}): { header: Parts; data: Parts } {
    return {
      header: { ...this.header('REQUEST', FIRE, TRAFFIC), ...header },
      data: { action: 'INVOKE', object: { type: 'function', id: 'closeRoad' }, payload: { road: 'aaa' }, ...data },
    };
  }

  /** The text of a message that provides the traffic twin with data of the fire twin, the payload as written. */
  provide(payload: string, header: Parts = {}): string {
    const data = `{"action":"PROVIDE","object":{"type":"data","id":"anything"},"payload":${payload}}`;
    return `{"header":${JSON.stringify({ ...this.header('NOTIFICATION', FIRE, TRAFFIC), ...header })},"data":${data}}`;
  }

  /** A RESPONSE of the traffic twin. */
  respond(correlationId: unknown, payload: unknown, header: Parts = {}, data: Parts = {}): { header: Parts; data: Parts } {
    return {
      header: { ...this.header('RESPONSE', TRAFFIC, FIRE), correlationId, ...header },
      data: { action: 'INVOKE', object: { type: 'function', id: 'closeRoad' }, status: { code: 'OK' }, payload, ...data },
    };
  }

  send(message: unknown, from: TestOrganization = this.fire, query = ''): Promise<Answer> {
    return this.broker.api('POST', `/v1/messages${query}`, message, from.token);
  }

  /** What waits in both inboxes, as the broker wrote it. */
  async inboxes(): Promise<string> {
    const texts = [[TRAFFIC, this.traffic], [FIRE, this.fire], [SECRET, this.traffic], [LADDER, this.fire]] as const; // prettier-ignore
    return (await Promise.all(texts.map(([twin, { token }]) => this.text(twinPath(twin, '/inbox?limit=1000'), token)))).join('\n');
  }

  /** The text of an answer, digits and all. */
  async text(path: string, token: string, body?: object): Promise<string> {
    const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const answer = await fetch(`${this.broker.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
    return answer.text();
  }

  /** Settles everything in an inbox, also what a session that was just closed still gives back. */
  async empty(twin: string, { token }: TestOrganization): Promise<void> {
    const isEmpty = async (): Promise<boolean> => {
      const { body } = await this.broker.api<{ items: unknown[] }>('GET', twinPath(twin, '/inbox?limit=1'), undefined, token);
      return body.items.length === 0;
    };
    while (!(await isEmpty())) {
      const claim = await this.broker.api<{ claimId: string; deliveries: unknown[] }>(
        'POST',
        twinPath(twin, '/inbox/claims'),
        { max: 1000 },
        token,
      );
      if (claim.body.deliveries.length === 0) await delay(20);
      else await this.broker.api('POST', twinPath(twin, '/inbox/acks'), { claimId: claim.body.claimId }, token);
    }
  }

  private header(messageType: string, sender: string, receiver: string): Parts {
    return {
      version: '1.0',
      messageType,
      messageId: randomUUID(),
      timestamp: new Date().toISOString(),
      sender: { id: sender, role: 'DT' },
      receiver: { id: receiver, role: 'DT' },
    };
  }

  private async must(status: number, method: string, path: string, body: unknown, as: TestOrganization): Promise<void> {
    const answer = await this.broker.api(method, path, body, as.token);
    if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
}
