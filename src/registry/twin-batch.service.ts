import { Injectable } from '@nestjs/common';
import { parseTwinId } from '../kernel/ids.js';
import { DomainError } from '../problems/domain-error.js';
import { parseDto } from '../problems/dto-validation.js';
import type { Principal } from '../security/principal.js';
import { TwinProfileDto } from './dto/twin-profile.dto.js';
import { TwinService } from './twin.service.js';
import type { RegistrationOutcome } from './twin.js';

/** What became of one profile of a batch. */
export type BatchItem = { readonly id?: string } & (
  { readonly outcome: RegistrationOutcome; readonly refusal?: undefined } | { readonly outcome?: undefined; readonly refusal: DomainError }
);

/** Registers several twins, each on its own: one that is refused does not keep the others from being registered. */
@Injectable()
export class TwinBatchService {
  constructor(private readonly twins: TwinService) {}

  /** Registers or replaces each, in order, as {@link TwinService.replace} does. Repeating it changes nothing. */
  async register(principal: Principal, profiles: readonly unknown[]): Promise<BatchItem[]> {
    const items: BatchItem[] = [];
    for (const [index, profile] of profiles.entries()) items.push(await this.registerOne(principal, profile, `/twins/${index}`));
    return items;
  }

  private async registerOne(principal: Principal, profile: unknown, pointer: string): Promise<BatchItem> {
    let id: string | undefined;
    try {
      const dto = parseDto(TwinProfileDto, profile);
      if (dto.id === undefined) {
        const errors = [{ pointer: '/id', detail: 'is required in a batch, so that the batch can be repeated' }];
        throw new DomainError('validation-failed', 'Each twin of a batch needs its id.', { pointer: '/id', errors });
      }
      id = dto.id;
      return { id, outcome: await this.twins.replace(principal, parseTwinId(id), dto) };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return { id, refusal: error.beneath(pointer) };
    }
  }
}
