import { ADAPTOR, twin } from '../client/message.js';
import { areaOf, boroughAt } from '../model/geography.js';
import { approachToClear } from '../model/road-traffic.js';
import { WarehouseFire } from '../model/warehouse-fire.js';
import { SITE } from '../model/world.js';
import { WebSocketWay } from '../ways/websocket-way.js';
import { DomainTwin } from './domain-twin.js';
import { type AlertValue, type FlowValue, FORMS, type OccupancyValue, type WindValue } from './fire-forms.js';
import { NEEDS, type Need, type Role } from './fire-needs.js';
import type { FoundTwin } from './finder.js';
import { type Part, play, readPart, report } from './stage.js';
import { urban } from './terms.js';
import type { FireState, TwinState } from './twin-state.js';

/** How long it waits for something that others do, in milliseconds; then it goes on without. */
const PATIENCE_MS = 8_000;
/** How long it waits for the fire to come under control once water is on its way. */
const ATTACK_PATIENCE_MS = 20_000;
/** How long a peer may take to answer. */
const TTL_MS = 4_000;
/** Share of the flow before the closure below which an approach is clear. */
const CLEAR = 0.02;

/** Who helps, and what each calls what is needed of it. */
type Helpers = ReadonlyMap<Need['for'], FoundTwin>;
interface Federation {
  id: string;
  state: string;
}

/** The fire service: it finds who can help, brings them together, and acts on what they tell it. It speaks CBOR, in SI units, over WebSocket. */
class FireTwin extends DomainTwin {
  private readonly fire: WarehouseFire;
  private readonly seen: Pick<FireState, 'flowValues' | 'speedValues' | 'airValues' | 'alerts' | 'namedOtherwise'> = {
    flowValues: 0,
    speedValues: 0,
    airValues: 0,
    alerts: [],
    namedOtherwise: [],
  };
  private readonly joinedTwins = new Set<string>();
  private isBurning = false;
  /** It tells how it burns once it would hear of the smoke: an alert is told once. */
  private hearsWarnings = false;
  private flow: FlowValue | undefined;
  private wind: WindValue | undefined;
  private occupancy: OccupancyValue | undefined;
  private road: { id: string; before: number } | undefined;
  private outcome: Pick<FireState, 'federationState' | 'connectionStates'> = {};

  constructor(part: Part) {
    super('fire', part, new WebSocketWay());
    this.fire = new WarehouseFire(part.seed);
  }

  protected override readonly profile = {
    name: 'Fire twin',
    description: 'A fire in a warehouse at Park Royal, and the fire service’s work on it. Synthetic.',
    objectOfInterest: ['urn:example:incident:warehouse-fire'],
    area: areaOf([boroughAt(SITE) ?? '']),
    features: [
      {
        kind: 'data',
        name: 'fireState',
        semanticType: urban('heatReleaseRate'),
        description: 'Heat release of the fire.',
        unit: 'MW',
        schema: {
          type: 'object',
          required: ['synthetic', 'heatRelease'],
          properties: {
            synthetic: { const: true },
            heatRelease: { type: 'number', minimum: 0, 'x-term': urban('heatReleaseRate'), 'x-unit': 'MW' },
            position: { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 },
            underControl: { type: 'boolean' },
          },
        },
      },
    ],
    needs: FORMS,
  } as const;

  protected override alarm(): void {
    this.isBurning = true;
    this.fight().catch((error: unknown) => {
      process.stderr.write(`fire: ${String(error)}\n`);
      report({ kind: 'finished' });
    });
  }

  /** The whole operation, from the alarm to the end of the federation. */
  private async fight(): Promise<void> {
    const helpers = await this.findHelpers();
    const federation = await this.formFederation([...helpers.values()].map(({ id }) => id));
    await this.connect(federation.id, helpers);
    await Promise.all([
      this.follow(helpers.get('traffic'), 'flow', 'speed'),
      this.follow(helpers.get('air'), 'alert', 'wind', 'air'),
      this.follow(helpers.get('building'), 'occupancy'),
    ]);
    this.hearsWarnings = true;
    const [emptied, cleared] = await Promise.all([this.secureBuilding(helpers), this.clearApproach(helpers)]);
    if (emptied && cleared) {
      this.fire.attack();
      await this.watch.until(() => this.fire.isUnderControl, ATTACK_PATIENCE_MS);
    }
    await this.release(federation.id);
    report({ kind: 'finished' });
  }

