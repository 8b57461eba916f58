import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../database/unit-of-work.js';
import { DomainError } from '../../problems/domain-error.js';
import type { SharedSchemaKey } from './shared-schema.js';
import { SharedSchemaRepository } from './shared-schema.repository.js';

const MAX_PLACES = 50;

/** A shared schema that something which is to be stored refers to, and where it does. */
export interface SharedSchemaUse extends SharedSchemaKey {
  readonly pointer: string;
}

/**
 * What refers to a shared schema was compiled before the transaction that stores it: in between the schema may have been deleted. Held in that
 * transaction, it is there and stays; a deletion that comes later waits, and then finds who uses it.
 */
@Injectable()
export class SharedSchemaHold {
  constructor(private readonly schemas: SharedSchemaRepository) {}

  /** @throws DomainError `schema-unresolvable` for those that are gone, or are others by now */
  async hold(tx: Transaction, uses: readonly SharedSchemaUse[]): Promise<void> {
    if (uses.length === 0) return;
    const wanted = new Map(uses.map((use) => [nameOf(use), use]));
    const held = new Map((await this.schemas.hold(tx, [...wanted.values()])).map((key) => [nameOf(key), key.fingerprint]));
    const lost = uses.filter((use) => held.get(nameOf(use))?.equals(use.fingerprint) !== true);
    const [first] = lost;
    if (first === undefined) return;
    const detail = ({ id }: SharedSchemaUse): string => `refers to the shared schema ${id}, which was deleted or replaced meanwhile`;
    throw new DomainError('schema-unresolvable', `${first.pointer} ${detail(first)}.`, {
      pointer: first.pointer,
      errors: lost.slice(0, MAX_PLACES).map((use) => ({ pointer: use.pointer, detail: detail(use) })),
    });
  }
}

function nameOf({ owner, id }: SharedSchemaKey): string {
  return `${owner ?? ''} ${id}`;
}
