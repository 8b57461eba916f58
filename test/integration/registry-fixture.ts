import { type Type } from '@nestjs/common';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { type Database } from '../../src/database/database.js';
import { DictionaryModule } from '../../src/dictionary/dictionary.module.js';
import { DiscoveryModule } from '../../src/discovery/discovery.module.js';
import { parseOrganizationId, parseTwinId } from '../../src/kernel/ids.js';
import { parseDto } from '../../src/problems/dto-validation.js';
import { TwinProfileDto } from '../../src/registry/dto/twin-profile.dto.js';
import type { OrganizationPrincipal, Principal, TwinPrincipal } from '../../src/security/principal.js';
import { RegistryModule } from '../../src/registry/registry.module.js';
import { createTestDatabase } from '../support/test-database.js';
import { anAppOf, begin, callAs } from './module-parts.js';

export const OPERATOR: Principal = { kind: 'operator', subject: 'operator' };

export function organization(slug: string): OrganizationPrincipal {
  return { kind: 'organization', organization: parseOrganizationId(slug), subject: `org_${slug}` };
}

export function twinOf(slug: string, id: string): TwinPrincipal {
  return { kind: 'twin', organization: parseOrganizationId(slug), twin: parseTwinId(id), subject: `twin_${id}` };
}

/** Registry and discovery on a database of their own, without identity: a request says who it is in a header. */
export interface TestRegistry {
  readonly database: Database;
  readonly get: <T>(type: Type<T>) => T;
  readonly call: (principal: Principal, request: InjectOptions) => Promise<LightMyRequestResponse>;
  /** A second broker on the same database. */
  readonly another: () => Promise<TestRegistry>;
  readonly close: () => Promise<void>;
}

async function start(open: () => Promise<Database>, drop: () => Promise<void>): Promise<TestRegistry> {
  const database = await open();
  const app = await anAppOf(database, { modules: [DictionaryModule, RegistryModule, DiscoveryModule] });
  await begin(app);
  return {
    database,
    get: (type) => app.get(type),
    call: (principal, request) => callAs(app, principal, request),
    another: () => start(open, () => Promise.resolve()),
    close: async () => {
      await app.close();
      await database.close();
      await drop();
    },
  };
}

export async function aRegistry(): Promise<TestRegistry> {
  const database = await createTestDatabase();
  return start(
    () => database.open(),
    () => database.drop(),
  );
}

let count = 0;

/** A profile as a caller would send it, with an id of its own. */
export function aProfile(parts: Record<string, unknown> = {}): Record<string, unknown> & { id: string } {
  count += 1;
  const id = `urn:test:twin:${String(count).padStart(6, '0')}`;
  return { id, name: `Twin ${count}`, domain: 'traffic', features: [{ kind: 'data', name: 'flow', schema: { type: 'number' } }], ...parts };
}

/** The same as the DTO that a service takes. */
export function aDto(parts: Record<string, unknown> = {}): TwinProfileDto & { id: string } {
  return parseDto(TwinProfileDto, aProfile(parts)) as TwinProfileDto & { id: string };
}

/** Kind and subject of the domain events so far, in commit order. */
export async function eventsOf(registry: TestRegistry, subject: string): Promise<{ kind: string; data: Record<string, unknown> }[]> {
  return registry.database.query('SELECT kind, data FROM domain_event WHERE subject = $1 ORDER BY position', [subject]);
}

/** Lets the lease of a twin have begun some seconds earlier. */
export async function ageLease(registry: TestRegistry, id: string, seconds: number): Promise<void> {
  await registry.database.query(
    `UPDATE twin_lease SET renewed_at = renewed_at - make_interval(secs => $2), expires_at = expires_at - make_interval(secs => $2),
            due_at = due_at - make_interval(secs => $2), recovered_at = recovered_at - make_interval(secs => $2),
            steady_since = steady_since - make_interval(secs => $2) WHERE twin_id = $1`,
    [id, seconds],
  );
}
