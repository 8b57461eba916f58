import { type Type } from '@nestjs/common';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { type Database } from '../../src/database/database.js';
import { DictionaryModule } from '../../src/dictionary/dictionary.module.js';
import { parseOrganizationId, parseTwinId } from '../../src/kernel/ids.js';
import type { OrganizationPrincipal, Principal, TwinPrincipal } from '../../src/security/principal.js';
import { createTestDatabase } from '../support/test-database.js';
import { anAppOf, begin, callAs } from './module-parts.js';

export const OPERATOR: Principal = { kind: 'operator', subject: 'operator' };
export const ROADS = organization('roads');
export const PARKS = organization('parks');

export function organization(slug: string): OrganizationPrincipal {
  return { kind: 'organization', organization: parseOrganizationId(slug), subject: `org_${slug}` };
}

export function twinOf(slug: string): TwinPrincipal {
  return { kind: 'twin', organization: parseOrganizationId(slug), twin: parseTwinId('urn:test:twin'), subject: `twin_${slug}` };
}

/** The dictionary on a database of its own, over HTTP with the product's body parsing; a request says who it is in a header. */
export interface TestDictionary {
  readonly database: Database;
  readonly get: <T>(type: Type<T>) => T;
  readonly call: (principal: Principal, request: InjectOptions) => Promise<LightMyRequestResponse>;
  /** A second broker on the same database. */
  readonly another: () => Promise<TestDictionary>;
  readonly close: () => Promise<void>;
}

async function start(open: () => Promise<Database>, drop: () => Promise<void>): Promise<TestDictionary> {
  const database = await open();
  const app = await anAppOf(database, { modules: [DictionaryModule] });
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

export async function aDictionary(): Promise<TestDictionary> {
  const database = await createTestDatabase();
  return start(
    () => database.open(),
    () => database.drop(),
  );
}

export const vocabularyPath = (id: string): string => `/v1/dictionary/vocabularies/${encodeURIComponent(id)}`;
export const termPath = (iri: string): string => `/v1/dictionary/terms/${encodeURIComponent(iri)}`;

let count = 0;

/** A vocabulary of the organization, with an id of its own. */
export async function aVocabulary(dictionary: TestDictionary, owner: Principal = ROADS): Promise<string> {
  count += 1;
  const id = `urn:test:vocabulary:${count}`;
  const made = await dictionary.call(owner, {
    method: 'POST',
    url: '/v1/dictionary/vocabularies',
    payload: { id, titles: { en: `No. ${count}` } },
  });
  if (made.statusCode !== 201) throw new Error(made.body);
  return id;
}

/** Puts a term into a vocabulary, and gives the answer. */
export async function putTerm(
  dictionary: TestDictionary,
  vocabulary: string,
  name: string,
  parts: object = {},
  owner: Principal = ROADS,
): Promise<LightMyRequestResponse> {
  const payload = { vocabulary, labels: { en: name }, ...parts };
  return dictionary.call(owner, { method: 'PUT', url: termPath(`${vocabulary}:${name}`), payload });
}

/** Everything in the dictionary's tables, to compare. */
export async function contentsOf(dictionary: TestDictionary): Promise<unknown> {
  const tables = ['vocabulary', 'term', 'term_version', 'term_relation', 'term_name'];
  return Promise.all(tables.map((table) => dictionary.database.query(`SELECT count(*)::integer AS rows FROM ${table}`)));
}
