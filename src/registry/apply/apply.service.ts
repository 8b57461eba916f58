/**
 * Applying a set of profiles. The plan is made by doing it: everything is done in one transaction, under the locks of the set and of every twin
 * concerned; a dry run, a refusal or a plan that is another by now undoes it. So a dry run tells what would happen, not what is believed to.
 */
import { Injectable } from '@nestjs/common';
import { type Transaction, UnitOfWork } from '../../database/unit-of-work.js';
import { fingerprint } from '../../kernel/canonical-json.js';
import type { TwinId } from '../../kernel/ids.js';
import { problemDocument } from '../../problems/problem-document.js';
import { DomainError } from '../../problems/domain-error.js';
import { Audit } from '../../security/audit.js';
import type { OrganizationPrincipal, Principal } from '../../security/principal.js';
import { TwinService } from '../twin.service.js';
import type { TwinRecord } from '../twin.js';
import { type ApplyOptions, type ApplyPlan, digestOfTargets, hasChanges, type PlanItem, planOf } from './apply-plan.js';
import { differenceOf } from './profile-difference.js';
import { type ReadProfiles, readProfiles, type SetProfile } from './set-profiles.js';
import { requireSetOwner } from './set-owner.js';
import { type Standing, TwinSetRepository } from './twin-set.repository.js';

/** The most twins that a set may have. */
export const MAX_SET_TWINS = 1_000;
/** The most refused twins that a refusal names. */
const MAX_REFUSED = 50;

/** Carries a finished plan out of a transaction that is to be undone. */
class Undone extends Error {
  constructor(readonly plan: ApplyPlan) {
    super('undone');
  }
}

/** Applies sets of profiles: everything or nothing, idempotent, told before it is done. */
@Injectable()
export class ApplyService {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly twins: TwinService,
    private readonly sets: TwinSetRepository,
    private readonly audit: Audit,
  ) {}

  /**
   * Makes the set what the profiles say. With `dryRun` nothing is changed, and refused twins are items of the plan.
   * @throws DomainError `forbidden` for who is no organization; `validation-failed` for a set that would have too many twins; `apply-refused`
   * naming each refused twin; `plan-changed` when `options.plan` is not the plan any more. Then nothing is changed.
   */
  async apply(principal: Principal, name: string, values: readonly unknown[], options: ApplyOptions): Promise<ApplyPlan> {
    const owner = requireSetOwner(principal);
    const read = await readProfiles(values);
    try {
      return await this.uow.run((tx) => this.carryOut(tx, owner, name, read, options));
    } catch (error) {
      if (!(error instanceof Undone)) throw error;
      if (options.dryRun) return error.plan;
      throw refusalOf(error.plan);
    }
  }

  private async carryOut(
    tx: Transaction,
    principal: OrganizationPrincipal,
    name: string,
    { profiles, refused }: ReadProfiles,
    options: ApplyOptions,
  ): Promise<ApplyPlan> {
    const { organization } = principal;
    await this.sets.lock(tx, organization, name);
    const members = await this.sets.members(tx, organization, name);
    const wanted = new Set<string>([...profiles.map(({ id }) => id), ...refused.flatMap(({ id }) => (id === undefined ? [] : [id]))]);
    const leaving = members.filter((id) => !wanted.has(id));
    const size = wanted.size + (options.prune ? 0 : leaving.length);
    if (size > MAX_SET_TWINS) throw tooMany(size);
    const standings = await this.sets.lockTwins(tx, [...new Set([...profiles.map(({ id }) => id), ...leaving])].sort());

    const items: PlanItem[] = [...refused];
    for (const profile of profiles) items.push(await this.put(tx, principal, name, profile, standings.get(profile.id), options));
    for (const id of leaving) items.push(await this.leave(tx, principal, id, standings.get(id), options));
    const plan = planOf(organization, name, items);

    if (options.plan !== undefined && options.plan !== plan.digest) throw planChanged(plan);
    if (options.dryRun || plan.counts.refused > 0) throw new Undone(plan);
    await this.keepBooks(tx, principal, name, plan);
    return plan;
  }

  /** Registers or replaces one twin. */
  private async put(
    tx: Transaction,
    principal: OrganizationPrincipal,
    name: string,
    { id, dto, pointer }: SetProfile,
    standing: Standing | undefined,
    options: ApplyOptions,
  ): Promise<PlanItem> {
    const strange = standing !== undefined && standing.owner === principal.organization && standing.set !== name;
    if (strange && !options.adopt) return { id, action: 'refused', pointer, refusal: notOfTheSet(id, standing, pointer) };
    try {
      const before = standing && described(await this.twins.read(principal, id, tx));
      const { twin } = await this.twins.replace(principal, id, dto, {}, tx, { force: options.force });
      const after = described(twin);
      const difference = before && differenceOf(before, after);
      return {
        id,
        action: before === undefined ? 'create' : difference === undefined ? 'nothing' : 'change',
        pointer,
        ...(strange ? { adoptedFrom: standing.set === null ? {} : { set: standing.set } } : {}),
        ...(difference === undefined ? {} : { difference }),
        ...baseOf(standing),
        target: fingerprint(after).toString('base64url'),
      };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return { id, action: 'refused', pointer, ...baseOf(standing), refusal: error.beneath(pointer) };
    }
  }

  /** Takes one twin out of the registry that is not among the profiles any more, unless it is to be kept. */
  private async leave(
    tx: Transaction,
    principal: OrganizationPrincipal,
    id: TwinId,
    standing: Standing | undefined,
    { prune }: ApplyOptions,
  ): Promise<PlanItem> {
    // Deregistered or handed over between the look at the set and its lock: then it has left by itself.
    if (!prune || standing?.owner !== principal.organization) return { id, action: 'keep' };
    try {
      await this.twins.deregister(principal, id, {}, tx);
      return { id, action: 'remove', ...baseOf(standing) };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return { id, action: 'refused', ...baseOf(standing), refusal: error };
    }
  }

  private async keepBooks(tx: Transaction, principal: OrganizationPrincipal, name: string, plan: ApplyPlan): Promise<void> {
    const { organization, subject } = principal;
    const ids = (actions: readonly string[]): TwinId[] =>
      plan.items.flatMap(({ id, action }) => (id !== undefined && actions.includes(action) ? [id as TwinId] : []));
    await this.sets.leave(tx, ids(['remove']));
    await this.sets.join(tx, organization, name, ids(['create', 'change', 'nothing']));
    const changed = hasChanges(plan);
    await this.sets.noteApplied(tx, organization, name, { digest: digestOfTargets(plan.items), by: subject, changed });
    if (!changed) return;
    const { create, change, remove } = plan.counts;
    this.audit.record(tx, { principal, action: 'twin-set.apply', subject: name, detail: { create, change, remove, plan: plan.digest } });
  }
}

