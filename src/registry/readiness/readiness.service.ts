import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { CredentialService } from '../../security/credential.service.js';
import { type Principal, requireActsFor } from '../../security/principal.js';
import { TwinService } from '../twin.service.js';
import type { TwinRecord } from '../twin.js';
import { EndpointCheck } from './endpoint-check.js';
import { type ReadinessCheck, TWIN_INBOX, type TwinInbox } from './readiness.js';
import { SampleCheck } from './sample-check.js';

/** What is to be checked. */
export interface ReadinessRequest {
  readonly samples: Readonly<Record<string, unknown>>;
  /** How long the round trip may take; 0: none. */
  readonly waitMs: number;
  readonly signal?: AbortSignal;
}

/** All checks; ready when none failed. */
export interface ReadinessReport {
  readonly ready: boolean;
  readonly checks: readonly ReadinessCheck[];
}

/** For each twin and broker so many checks within so many milliseconds, and at most so many at a time in a broker. */
const RUNS = { each: 6, withinMs: 60_000, atOnce: 20 } as const;
const REMEMBERED = 10_000;

/** Tells an integrator whether a twin can go live. Changes nothing but for the message of the round trip. */
@Injectable()
export class ReadinessService {
  private readonly runs = new LRUCache<TwinId, number[]>({ max: REMEMBERED });
  private running = 0;

  constructor(
    private readonly twins: TwinService,
    private readonly credentials: CredentialService,
    private readonly endpoints: EndpointCheck,
    private readonly samples: SampleCheck,
    @Inject(TWIN_INBOX) private readonly inbox: TwinInbox,
  ) {}

  /** @throws DomainError `not-found`, `forbidden`, `validation-failed`, `rate-limited` */
  async check(principal: Principal, id: TwinId, request: ReadinessRequest): Promise<ReadinessReport> {
    const twin = await this.twins.read(principal, id);
    requireActsFor(principal, twin);
    requireFeatures(twin, request.samples);
    this.count(id);
    this.running += 1;
    try {
      const parts = await Promise.all([
        this.credential(principal, twin),
        this.reach(twin),
        this.samples.check(principal, twin, request.samples),
        this.roundTrip(twin, request),
      ]);
      const checks = [registrationOf(twin), ...parts.flat()];
      return { ready: checks.every(({ outcome }) => outcome !== 'failed'), checks };
    } finally {
      this.running -= 1;
    }
  }

  private count(id: TwinId): void {
    const now = performance.now();
    const recent = (this.runs.get(id) ?? []).filter((at) => at > now - RUNS.withinMs);
    const [oldest] = recent;
    if (recent.length >= RUNS.each && oldest !== undefined) {
      throw new DomainError('rate-limited', `The twin was checked ${RUNS.each} times within a minute; wait before the next.`, {
        retryAfterSeconds: Math.ceil((oldest + RUNS.withinMs - now) / 1_000),
      });
    }
    if (this.running >= RUNS.atOnce) {
      throw new DomainError('rate-limited', 'Too many readiness checks run at the moment; try again shortly.', { retryAfterSeconds: 5 });
    }
    this.runs.set(id, [...recent, now]);
  }

  private async credential(principal: Principal, { id, owner }: TwinRecord): Promise<ReadinessCheck[]> {
    const name = 'credential';
    if (principal.kind === 'twin') return [{ name, outcome: 'passed', detail: 'The token of this request is the twin’s own.' }];
    const { items } = await this.credentials.list(principal, { organization: owner, twin: id }, 1);
    if (items.length > 0) return [{ name, outcome: 'passed', detail: 'The twin has a credential; tokens can be had with it.' }];
    const remedy = 'To let the twin act for itself alone, make it a credential: POST /v1/twins/{id}/credentials.';
    return [
      { name, outcome: 'passed', detail: 'The organization’s token of this request acts for the twin; it has none of its own.', remedy },
    ];
  }

  private async reach({ profile }: TwinRecord): Promise<ReadinessCheck[]> {
    if (profile.endpoints.length === 0)
      return [{ name: 'endpoint', outcome: 'skipped', detail: 'The twin names no endpoints; it reads its inbox.' }];
    return Promise.all(profile.endpoints.map(({ url }) => this.endpoints.check(url)));
  }

  private async roundTrip({ id }: TwinRecord, { waitMs, signal }: ReadinessRequest): Promise<ReadinessCheck[]> {
    const name = 'round-trip';
    if (waitMs === 0) return [{ name, outcome: 'skipped', detail: 'It was not asked for (waitSeconds 0).' }];
    if (await this.inbox.roundTrip(id, waitMs, signal)) {
      return [{ name, outcome: 'passed', detail: 'A message to the twin was claimed and settled.' }];
    }
    return [
      {
        name,
        outcome: 'failed',
        detail: `A message to the twin was not settled within ${waitMs / 1_000} s.`,
        remedy: 'Let the twin claim its inbox and settle what it gets: POST /v1/twins/{id}/inbox/claims, then …/acks.',
      },
    ];
  }
}

function registrationOf({ status, maintenance }: TwinRecord): ReadinessCheck {
  const name = 'registration';
  if (status !== 'ACTIVE') {
    const remedy = status === 'SUSPENDED' ? 'Ask the operator to resume it.' : 'Renew its lease: PUT /v1/twins/{id}/lease.';
    return { name, outcome: 'failed', detail: `The twin is ${status}.`, remedy };
  }
  if (maintenance !== undefined)
    return { name, outcome: 'passed', detail: `The twin is ACTIVE, in maintenance until ${maintenance.to.toISOString()}.` };
  return { name, outcome: 'passed', detail: 'The twin is ACTIVE.' };
}

function requireFeatures({ id, profile }: TwinRecord, samples: Readonly<Record<string, unknown>>): void {
  const errors = Object.keys(samples)
    .filter((name) => !profile.features.some((feature) => feature.name === name))
    .map((name) => ({ pointer: `/samples/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, detail: `is no feature of ${id}` }))
    .slice(0, 50);
  const [first] = errors;
  if (first !== undefined)
    throw new DomainError('validation-failed', `${first.pointer} ${first.detail}.`, { pointer: first.pointer, errors });
}
