import { Injectable } from '@nestjs/common';
import type { OrganizationId, TwinId } from '../kernel/ids.js';
import type { Principal } from '../security/principal.js';
import type { TwinOwnership } from '../security/twin-ownership.js';
import { TwinRepository } from './twin.repository.js';

/** Tells identity who owns a twin, as far as the principal may see it. */
@Injectable()
export class RegisteredOwnership implements TwinOwnership {
  constructor(private readonly twins: TwinRepository) {}

  async ownerOf(twin: TwinId, principal: Principal): Promise<OrganizationId | undefined> {
    return (await this.twins.findVisible(principal, twin))?.owner;
  }
}
