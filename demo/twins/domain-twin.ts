import { setTimeout as delay } from 'node:timers/promises';
import { BrokerClient } from '../client/broker-client.js';
import { type Answer, type Message, type MessageObject, twin } from '../client/message.js';
import { TwinClient } from '../client/twin-client.js';
import { STEP_MS } from '../model/world.js';
import { Finder, type FoundTwin, type WantedFeature, type Wish } from './finder.js';
import { onCue, type Part, report } from './stage.js';
import type { Domain, Ties, TwinState } from './twin-state.js';
import type { Reply, Way } from '../ways/way.js';
import { Wires } from '../ways/wires.js';
import { plannedFlows } from './planned-flows.js';
import { type Feature, type Profile, Refusal } from './profile.js';
import { Watch } from './watch.js';

const LEASE_SECONDS = 30;
const RENEWAL_MS = 10_000;
const FAREWELL_MS = 2_000;

/**
 * What the five twins have in common: register with a lease and renew it, hear by their own way what comes, join the federations they are invited to, accept the connections
 * they are asked for, let their model run, say good-bye.
 */
export abstract class DomainTwin {
  protected readonly client: TwinClient;
  /** For what is no exchange: looking things up. */
  protected readonly broker: BrokerClient;
  protected readonly watch = new Watch();
  /** Peers by id of the open connection. */
  protected readonly connections = new Map<string, string>();
  /** Names of needs by names of the features that serve them, and whose those are by names of needs. */
  private readonly needs = new Map<string, string>();
  private readonly providers = new Map<string, string>();
  private everConnected = 0;
  private heard = 0;
  private told = 0;
  private federation: Ties['federation'] = 'NONE';
  private readonly ending = new AbortController();

  protected constructor(
    private readonly domain: Domain,
    private readonly part: Part,
    /** How it speaks; the rest of it need not know. */
    private readonly way: Way,
  ) {
    this.broker = new BrokerClient(part.brokerUrl, part.credentials);
    this.client = new TwinClient(this.broker, `urn:example:${part.organization}`, (exchange) =>
      report({ kind: 'exchange', at: Date.now(), exchange }),
    );
  }

  protected abstract readonly profile: Profile;

  /** One step of the model, and what is published of it. */
  protected abstract step(): Promise<void>;

  protected abstract state(): TwinState;

  /** Carries out INVOKE of a function or RETRIEVE of data; what it gives is the payload of the RESPONSE. @throws Refusal */
  protected perform(name: string, _payload: unknown): unknown {
    throw new Refusal('ACTION_NOT_APPLICABLE', `${this.profile.name} offers no ${name} on request.`);
  }

  /** A value that came by subscription, in the form of the need that it serves. */
  protected receive(_need: string, _value: unknown): void {
    // Most twins subscribe to nothing.
  }

  /** A peer accepted or was accepted. */
  protected connected(_connectionId: string, _peer: string): void {
    // Most twins wait for what the peer asks.
  }

  /** The fire twin begins its work with the alarm; the others do theirs when they are asked. */
  protected alarm(): void {
    // Not for most.
  }

  /** The name under which the twins of one run know each other: the organization's id without the domain. */
  private get exercise(): string {
    return this.part.organization.replace(`-${this.domain}`, '');
  }

  /** The first twin of this run that meets the wish. */
  protected async find<Role extends string>(wish: Wish<Role>): Promise<FoundTwin<Role> | undefined> {
    const found = await new Finder(this.client, this.exercise).find(wish);
    for (const each of found?.terms ?? []) report({ kind: 'found', found: each });
    return found;
  }

  /** What a twin calls its feature that means this. */
  protected async nameOf(id: string, wanted: WantedFeature): Promise<string | undefined> {
    const found = await new Finder(this.client, this.exercise).within(id, wanted, 'rest');
    if (found !== undefined) report({ kind: 'found', found });
    return found?.name;
  }

  /** Lives until the director says stop. */
  async live(): Promise<void> {
    onCue((cue) => (cue.kind === 'alarm' ? this.alarm() : this.ending.abort()));
    const { signal } = this.ending;
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([this.appear(), stopped]);
    await Promise.all([this.run(signal), this.keepLease(signal)]);
    await Promise.race([this.client.deregister().catch(() => undefined), delay(FAREWELL_MS)]);
    await Promise.race([this.way.end().catch(() => undefined), delay(FAREWELL_MS)]);
  }

  /** Registers, and opens its way. */
  private async appear(): Promise<void> {
    await this.register();
    const { name, features, needs = [] } = this.profile;
    const wires = new Wires(this.broker, this.client.id);
    const hear = (message: Message, acceptedAt?: string): Promise<Reply | undefined> => this.handle(message, acceptedAt);
    await this.way.begin({ client: this.client, wires, outline: { name, features, needs }, hear });
    await wires.untilHeard();
    report({ kind: 'ready', wire: this.way.name, format: this.way.format.name });
  }

  /** All features and needs are in the format of the twin's way. */
  private async register(): Promise<void> {
    const { area, features, needs = [], ...profile } = this.profile;
    const { name: format, options: formatOptions } = this.way.format;
    const written = (each: Feature): Feature => ({ ...each, format, ...(formatOptions === undefined ? {} : { formatOptions }) });
    await this.client.register({
      ...profile,
      features: features.map(written),
      needs: needs.map(written),
      domain: this.domain,
      coverage: { area },
      synchronization: { direction: 'bidirectional', periodMs: STEP_MS, desiredAgeMs: 10 * STEP_MS },
      access: 'listed',
      labels: { exercise: this.exercise, data: 'synthetic' },
      lease: { ttlSeconds: LEASE_SECONDS },
    });
  }

