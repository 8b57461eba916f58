import type { FormatReader, SourceDocument } from '../format-reader.js';
import { isMembers, listOf, localText, memberOf, type Members, textOf, textsOf } from '../json-members.js';
import { lastPart, uriOfUnnamed } from '../imported-text.js';
import type { ImportedModel } from '../imported-model.js';
import { ModelDraft } from '../model-draft.js';
import type { ForeignUnits } from '../unit-reader.js';
import { DtdlContents } from './dtdl-contents.js';
import { DtdlSchemas, lastTerm } from './dtdl-schema.js';
import { inPlainTerms } from './plain-terms.js';

const CONTEXT = /^dtmi:dtdl:context;(\d+)(?:[.#].*)?$/;
/** Ids that the generator of Smart Data Models makes; see SchemaHabits. */
const SMART_DATA_MODEL = /^dtmi:com:ngsi-ld:/;
const MODEL_OF_SUBJECT = /dataModel\.([A-Za-z0-9-]+)/;

function contextOf(document: Members): number | undefined {
  const versions = textsOf(document, '@context').map((text) => CONTEXT.exec(text)?.[1]);
  const version = versions.find((text) => text !== undefined);
  return version === undefined ? undefined : Number(version);
}

function isInterface(document: Members): boolean {
  return textsOf(document, '@type').some((type) => lastTerm(type) === 'Interface');
}

/** Interfaces of the request by their id: what extends and components may refer to. */
function interfacesOf(siblings: readonly Members[]): Map<string, Members> {
  return new Map(
    siblings.flatMap((sibling): [string, Members][] => {
      const id = textOf(sibling, '@id');
      return id === undefined || !isInterface(sibling) ? [] : [[id, inPlainTerms(sibling)]];
    }),
  );
}

/** Schemas that interfaces declare for use by id. Those of others come first, so that the document's own win. */
function sharedSchemas(document: Members, interfaces: Iterable<Members>): Map<string, unknown> {
  return new Map(
    [...interfaces, document].flatMap((each) =>
      listOf(each, 'schemas').flatMap((schema): [string, unknown][] => {
        const id = isMembers(schema) ? textOf(schema, '@id') : undefined;
        return id === undefined ? [] : [[id, schema]];
      }),
    ),
  );
}

function read({ value, siblings }: SourceDocument, units: ForeignUnits): ImportedModel {
  const document = inPlainTerms(value);
  const draft = new ModelDraft('dtdl', units);
  const id = textOf(document, '@id') ?? uriOfUnnamed(JSON.stringify(document));
  const comment = textOf(document, 'comment');
  draft.name(localText(memberOf(document, 'displayName')) ?? lastPart(id));
  draft.description(localText(memberOf(document, 'description')) ?? comment);
  draft.subjectArea(MODEL_OF_SUBJECT.exec(comment ?? '')?.[1] ?? /^\s*-\s*([A-Za-z ]+?)\s*\//.exec(comment ?? '')?.[1]);
  draft.hint(lastPart(id));
  draft.hint(id.replaceAll(':', ' '));
  draft.hint(localText(memberOf(document, 'displayName')));
  draft.label('source', 'dtdl', '');
  const version = contextOf(document);
  if (version !== undefined) draft.label('dtdl-version', String(version), '/@context');
  const interfaces = interfacesOf(siblings);
  const longIsNumber = SMART_DATA_MODEL.test(id);
  if (longIsNumber) {
    draft.notes.warn('Smart Data Models write long for any number in their DTDL: number here.');
  }
  const schemas = new DtdlSchemas(sharedSchemas(document, interfaces.values()), { longIsNumber }, draft.notes);
  new DtdlContents(draft, schemas, interfaces, version ?? 2).readInterface(document);
  return draft.finish(id);
}

/** Digital Twins Definition Language, versions 2 to 4: an interface, which is a model; its twin shares what the interface declares. */
export const DTDL_READER: FormatReader = {
  format: 'dtdl',
  title: 'DTDL interface',
  expected: '@type Interface, an @id that is a DTMI, and a @context such as dtmi:dtdl:context;3',
  recognizes: (document) =>
    contextOf(document) !== undefined || (isInterface(document) && (textOf(document, '@id') ?? '').startsWith('dtmi:')),
  refuses: (document) => {
    if (!isInterface(document)) return { pointer: '/@type', detail: 'must be Interface in a DTDL document' };
    const contents = memberOf(document, 'contents');
    if (contents !== undefined && !Array.isArray(contents) && !isMembers(contents)) {
      return { pointer: '/contents', detail: 'must be a list in a DTDL interface' };
    }
    return undefined;
  },
  read,
};
