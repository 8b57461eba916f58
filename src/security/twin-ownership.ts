import type { OrganizationId, TwinId } from '../kernel/ids.js';
import type { Principal } from './principal.js';

/** Injection token of {@link TwinOwnership}. */
export const TWIN_OWNERSHIP = Symbol('TwinOwnership');

/** What identity must know of twins; implemented by the registry, bound in the composition root. */
export interface TwinOwnership {
  /** The organization that owns the twin; undefined when it does not exist or the principal may not see it. */
  ownerOf(twin: TwinId, principal: Principal): Promise<OrganizationId | undefined>;
}