  /** Who covers the place and offers what is needed: asked over REST, and as DISCOVER messages for needs that say so. */
  private async findHelpers(): Promise<Helpers> {
    const helpers = new Map<Need['for'], FoundTwin>();
    for (const need of NEEDS) {
      const found = await this.find(need);
      if (found === undefined) continue;
      helpers.set(need.for, found);
      this.seen.namedOtherwise.push(...found.terms.filter(({ asked, has }) => asked.term !== has.term).map(({ name }) => name));
    }
    return helpers;
  }

  private async formFederation(members: readonly string[]): Promise<Federation> {
    const initial = {
      name: 'Warehouse fire',
      purpose: 'Fight a warehouse fire at Park Royal',
      initiator: this.client.id,
      invitations: members.map((id) => ({ twin: id })),
    };
    const federation = await this.client.rest<Federation>(
      'REGISTER',
      { type: 'federation' },
      ADAPTOR.id,
      'POST',
      '/v1/federations',
      initial,
    );
    this.setFederation('JOINED');
    await this.watch.until(() => members.every((id) => this.joinedTwins.has(id)), PATIENCE_MS);
    return federation;
  }

  protected override joined(id: string): void {
    this.joinedTwins.add(id);
  }

  /** Asks each that has joined for what it was found for, and offers the state of the fire to those who need it. */
  private async connect(federationId: string, helpers: Helpers): Promise<void> {
    const asked: string[] = [];
    for (const need of NEEDS) {
      const found = helpers.get(need.for);
      if (found === undefined || !this.joinedTwins.has(found.id)) continue;
      const { id: peer, names } = found;
      const features = [
        ...Object.values(names).map((name) => ({ twin: peer, name })),
        ...(need.offers ?? []).map((name) => ({ twin: this.client.id, name })),
      ];
      const request = { federationId, requester: this.client.id, responder: peer, features };
      await this.client.rest('CONNECT', { type: 'connection' }, peer, 'POST', '/v1/connections', request);
      asked.push(peer);
    }
    const isConnected = (peer: string): boolean => [...this.connections.values()].includes(peer);
    await this.watch.until(() => asked.every(isConnected), PATIENCE_MS);
  }

  /** Subscribes to what is needed of a helper, under the name that it has there. */
  private async follow(helper: FoundTwin | undefined, ...roles: readonly Role[]): Promise<void> {
    for (const role of roles) {
      const name = helper?.names[role];
      if (helper !== undefined && name !== undefined) await this.subscribe(helper.id, name, role);
    }
  }

  /** Everybody out, upwind; then the power off. Whether both was seen to have happened. */
  private async secureBuilding(helpers: Helpers): Promise<boolean> {
    const [building, energy] = [helpers.get('building'), helpers.get('energy')];
    if (building === undefined || energy === undefined) return false;
    const occupancy = { type: 'data', id: building.names['occupancy'] ?? '' };
    const { payload } = await this.request(building.id, 'RETRIEVE', occupancy, undefined, TTL_MS);
    const feeder = (payload as OccupancyValue | undefined)?.feeder;
    if (feeder === undefined || !(await this.watch.until(() => this.wind !== undefined, PATIENCE_MS))) return false;
    if (!(await this.invoke(building.id, 'evacuate', { towards: this.wind?.from }))) return false;
    if (!(await this.watch.until(() => this.occupancy?.persons === 0, PATIENCE_MS))) return false;
    if (!(await this.invoke(energy.id, 'cutPower', { feeder, why: 'fire' }))) return false;
    return this.watch.until(() => this.occupancy?.powered === false, PATIENCE_MS);
  }

