import { randomUUID } from 'node:crypto';
import { ViewLeases } from '../../src/alignment/run/view-leases.js';
import { ViewRunner } from '../../src/alignment/run/view-runner.js';
import { ViewTimes } from '../../src/alignment/run/view-times.js';
import { CreateViewDto } from '../../src/alignment/view/dto/view-input.dto.js';
import { SlotsService } from '../../src/alignment/slot/slots.service.js';
import type { SlotContent } from '../../src/alignment/slot/slot-rows.js';
import { ViewService } from '../../src/alignment/view/view.service.js';
import type { View } from '../../src/alignment/view/view.js';
import { ConnectionService } from '../../src/federation/connection.service.js';
import { FederationService } from '../../src/federation/federation.service.js';
import { MemberService } from '../../src/federation/member.service.js';
import { parseConnectionId, parseFederationId, parseTwinId, type TwinId } from '../../src/kernel/ids.js';
import { parseDto } from '../../src/problems/dto-validation.js';
import type { TwinProfileDto } from '../../src/registry/dto/twin-profile.dto.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { CITY, type TestBroker, type TestCity } from './exchange-fixture.js';

/** A slot as it is published. */
export interface PublishedSlot extends SlotContent {
  readonly view: string;
  readonly version: number;
  readonly slot: { readonly from: string; readonly to: string };
  readonly revision: number;
}

/** Makes waits short. */
export function hurryViews(broker: TestBroker, times: Partial<ViewTimes> = {}): void {
  Object.assign(broker.get(ViewTimes), { lookLeastMs: 20, membersLeastMs: 0, saveMs: 0, retryMs: 50, ...times });
}

/** A federation around a host, with which others are connected. */
export class JoinedTwins {
  private constructor(
    private readonly city: TestCity,
    readonly host: TwinId,
    readonly federationId: string,
  ) {}

  static async around(city: TestCity, profile: object = {}): Promise<JoinedTwins> {
    const host = await register(city, { name: 'host', ...profile });
    const federationId = `urn:test:federation:${randomUUID()}`;
    await city.broker().get(FederationService).create(CITY, { id: federationId, purpose: 'test', initiator: host });
    return new JoinedTwins(city, host, federationId);
  }

  /** A twin that is connected to the host for its feature `flow`, `{n}` in the unit given; undefined connection when it is not to be. */
  async member(parts: { unit?: string; format?: string; schema?: object; coverage?: object; connected?: boolean } = {}): Promise<TwinId> {
    const { unit, format, connected = true, schema = { type: 'object', properties: { n: { type: 'number' } } }, ...profile } = parts;
    const feature = {
      kind: 'data',
      name: 'flow',
      schema,
      ...(unit === undefined ? {} : { unit }),
      ...(format === undefined ? {} : { format }),
    };
    const twin = await register(this.city, { name: 'member', features: [feature], ...profile });
    if (connected) await this.connect(twin);
    return twin;
  }

  /** Connects a twin to the host. */
  async connect(twin: TwinId): Promise<string> {
    const broker = this.city.broker();
    const federation = parseFederationId(this.federationId);
    await broker.get(MemberService).invite(CITY, federation, { twin });
    await broker.get(MemberService).join(CITY, federation, { twin });
    const id = `urn:test:connection:${randomUUID()}`;
    const features = [{ twin, name: 'flow' }];
    await broker
      .get(ConnectionService)
      .request(CITY, { id, federationId: this.federationId, requester: this.host, responder: twin, features });
    await broker.get(ConnectionService).accept(CITY, parseConnectionId(id));
    return id;
  }

  /** A view of the federation on a feature `joined`. */
  async view(parts: object): Promise<View> {
    const dto = {
      name: 'a view',
      federationId: this.federationId,
      host: this.host,
      feature: `joined-${randomUUID().slice(0, 8)}`,
      ...parts,
    };
    return this.city.broker().get(ViewService).create(CITY, parseDto(CreateViewDto, dto));
  }
}

async function register(city: TestCity, parts: object): Promise<TwinId> {
  const id = parseTwinId(`urn:test:${randomUUID()}`);
  const profile = { domain: 'traffic', access: 'listed', features: [], ...parts };
  await city
    .broker()
    .get(TwinService)
    .replace(CITY, id, profile as unknown as TwinProfileDto);
  return id;
}

/** Publishes a value as observed at a moment. */
export async function observe(broker: TestBroker, twin: TwinId, n: number, at: number, payload: unknown = { n }): Promise<void> {
  await broker.send({
    header: {
      messageId: randomUUID(),
      timestamp: new Date().toISOString(),
      version: '1.0',
      messageType: 'NOTIFICATION',
      sender: { id: twin, role: 'DT' },
    },
    data: { action: 'NOTIFY', object: { type: 'data', id: 'flow' }, observedAt: new Date(at).toISOString(), payload },
  });
}

/** Which broker joins the view, once one does and has looked who is joined. */
export async function joinerOf(city: TestCity, view: View): Promise<TestBroker> {
  for (;;) {
    for (const broker of city.brokers) {
      await broker
        .get(ViewRunner)
        .tick()
        .catch(() => undefined);
      await broker
        .get(ViewRunner)
        .go()
        .catch(() => undefined);
    }
    const joiner = city.brokers.find((broker) => broker.get(ViewRunner).joins(view.id));
    if (joiner !== undefined) {
      await joiner.get(ViewRunner).go();
      return joiner;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Closed slots of the view, oldest first. */
export async function slotsOf(broker: TestBroker, view: View): Promise<PublishedSlot[]> {
  const { items } = await broker.get(SlotsService).read(view, { limit: 1_000 });
  return items.map((text) => JSON.parse(text) as PublishedSlot);
}

/** Closed slots once they are as asked for. */
export async function slotsWhen(
  broker: TestBroker,
  view: View,
  condition: (slots: readonly PublishedSlot[]) => boolean,
): Promise<PublishedSlot[]> {
  for (;;) {
    const slots = await slotsOf(broker, view);
    if (condition(slots)) return slots;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** Every slot of a view that was published, corrections too, in the order of the stream. */
export async function publishedOf(broker: TestBroker, { definition }: View): Promise<PublishedSlot[]> {
  const rows = await broker.database.query<{ payload: string }>('SELECT payload FROM message_log WHERE channel = $1 ORDER BY position', [
    `stream feature ${definition.host} ${definition.feature}`,
  ]);
  return rows.map(({ payload }) => JSON.parse(payload) as PublishedSlot);
}

/** Stops a broker's joining as if it were frozen. */
export function freeze(broker: TestBroker): () => void {
  const runner = broker.get(ViewRunner);
  const leases = broker.get(ViewLeases);
  const { go } = runner;
  const { tick } = leases;
  runner.go = () => Promise.resolve();
  leases.tick = () => Promise.resolve();
  return () => {
    runner.go = go;
    leases.tick = tick;
  };
}
