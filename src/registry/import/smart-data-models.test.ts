import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { compileSchema } from '../../dictionary/json-schema/compile-schema.js';
import { Units } from '../../dictionary/unit/units.js';
import type { FormatReader } from './format-reader.js';
import { readerFor } from './import-readers.js';
import { importUnits } from './import-units.js';
import { uriFor } from './imported-text.js';
import type { ImportedModel } from './imported-model.js';
import { isMembers, type Members } from './json-members.js';

const DATA = resolve(process.cwd(), '../shared/data/smart-data-models');
const units = importUnits(new Units());

function read(path: string): { reader: FormatReader; document: Members; model: ImportedModel } {
  const { reader, value } = readerFor(JSON.parse(readFileSync(path, 'utf8')));
  return { reader, document: value, model: reader.read({ value, siblings: [value] }, units) };
}

/** Published files whose path below the data ends like this. */
function files(ending: RegExp): [name: string, path: string][] {
  if (!existsSync(DATA)) return [];
  const names = readdirSync(DATA, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll(sep, '/'));
  return names.filter((name) => ending.test(name)).sort().map((name) => [name, resolve(DATA, name)]); // prettier-ignore
}

/** Every feature has schemas that compile, and every place that is listed is in the document. */
function expectSound(document: Members, model: ImportedModel): void {
  for (const { spec, pointer } of model.features) {
    for (const schema of [spec.schema, spec.input, spec.output]) if (schema !== undefined) compileSchema(schema);
    expect(at(document, pointer)).toBeDefined();
  }
  for (const { pointer } of model.unmapped) expect(at(document, pointer.replace(/\/[^/]*$/, ''))).toBeDefined();
}

function at(document: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((place, token) => (place as Record<string, unknown> | undefined)?.[token], document);
}

if (!existsSync(DATA)) {
  it.skip(`Smart Data Models: ${DATA} is not there`, () => undefined);
} else {
  describe('the DTDL of Smart Data Models', () => {
    it.each(files(/schemaDTDL\.json$/))('%s becomes a profile with a feature per content', (_name, path) => {
      const { reader, document, model } = read(path);
      expect(reader.format).toBe('dtdl');
      expect(model.domain).toBeDefined();
      const contents = document['contents'] as Members[];
      expect(model.features).toHaveLength(contents.length);
      expectSound(document, model);
    });
  });

  describe('the NGSI-LD examples of Smart Data Models', () => {
    it.each(files(/examples\/[^/]+$/))('%s becomes a profile', (_name, path) => {
      const { reader, document, model } = read(path);
      expect(reader.format).toBe('ngsi-ld');
      expect(model.id).toBe(uriFor(String(document['id'])));
      expect(model.features.length).toBeGreaterThan(0);
      expectSound(document, model);
    });

    it.each(files(/examples\/example\.json$/))('%s fits the schemas that it gave rise to', (_name, path) => {
      const { document, model } = read(path);
      for (const { spec, pointer } of model.features) {
        const value = at(document, pointer);
        const isWrapped = isMembers(value) && ('value' in value || 'object' in value);
        if (!isWrapped) expect({ pointer, violations: compileSchema(spec.schema).validate(value) }).toEqual({ pointer, violations: [] });
      }
    });
  });

  it('tells the domain of nearly all of them', () => {
    const all = [...files(/schemaDTDL\.json$/), ...files(/examples\/[^/]+$/)];
    const undecided = all.filter(([, path]) => read(path).model.domain === undefined).map(([, path]) => relative(DATA, path));
    expect(undecided.length).toBeLessThan(all.length / 20);
  });
}
