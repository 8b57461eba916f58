import { Injectable } from '@nestjs/common';
import { type Transaction, UnitOfWork } from '../database/unit-of-work.js';
import { canonicalJson } from '../kernel/canonical-json.js';
import { mintUrn, parseTwinId, type TwinId } from '../kernel/ids.js';
import type { Principal } from '../security/principal.js';
import { type ChangeImpact, ChangeImpacts } from './impact/change-impact.js';
import type { TwinProfileDto } from './dto/twin-profile.dto.js';
import { TwinGate } from './twin-gate.js';
import { mergeIntoTwin } from './twin-patch.js';
import { requireSameId, TwinSubmissionReader } from './twin-submission-reader.js';
import type { Preconditions, RegistrationOutcome, TwinProfile, TwinRecord } from './twin.js';

/** What a change would do. */
export interface ChangePreview {
  readonly id: TwinId;
  readonly change: RegistrationOutcome['change'];
  /** What it would mean for those who use the twin; a verdict of breaking or undecided would be refused without force. */
  readonly impact: ChangeImpact;
}

const NO_IMPACT: ChangeImpact = { verdict: 'none', features: [], dependents: [], moreDependents: false };

/** Dry runs: every check of the change itself, and nothing changed. They fail as the change would, but for `breaking-change`, which they tell. */
@Injectable()
export class TwinPreviewService {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly gate: TwinGate,
    private readonly impacts: ChangeImpacts,
    private readonly submissions: TwinSubmissionReader,
  ) {}

  /** Of a registration under a new id. */
  async register(principal: Principal, dto: TwinProfileDto, tx?: Transaction): Promise<ChangePreview> {
    return this.put(principal, parseTwinId(dto.id ?? mintUrn()), dto, {}, true, tx);
  }

  /** Of a registration or replacement. */
  async replace(
    principal: Principal,
    id: TwinId,
    dto: TwinProfileDto,
    preconditions: Preconditions = {},
    tx?: Transaction,
  ): Promise<ChangePreview> {
    requireSameId(dto, id);
    return this.put(principal, id, dto, preconditions, false, tx);
  }

  /** Of a merge patch. */
  async patch(
    principal: Principal,
    id: TwinId,
    patch: unknown,
    preconditions: Preconditions = {},
    tx?: Transaction,
  ): Promise<ChangePreview> {
    return this.uow.join(tx, async (within) => {
      const current = await this.gate.own(within, principal, id, preconditions);
      const { profile } = await this.submissions.read(mergeIntoTwin(current, patch).dto, current.owner);
      return this.compare(within, current, profile);
    });
  }

  private async put(
    principal: Principal,
    id: TwinId,
    dto: TwinProfileDto,
    preconditions: Preconditions,
    onlyNew: boolean,
    tx?: Transaction,
  ): Promise<ChangePreview> {
    const { profile } = await this.submissions.readFor(principal, dto);
    return this.uow.join(tx, async (within) => {
      const claim = await this.gate.claim(within, principal, id, preconditions, onlyNew);
      return claim.state === 'live' ? this.compare(within, claim.twin, profile) : { id, change: 'created', impact: NO_IMPACT };
    });
  }

  private async compare(tx: Transaction, { id, profile: current }: TwinRecord, profile: TwinProfile): Promise<ChangePreview> {
    if (canonicalJson(current) === canonicalJson(profile)) return { id, change: 'unchanged', impact: NO_IMPACT };
    return { id, change: 'replaced', impact: await this.impacts.assess(tx, id, current, profile) };
  }
}