/** A profile with the lease asked for, as the two are compared. */
function described({ profile, lease }: TwinRecord): Record<string, unknown> {
  if (lease === undefined) return { ...profile };
  const { renewedAt: _renewed, expiresAt: _expires, ...asked } = lease;
  return { ...profile, lease: asked };
}

function baseOf(standing: Standing | undefined): { base?: string } {
  return standing === undefined ? {} : { base: `${standing.incarnation}.${standing.version}` };
}

function notOfTheSet(id: TwinId, { set }: Standing, pointer: string): DomainError {
  const where = set === null ? 'was registered by hand' : `belongs to the set ${set}`;
  const detail = `${where}; ask with adopt=true to take it over`;
  return new DomainError('state-conflict', `The twin ${id} ${detail}.`, {
    pointer: `${pointer}/id`,
    errors: [{ pointer: `${pointer}/id`, detail }],
    extensions: set === null ? {} : { set },
  });
}

function tooMany(size: number): DomainError {
  const detail = `the set would have ${size} twins; it may have at most ${MAX_SET_TWINS}`;
  return new DomainError('validation-failed', `Too many: ${detail}.`, { pointer: '/twins', errors: [{ pointer: '/twins', detail }] });
}

function planChanged({ digest, counts }: ApplyPlan): DomainError {
  return new DomainError('plan-changed', 'What applying would do now is not the plan that was asked for: look at a dry run again.', {
    extensions: { plan: digest, counts },
  });
}

function refusalOf({ items, counts }: ApplyPlan): DomainError {
  const refused = items.filter((item) => item.refusal !== undefined).slice(0, MAX_REFUSED);
  const places = refused.flatMap(({ refusal, pointer = '' }) => refusal?.errors ?? [{ pointer, detail: refusal?.detail ?? 'is refused' }]);
  return new DomainError('apply-refused', `${counts.refused} of the twins are refused, so nothing was changed.`, {
    pointer: places[0]?.pointer,
    errors: places.slice(0, MAX_REFUSED),
    extensions: {
      counts,
      refused: refused.map(({ id, pointer, refusal }) => ({
        ...(id === undefined ? {} : { id }),
        ...(pointer === undefined ? {} : { pointer }),
        problem: refusal && problemDocument(refusal),
      })),
    },
  });
}