  /** Tells a value to whoever has subscribed to it. */
  protected async publish(feature: string, value: unknown): Promise<void> {
    await this.way.publish(feature, value);
    this.told += 1;
  }

  protected ties(): Ties {
    const { heard, told } = this;
    return {
      wire: this.way.name,
      heard,
      told,
      openConnections: this.connections.size,
      everConnected: this.everConnected,
      federation: this.federation,
    };
  }

  /** Something worth showing happened. */
  protected changed(): void {
    report({ kind: 'state', state: this.state() });
    this.watch.notify();
  }

  protected setFederation(federation: Ties['federation']): void {
    this.federation = federation;
    this.changed();
  }

  protected open(connectionId: string, peer: string): void {
    if (this.connections.has(connectionId)) return;
    this.connections.set(connectionId, peer);
    this.everConnected += 1;
    this.changed();
    this.connected(connectionId, peer);
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // A value that could not be published is not published again: the next one is newer.
      await this.step().catch(() => undefined);
      this.changed();
      await delay(STEP_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async keepLease(signal: AbortSignal): Promise<void> {
    const isDue = (): Promise<boolean> => delay(RENEWAL_MS, true, { signal }).catch(() => false);
    while (await isDue()) await this.client.renewLease().catch(() => undefined);
  }

  private async handle(message: Message, acceptedAt = message.header.timestamp): Promise<Reply | undefined> {
    this.heard += 1;
    // An answer that was waited for may come a second time; at least once is the promise.
    if (message.header.messageType === 'RESPONSE') return undefined;
    const { action, object } = message.data;
    const from = message.header.sender.id;
    switch (`${action} ${object.type}`) {
      case 'INVOKE function':
      case 'RETRIEVE data':
        return this.reply(message);
      case 'NOTIFY data':
        this.receive(this.needs.get(object.id ?? '') ?? object.id ?? '', this.way.format.valueOf(message.data.payload));
        this.reportArrival(message, acceptedAt);
        break;
      case 'CONNECT federation':
        await this.accept(message);
        this.setFederation('JOINED');
        break;
      case 'CONNECT connection':
        await this.accept(message);
        this.open(object.id ?? '', from);
        break;
      case 'ACCEPT connection':
        this.open(object.id ?? '', from);
        await this.reportPlan(object.id ?? '');
        break;
      case 'ACCEPT federation':
        this.joined(from);
        break;
      case 'DISCONNECT connection':
        this.connections.delete(object.id ?? '');
        break;
      case 'DISCONNECT federation':
        this.federation = 'ENDED';
        break;
    }
    this.changed();
    return undefined;
  }

  /** A twin took up the invitation; of interest to who invited it. */
  protected joined(_twin: string): void {
    // Most twins invite nobody.
  }

  private async accept({ header, data }: Message): Promise<void> {
    const { code, reason } = await this.client.ask({ to: header.sender, action: 'ACCEPT', object: data.object });
    if (code !== 'OK') throw new Error(reason ?? code);
  }

  private reply({ data }: Message): Reply {
    const { format } = this.way;
    try {
      return { code: 'OK', payload: format.payloadOf(this.perform(data.object.id ?? '', format.valueOf(data.payload))) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { code: error.code, reason: error.message };
    } finally {
      this.changed();
    }
  }

  /** Asks a peer, in the twin's own format. */
  protected async request(
    peer: string,
    action: 'INVOKE' | 'RETRIEVE',
    object: MessageObject,
    value?: unknown,
    ttlMs?: number,
  ): Promise<Answer> {
    const { format } = this.way;
    const answer = await this.client.ask({
      to: twin(peer),
      action,
      object,
      ...(value === undefined ? {} : { payload: format.payloadOf(value) }),
      ...(ttlMs === undefined ? {} : { ttlMs }),
    });
    return answer.payload === undefined ? answer : { ...answer, payload: format.valueOf(answer.payload) };
  }

  /** What the broker will do to what goes over a connection that this twin asked for. */
  private async reportPlan(connectionId: string): Promise<void> {
    for (const flow of await plannedFlows(this.broker, connectionId)) report({ kind: 'planned', flow });
  }

  private reportArrival({ header, data }: Message, acceptedAt: string | undefined): void {
    const at = Date.now();
    const { action, object } = data;
    // Not every wire says whose value it brings.
    const from = header.sender.id === '' ? (this.providers.get(object.id ?? '') ?? '') : header.sender.id;
    const latency = acceptedAt === undefined ? {} : { latencyMs: Math.max(0, at - Date.parse(acceptedAt)) };
    report({ kind: 'exchange', at, exchange: { from, to: this.client.id, action, object, ...latency, outcome: 'received' } });
  }

  /** Subscribes to a peer's data feature, which serves this need. */
  protected async subscribe(peer: string, feature: string, need: string): Promise<boolean> {
    this.needs.set(feature, need);
    this.providers.set(need, peer);
    await this.way.expect?.(need, feature);
    const { code } = await this.client.ask({ to: twin(peer), action: 'SUBSCRIBE', object: { type: 'data', id: feature } });
    return code === 'OK' || code === 'CREATED';
  }
}