  private async invoke(peer: string, name: string, value: unknown): Promise<boolean> {
    return (await this.request(peer, 'INVOKE', { type: 'function', id: name }, value, TTL_MS)).code === 'OK';
  }

  /** An approach for the engines, by wind and flow. Whether its traffic was seen to die away. */
  private async clearApproach(helpers: Helpers): Promise<boolean> {
    const peer = helpers.get('traffic')?.id;
    if (peer === undefined || !(await this.watch.until(() => this.wind !== undefined && this.flow !== undefined, PATIENCE_MS)))
      return false;
    const approaches = this.flow?.approaches.map((each) => ({ ...each, intensity: each.perMinute })) ?? [];
    const approach = this.wind && approachToClear(approaches, { fromDegrees: this.wind.from });
    if (approach === undefined) return false;
    this.road = { id: approach.id, before: approach.perMinute };
    if (!(await this.invoke(peer, 'closeRoad', { approach: approach.id, why: 'fire' }))) return false;
    return this.watch.until(() => this.roadIsClear(), PATIENCE_MS);
  }

  private roadIsClear(): boolean {
    const { road } = this;
    const now = this.flow?.approaches.find(({ id }) => id === road?.id);
    return road !== undefined && now !== undefined && now.closed && now.perMinute <= road.before * CLEAR;
  }

  /** Ends what was begun: subscriptions, connections, the federation; and asks the broker what is left. */
  private async release(federationId: string): Promise<void> {
    const { items } = await this.broker.call<{ items: { provider: string; objectId: string }[] }>('GET', this.path('subscriptions'));
    for (const { provider, objectId } of items) {
      await this.client.ask({ to: twin(provider), action: 'UNSUBSCRIBE', object: { type: 'data', id: objectId } });
    }
    for (const [id, peer] of [...this.connections]) {
      const { code } = await this.client.ask({ to: twin(peer), action: 'DISCONNECT', object: { type: 'connection', id } });
      if (code === 'OK') this.connections.delete(id);
    }
    await this.client.ask({ to: ADAPTOR, action: 'DEREGISTER', object: { type: 'federation', id: federationId } });
    const federation = await this.broker.call<Federation>('GET', `/v1/federations/${encodeURIComponent(federationId)}`);
    const query = `federationId=${encodeURIComponent(federationId)}`;
    const connections = await this.broker.call<{ items: { state: string }[] }>('GET', `/v1/connections?${query}`);
    this.outcome = { federationState: federation.state, connectionStates: connections.items.map(({ state }) => state) };
    this.setFederation('ENDED');
  }

  private path(part: string): string {
    return `/v1/twins/${encodeURIComponent(this.client.id)}/${part}`;
  }

  protected override receive(need: string, value: unknown): void {
    switch (need as Role) {
      case 'flow':
        this.flow = value as FlowValue;
        this.seen.flowValues += 1;
        break;
      case 'speed':
        this.seen.speedValues += 1;
        break;
      case 'wind':
        this.wind = value as WindValue;
        break;
      case 'air':
        this.seen.airValues += 1;
        break;
      case 'alert':
        this.seen.alerts.push((value as AlertValue).area);
        break;
      case 'occupancy':
        this.occupancy = value as OccupancyValue;
        break;
      default:
    }
  }

  protected override async step(): Promise<void> {
    if (!this.isBurning) return;
    this.fire.step();
    if (this.hearsWarnings) await this.publish('fireState', this.fire.measurement());
  }

  protected override state(): TwinState {
    const { heatRelease, peak, isUnderControl: underControl } = this.fire;
    return {
      domain: 'fire',
      ...this.ties(),
      ...this.seen,
      ...this.outcome,
      heatRelease,
      peak,
      underControl,
      ...(this.road === undefined ? {} : { road: this.road.id }),
      roadIsClear: this.roadIsClear(),
      buildingIsEmpty: this.occupancy?.persons === 0,
      powerIsOff: this.occupancy?.powered === false,
    };
  }
}

play(new FireTwin(readPart()));
