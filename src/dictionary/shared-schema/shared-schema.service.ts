import { Injectable } from '@nestjs/common';
import { type Transaction, UnitOfWork } from '../../database/unit-of-work.js';
import { clampLimit, decodeCursor, encodeCursor, InvalidCursor, type Page } from '../../kernel/page.js';
import { DomainError } from '../../problems/domain-error.js';
import { organizationOf, type Principal } from '../../security/principal.js';
import { builtInSchema } from './builtin-schemas.js';
import { SchemaUses } from './schema-uses.js';
import { readAddress, readSharedSchema } from './shared-schema-reader.js';
import { type SchemaOwner, SharedSchemaRepository } from './shared-schema.repository.js';
import type { SharedSchema, SharedSchemaDraft } from './shared-schema.js';

/** Most schemas that one owner may share. */
export const MAX_SCHEMAS_PER_OWNER = 2_000;

/** A schema as submitted; without an id, its `$id` is. */
export interface SchemaSubmission {
  readonly id?: string;
  readonly schema: unknown;
}

/** What became of it. */
export interface SchemaOutcome {
  readonly id: string;
  readonly change: 'created' | 'unchanged';
}

/**
 * SD-FE: JSON Schemas shared by `$id`. An organization has its own, which others neither see nor meet; the operator publishes those for everyone.
 * Failures common to all: `not-found` for what is not there for the caller.
 */
@Injectable()
export class SharedSchemaService {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly schemas: SharedSchemaRepository,
    private readonly uses: SchemaUses,
  ) {}

  /**
   * Registers schemas, all or none. One that is there already with the same content is unchanged.
   * @throws DomainError `validation-failed`, `already-exists` for another content under an id in use, `forbidden`, `state-conflict` when there are too many
   */
  async register(principal: Principal, submissions: readonly SchemaSubmission[], tx?: Transaction): Promise<SchemaOutcome[]> {
    const owner = writerOf(principal);
    const drafts = submissions.map(({ id, schema }, index) =>
      readSharedSchema(schema, id, submissions.length > 1 ? `/schemas/${index}/schema` : ''),
    );
    refuseTwice(drafts);
    return this.uow.join(tx, async (within) => {
      const outcomes = new Map<string, SchemaOutcome>();
      // In one order for everyone, so that two imports of the same schemas never wait for each other.
      for (const draft of drafts.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
        outcomes.set(draft.id, { id: draft.id, change: await this.put(within, principal, owner, draft) });
      }
      if ((await this.schemas.count(within, owner)) > MAX_SCHEMAS_PER_OWNER)
        throw new DomainError('state-conflict', `One owner may share at most ${MAX_SCHEMAS_PER_OWNER} schemas.`);
      return drafts.flatMap(({ id }) => outcomes.get(id) ?? []);
    });
  }

  /** The schema that the caller means by an id: its own, or the public one. @throws DomainError `not-found`, `validation-failed` */
  async read(principal: Principal, id: string, tx?: Transaction): Promise<SharedSchema> {
    const address = readAddress(id, '/id');
    const found = await this.schemas.find(ownersSeenBy(principal), [address], tx);
    const schema = found.find(({ owner }) => owner !== undefined) ?? found[0] ?? builtInSchema(address);
    if (!schema) throw unknown(address);
    return schema;
  }

  /** The caller's own and the public ones that are registered, in order of id; without the documents. */
  async list(principal: Principal, limit?: number, cursor?: string): Promise<Page<SharedSchema>> {
    const size = clampLimit(limit, 200);
    const schemas = await this.schemas.list(ownersSeenBy(principal), readPlace(cursor), size + 1);
    const items = schemas.slice(0, size);
    const last = items.at(-1);
    return schemas.length > size && last ? { items, next: encodeCursor(LIST, [last.id, last.owner ?? '']) } : { items };
  }

  /**
   * Takes back a schema of the caller's own, or, for the operator, a public one.
   * @throws DomainError `state-conflict` while another schema or a twin refers to it
   */
  async remove(principal: Principal, id: string, tx?: Transaction): Promise<void> {
    const owner = writerOf(principal);
    const address = readAddress(id, '/id');
    await this.uow.join(tx, async (within) => {
      if (!(await this.schemas.lock(within, owner, address))) throw unknown(address);
      const referring = await this.schemas.referringTo(within, owner, address);
      const use = referring ? `the shared schema ${referring.id}` : await this.uses.find(within, owner === '' ? undefined : owner, address);
      if (use !== undefined)
        throw new DomainError('state-conflict', `The schema ${address} is in use by ${use}: what refers to it must go first.`);
      await this.schemas.delete(within, owner, address);
      within.record({ kind: 'schema.changed', subject: address, data: { owner, change: 'deleted' } });
    });
  }

  private async put(tx: Transaction, principal: Principal, owner: SchemaOwner, draft: SharedSchemaDraft): Promise<SchemaOutcome['change']> {
    const outcome = await this.schemas.insert(tx, owner, draft, principal.subject);
    if (outcome === 'other') {
      throw new DomainError(
        'already-exists',
        `Another schema is registered under ${draft.id}. A shared schema never changes: give the new one an id of its own.`,
      );
    }
    if (outcome === 'created') tx.record({ kind: 'schema.changed', subject: draft.id, data: { owner, change: 'created' } });
    return outcome;
  }
}

const LIST = 'shared-schemas';

function readPlace(cursor: string | undefined): [string, string] {
  if (cursor === undefined) return ['', ''];
  const [id, owner] = decodeCursor(LIST, cursor);
  if (typeof id !== 'string' || typeof owner !== 'string') throw new InvalidCursor('is not a cursor of this list');
  return [id, owner];
}

function writerOf(principal: Principal): SchemaOwner {
  if (principal.kind === 'twin')
    throw new DomainError('forbidden', 'A twin shares no schemas: its organization does, or the operator for everyone.');
  return organizationOf(principal) ?? '';
}

function ownersSeenBy(principal: Principal): SchemaOwner[] {
  const organization = organizationOf(principal);
  return organization === undefined ? [''] : [organization, ''];
}

function refuseTwice(drafts: readonly SharedSchemaDraft[]): void {
  const seen = new Set<string>();
  for (const [index, { id }] of drafts.entries()) {
    if (seen.has(id)) {
      const pointer = `/schemas/${index}`;
      throw new DomainError('validation-failed', `${id} comes twice.`, {
        pointer,
        errors: [{ pointer, detail: 'has an id that came before' }],
      });
    }
    seen.add(id);
  }
}

function unknown(id: string): DomainError {
  return new DomainError('not-found', `There is no shared schema ${id}, or the caller may not see it.`);
}
