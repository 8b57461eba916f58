import { Injectable } from '@nestjs/common';
import type { OrganizationId, TwinId } from '../kernel/ids.js';
import { DomainError } from '../problems/domain-error.js';
import type { Principal } from '../security/principal.js';
import type { TwinProfileDto } from './dto/twin-profile.dto.js';
import { type TwinSubmission, TwinSubmissions } from './twin-submission.js';

/** Reads profiles for whoever submits them: an organization's own shared schemas come before public ones. */
@Injectable()
export class TwinSubmissionReader {
  constructor(private readonly submissions: TwinSubmissions) {}

  /** @throws DomainError as {@link TwinSubmissions.read} */
  read(dto: TwinProfileDto, owner: OrganizationId): Promise<TwinSubmission> {
    return this.submissions.read(dto, owner);
  }

  /** @throws DomainError `forbidden` for an operator, and as {@link TwinSubmissions.read} */
  async readFor(principal: Principal, dto: TwinProfileDto): Promise<TwinSubmission> {
    if (principal.kind === 'operator')
      throw new DomainError('forbidden', 'An operator never acts for a twin: its organization registers it.');
    return this.submissions.read(dto, principal.organization);
  }
}

/** @throws DomainError `validation-failed` when a profile has another id than the place it is sent to */
export function requireSameId(dto: TwinProfileDto, id: TwinId): void {
  if (dto.id === undefined || dto.id === id) return;
  const errors = [{ pointer: '/id', detail: 'is not the id of the twin to be replaced' }];
  throw new DomainError('validation-failed', 'The id in the profile is not the id of the twin to be replaced.', { pointer: '/id', errors });
}
