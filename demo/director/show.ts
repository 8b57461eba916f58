import { setTimeout as delay } from 'node:timers/promises';
import type { Report } from '../twins/stage.js';
import { type Domain, DOMAINS, type TwinState } from '../twins/twin-state.js';
import { Watch } from '../twins/watch.js';
import type { Audience } from './cast.js';
import type { Effect, States } from './effects.js';
import { formatName, type Timeline } from './timeline.js';

/** From the start of the processes to the last registration, in milliseconds. */
const READY_LIMIT_MS = 30_000;
/** From the alarm to the last effect. */
const SHOW_LIMIT_MS = 60_000;
/** What the others have left when a twin has died. */
const BEREAVED_LIMIT_MS = 12_000;
/** News of the end are still on their way when the fire twin has finished. */
const ECHO_LIMIT_MS = 3_000;

/** Listens to the twins and ticks off what it sees in their state. An effect counts once it was seen, whatever comes later. */
export class Show implements Audience {
  private readonly ready = new Set<Domain>();
  private readonly dead = new Map<Domain, string>();
  private readonly states: States = {};
  private readonly missing: Set<Effect>;
  private readonly watch = new Watch();
  private finished = false;
  private isOver = false;

  constructor(
    effects: readonly Effect[],
    private readonly timeline: Timeline,
  ) {
    this.missing = new Set(effects);
  }

  /** Effects that nobody has seen. */
  get unseen(): Effect[] {
    return [...this.missing];
  }

  /** Whether a twin has died. */
  get isBereaved(): boolean {
    return this.dead.size > 0;
  }

  /** Resolves when every twin has registered, or will not any more. */
  async untilReady(): Promise<void> {
    await this.watch.until(() => DOMAINS.every((domain) => this.ready.has(domain) || this.dead.has(domain)), READY_LIMIT_MS);
  }

  /** Resolves when everything was seen, or when there is nothing left to wait for. */
  async untilOver(): Promise<void> {
    const deadline = delay(SHOW_LIMIT_MS, undefined, { ref: false });
    const bereaved = this.watch
      .until(() => this.dead.size > 0, SHOW_LIMIT_MS)
      .then(() => delay(BEREAVED_LIMIT_MS, undefined, { ref: false }));
    const ended = this.watch
      .until(() => this.finished || this.dead.has('fire'), SHOW_LIMIT_MS)
      .then(() => delay(ECHO_LIMIT_MS, undefined, { ref: false }));
    await Promise.race([this.watch.until(() => this.missing.size === 0, SHOW_LIMIT_MS), deadline, bereaved, ended]);
  }

  /** From now on twins may end. */
  close(): void {
    this.isOver = true;
  }

  heard(domain: Domain, report: Report): void {
    switch (report.kind) {
      case 'ready':
        this.ready.add(domain);
        if (!this.isOver) this.timeline.note(`● ${domain} speaks ${formatName(report.format)} by ${report.wire}`);
        break;
      case 'planned':
        if (!this.isOver) this.timeline.planned(report.flow);
        break;
      case 'exchange':
        if (!this.isOver) this.timeline.exchange(report.exchange, report.at);
        break;
      case 'found':
        if (!this.isOver) this.timeline.found(domain, report.found);
        break;
      case 'state':
        this.see(report.state);
        break;
      case 'finished':
        this.finished = true;
        break;
    }
    this.watch.notify();
  }

  ended(domain: Domain, how: string): void {
    if (this.isOver) return;
    this.dead.set(domain, how);
    this.timeline.note(`✗ the process of the ${domain} twin has ended (${how})`, true);
    this.watch.notify();
  }

  private see(state: TwinState): void {
    Object.assign(this.states, { [state.domain]: state });
    for (const effect of this.missing) {
      if (!effect.holds(this.states)) continue;
      this.missing.delete(effect);
      if (!this.isOver) this.timeline.note(`✓ ${effect.twin} ${effect.says}`);
    }
  }
}
