import { setTimeout as delay } from 'node:timers/promises';
import { BrokerClient } from '../client/broker-client.js';
import { type Delivery, type Message, twin } from '../client/message.js';
import { TwinClient } from '../client/twin-client.js';
import { STEP_MS } from '../model/world.js';
import { Finder, type FoundTwin, type Wish } from './finder.js';
import { onCue, type Part, report } from './stage.js';
import type { Domain, Ties, TwinState } from './twin-state.js';
import { Watch } from './watch.js';

/** A request that a twin does not carry out, with the status code of its RESPONSE. */
export class Refusal extends Error {
  constructor(
    readonly code: 'PAYLOAD_INVALID' | 'OBJECT_NOT_FOUND' | 'ACTION_NOT_APPLICABLE' | 'STATE_CONFLICT',
    reason: string,
  ) {
    super(reason);
  }
}

/** What is said of a feature when it is registered. */
export type Feature = Readonly<Record<string, unknown>> & { kind: 'data' | 'function'; name: string };

/** What a domain adds to the registration that all have in common. */
export interface Profile {
  name: string;
  description: string;
  objectOfInterest: readonly string[];
  area: unknown;
  features: readonly Feature[];
}

const LEASE_SECONDS = 30;
const RENEWAL_MS = 10_000;
const FAREWELL_MS = 2_000;

/**
 * What the five twins have in common: register with a lease and renew it, read the inbox, join the federations they are invited to, accept the connections
 * they are asked for, let their model run, say good-bye.
 */
export abstract class DomainTwin {
  protected readonly client: TwinClient;
  /** For what is no exchange: looking things up. */
  protected readonly broker: BrokerClient;
  protected readonly watch = new Watch();
  /** Peers by id of the open connection. */
  protected readonly connections = new Map<string, string>();
  private everConnected = 0;
  private federation: Ties['federation'] = 'NONE';
  private readonly ending = new AbortController();

  protected constructor(
    private readonly domain: Domain,
    private readonly part: Part,
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

  /** A value that came by subscription. */
  protected receive(_feature: string, _payload: unknown, _from: string): void {
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

  /** Lives until the director says stop. */
  async live(): Promise<void> {
    onCue((cue) => (cue.kind === 'alarm' ? this.alarm() : this.ending.abort()));
    const { area, ...profile } = this.profile;
    const synchronization = { direction: 'bidirectional', periodMs: STEP_MS, desiredAgeMs: 10 * STEP_MS };
    await this.client.register({
      ...profile,
      domain: this.domain,
      coverage: { area },
      synchronization,
      access: 'listed',
      labels: { exercise: this.exercise, data: 'synthetic' },
      lease: { ttlSeconds: LEASE_SECONDS },
    });
    report({ kind: 'ready' });
    const { signal } = this.ending;
    await Promise.all([this.client.read((delivery) => this.handle(delivery), signal), this.run(signal), this.keepLease(signal)]);
    await Promise.race([this.client.deregister().catch(() => undefined), delay(FAREWELL_MS)]);
  }

  protected ties(): Ties {
    return { openConnections: this.connections.size, everConnected: this.everConnected, federation: this.federation };
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

  private async handle({ message, acceptedAt }: Delivery): Promise<'done' | 'answered'> {
    // An answer that was waited for may come a second time; at least once is the promise.
    if (message.header.messageType === 'RESPONSE') return 'done';
    const { action, object } = message.data;
    const from = message.header.sender.id;
    switch (`${action} ${object.type}`) {
      case 'INVOKE function':
      case 'RETRIEVE data':
        await this.respond(message);
        return 'answered';
      case 'NOTIFY data':
        this.receive(object.id ?? '', message.data.payload, from);
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
    return 'done';
  }

  /** A twin took up the invitation; of interest to who invited it. */
  protected joined(_twin: string): void {
    // Most twins invite nobody.
  }

  private async accept({ header, data }: Message): Promise<void> {
    const { code, reason } = await this.client.ask({ to: header.sender, action: 'ACCEPT', object: data.object });
    if (code !== 'OK') throw new Error(reason ?? code);
  }

  private async respond(message: Message): Promise<void> {
    try {
      await this.client.answer(message, 'OK', this.perform(message.data.object.id ?? '', message.data.payload));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await this.client.answer(message, error.code, undefined, error.message);
    }
    this.changed();
  }

  private reportArrival({ header, data }: Message, acceptedAt: string): void {
    const at = Date.now();
    const exchange = {
      from: header.sender.id,
      to: this.client.id,
      action: data.action,
      object: data.object,
      latencyMs: Math.max(0, at - Date.parse(acceptedAt)),
      outcome: 'received',
    };
    report({ kind: 'exchange', at, exchange });
  }

  /** Subscribes to a peer's data feature. */
  protected async subscribe(peer: string, feature: string): Promise<boolean> {
    const { code } = await this.client.ask({ to: twin(peer), action: 'SUBSCRIBE', object: { type: 'data', id: feature } });
    return code === 'OK' || code === 'CREATED';
  }
}

/** Runs a twin in this process. */
export function play(perform: DomainTwin): void {
  perform.live().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );
}
