import { randomUUID } from 'node:crypto';
import type { OutboundDelivery, OutboundSession, SendOutcome } from '../../adaptor/protocol/outbound-protocol.js';
import type { SourcedRow } from '../inbox/delivery.js';
import { emptyInbox, type InboxState } from '../inbox/inbox-state.js';
import { extend, type Place, placesOf, release } from '../inbox/settling.js';
import { frontier, type Source } from '../inbox/source.js';
import { type ConditionWatcher, EndpointCondition } from './endpoint-condition.js';
import type { StoredEndpoint } from './endpoint.js';
import { type Destination, Flights } from './flights.js';
import { awaitsAnswer } from './outbound-delivery.js';
import type { PumpParts } from './pump-parts.js';
import { Settler } from './settler.js';
import type { HeldSlot } from './slot-leases.js';

/** Begins the name of every consumer that is a pump. */
const CONSUMER = 'outbound ';
/** So many messages per place in flight are claimed, and half of them for one key, so that a slow key does not keep the others waiting. */
const CLAIMED_PER_FLIGHT = 4;
const OF_ONE_KEY = 0.5;
/** Beyond so many, no more than may fly: all that is in hand is written with each claim and each settlement. */
const MANY_CLAIMED = 256;
/** While something is in others' hands, or the slot is in doubt: how long until the next look, in milliseconds. */
const LOOK_MS = 2_000;
const DOUBT_MS = 200;
/** Why a wait ended. Without a reason, every poke would make an error with its stack. */
const POKED = 'poked';
/** The longest wait: until it is poked. */
const FOREVER_MS = 2_147_483_647;

/** Empties one inbox into its endpoint, as long as this broker holds the slot. */
export class EndpointPump implements Destination, ConditionWatcher {
  private readonly condition: EndpointCondition;
  private readonly settler: Settler;
  private readonly flights: Flights;
  private readonly halt = new AbortController();
  private poking = new AbortController();
  private stopping = false;
  private done: Promise<void> = Promise.resolve();
  /** Claims in a row that gave nothing although there was news. */
  private fruitless = 0;

  constructor(
    endpoint: StoredEndpoint,
    private readonly slot: HeldSlot,
    private readonly session: OutboundSession,
    private readonly limits: { readonly maxInFlight: number; readonly timeoutMs: number },
    private readonly parts: PumpParts,
  ) {
    this.condition = new EndpointCondition(endpoint, slot.fence, parts, this);
    this.settler = new Settler(endpoint.receiver, parts.settling);
    this.flights = new Flights(this, this.settler);
  }

  get receiver(): StoredEndpoint['receiver'] {
    return this.state.receiver;
  }

  get state(): StoredEndpoint {
    return this.condition.current;
  }

  get fence(): number {
    return this.slot.fence;
  }

  get maxInFlight(): number {
    return this.limits.maxInFlight;
  }

  get period(): number {
    return this.condition.period;
  }

  /** Whether it has ended by itself, because it is out of date. */
  get isOver(): boolean {
    return this.stopping;
  }

  get isOpen(): boolean {
    return !this.stopping && this.slot.isHeld && this.condition.isOpen;
  }

  now(): number {
    return this.parts.database.clock.now();
  }

  start(): void {
    this.done = this.run();
  }

  /** Claims nothing any more and gives back what is not sent; resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.poke();
    await this.done;
  }

  /** Gives up at once: the slot is another broker's, or there is no time left. */
  abandon(): void {
    this.halt.abort();
    void this.stop();
  }

  /** Makes it look again. */
  poke(): void {
    this.poking.abort(POKED);
  }

  /** Lets leases run on whose messages are still to be sent. */
  async extendLeases(): Promise<void> {
    const running = this.flights.running(this.leaseMs / 2);
    if (running.length === 0 || !this.slot.isHeld) return;
    const expiresAt = Math.round(this.now() + this.leaseMs);
    const ours = await this.parts.settling.inboxes.change(this.receiver, (state) => {
      const tokens = new Set(state.leases.map(({ token }) => token));
      const found = running.filter(({ token }) => tokens.has(token));
      return { state: found.reduce((next, { token }) => extend(next, token, expiresAt), state), result: found };
    });
    for (const claim of ours) claim.expiresAt = new Date(expiresAt);
  }

  async send(row: SourcedRow, delivery: OutboundDelivery): Promise<SendOutcome> {
    const begun = performance.now();
    const outcome = await this.session.send(delivery, this.halt.signal);
    const { metrics, answers } = this.parts;
    const { protocol } = this.state;
    metrics.latency.observe({ protocol }, (performance.now() - begun) / 1_000);
    metrics.attempts.inc({ protocol, outcome: outcome.kind === 'retry' ? outcome.fault : outcome.kind });
    if (outcome.kind === 'accepted') {
      this.parts.presence.saw(this.receiver);
      if (awaitsAnswer(row)) {
        if (outcome.answer !== undefined) await answers.take(this.state, row.messageId, outcome.answer);
        if (outcome.result !== undefined) await answers.takeResult(this.state, delivery.deliveryId, outcome.result);
      }
    }
    return outcome;
  }

  landed(outcome: SendOutcome): number {
    if (this.halt.signal.aborted) return 0;
    this.condition.sent(outcome);
    return outcome.kind === 'retry' ? (outcome.afterMs ?? 0) : 0;
  }

  async isLeased(token: string, { source, position }: Place): Promise<boolean> {
    try {
      const { inboxes } = this.parts.settling;
      const { leases } = inboxes.peek(this.receiver) ?? (await inboxes.read(this.receiver));
      const lease = leases.find((each) => each.token === token);
      return lease?.runs.some((run) => run.source === source && run.positions.includes(position)) ?? false;
    } catch {
      // Not sent by this pump, then: what it holds is taken back by the next.
      this.unsettled();
      return false;
    }
  }

