import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../database/unit-of-work.js';
import type { OrganizationId } from '../../kernel/ids.js';

/** Tells of one thing above the dictionary that refers to a shared schema, in words for the caller; `owner` undefined: the public one. */
export type SchemaUseProbe = (tx: Transaction, owner: OrganizationId | undefined, id: string) => Promise<string | undefined>;

/** Who else may use a shared schema. The features above the dictionary say so here, so that one in use is not deleted. */
@Injectable()
export class SchemaUses {
  private readonly probes: SchemaUseProbe[] = [];

  register(probe: SchemaUseProbe): void {
    this.probes.push(probe);
  }

  /** The first use found. */
  async find(tx: Transaction, owner: OrganizationId | undefined, id: string): Promise<string | undefined> {
    for (const probe of this.probes) {
      const use = await probe(tx, owner, id);
      if (use !== undefined) return use;
    }
    return undefined;
  }
}