  settled(): void {
    this.poke();
  }

  unsettled(): void {
    this.overtaken();
  }

  moved(): void {
    this.poke();
  }

  /** Configured anew, another broker's, or in doubt: whoever is next reads what holds. */
  overtaken(): void {
    this.stopping = true;
    this.poke();
  }

  private get leaseMs(): number {
    return this.limits.timeoutMs + this.parts.times.spareMs;
  }

  private async run(): Promise<void> {
    let isClean = false;
    while (!this.stopping) {
      this.poking = new AbortController();
      try {
        if (!isClean && this.slot.isHeld) {
          await this.takeBack();
          isClean = true;
        }
        await this.step();
      } catch (error) {
        this.parts.logger.warn({ err: error, receiver: this.receiver }, 'An outbound delivery was interrupted; it goes on soon.');
        await this.rest(DOUBT_MS * 5);
      }
    }
    while (this.flights.size > 0 && !this.halt.signal.aborted) {
      this.poking = new AbortController();
      await this.rest(LOOK_MS);
    }
    await this.condition.written();
    await this.session.close();
  }

  private async step(): Promise<void> {
    if (!this.slot.isHeld) return this.rest(DOUBT_MS);
    await this.condition.written();
    const { waitMs } = this.condition;
    switch (this.state.state) {
      case 'PENDING_VERIFICATION':
        return waitMs > 0 ? this.rest(waitMs) : this.verify();
      case 'SUSPENDED':
        return waitMs > 0 ? this.rest(waitMs) : this.serve(1);
      case 'ACTIVE':
        return this.serve(Math.max(this.limits.maxInFlight, Math.min(this.limits.maxInFlight * CLAIMED_PER_FLIGHT, MANY_CLAIMED)));
      case 'DISABLED':
        return this.rest(FOREVER_MS);
    }
  }

  /** What an earlier pump claimed and did not settle comes again at once: that pump has ended, or lost its slot. */
  private async takeBack(): Promise<void> {
    await this.parts.settling.inboxes.change(this.receiver, (stored) => {
      const left = stored.leases.filter(({ consumer }) => fenceOf(consumer) <= this.fence);
      const state = left.reduce((state: InboxState, lease) => release(state, lease.token, placesOf(lease), 0), stored);
      return { state, result: undefined };
    });
  }

  private async verify(): Promise<void> {
    const verification = await this.session.verify(this.halt.signal);
    if (!this.halt.signal.aborted) this.condition.asked(verification);
  }

  private async serve(most: number): Promise<void> {
    if (this.flights.size >= most) return this.rest(LOOK_MS);
    if (!(await this.parts.ownership.holds(this.state))) return this.rest(LOOK_MS * 5);
    const sources = await this.parts.settling.sources.of(this.receiver);
    const waiting = this.parts.wakeups.enter(sources.map(({ channel }) => channel));
    try {
      const claim = await this.parts.claims.claim(this.receiver, {
        claimId: randomUUID(),
        consumer: `${CONSUMER}${this.fence}`,
        max: most - this.flights.size,
        mostOf: (source, key) => moreOfKey(this.flights.ofKey(source, key), most),
        waitMs: 0,
        leaseMs: this.leaseMs,
      });
      this.flights.take(claim);
      if (claim.token === undefined) await this.news(sources, waiting);
      else this.fruitless = 0;
    } finally {
      waiting.end();
    }
  }

  private async news(sources: readonly Source[], waiting: ReturnType<PumpParts['wakeups']['enter']>): Promise<void> {
    const state = this.parts.settling.inboxes.peek(this.receiver) ?? emptyInbox();
    const at = sources.map((source) => ({ channel: source.channel, lane: source.lane, after: frontier(state, source) }));
    const hasNews = await waiting.until(this.untilNext(state), at, this.poking.signal);
    // News that cannot be claimed (a paused inbox, a message whose time has not come) must not keep it busy.
    this.fruitless = hasNews ? this.fruitless + 1 : 0;
    if (this.fruitless > 1 || this.parts.wakeups.isReleased) await this.rest(Math.min(DOUBT_MS * Math.max(this.fruitless, 1), LOOK_MS));
  }

  /** Until something changes by itself; what is in others' hands, or held back by them, is looked at now and then. */
  private untilNext(state: InboxState): number {
    const now = this.now();
    const moments = [...state.leases.map(({ expiresAt }) => expiresAt), ...state.held.map(({ notBefore }) => notBefore)];
    if (moments.length === 0) return FOREVER_MS;
    const next = moments.filter((moment) => moment > now).map((moment) => moment - now);
    return Math.max(1, Math.min(LOOK_MS, ...next));
  }

  private async rest(ms: number): Promise<void> {
    const { signal } = this.poking;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(ms, FOREVER_MS));
      timer.unref();
      const wake = (): void => {
        clearTimeout(timer);
        resolve();
      };
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}

/** The fence under which a lease was taken; infinite when no pump took it. */
function fenceOf(consumer: string): number {
  return consumer.startsWith(CONSUMER) ? Number(consumer.split(' ')[1]) : Number.POSITIVE_INFINITY;
}

/** How many more messages of a key are claimed: none while more than half of what it may have is in hand, so that they come in runs. */
function moreOfKey(inHand: number, most: number): number {
  const mostOfKey = Math.ceil(most * OF_ONE_KEY);
  return inHand > mostOfKey / 2 ? 0 : mostOfKey - inHand;
}
