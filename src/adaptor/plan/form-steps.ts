import { canonicalJson } from '../../kernel/canonical-json.js';
import { DomainError } from '../../problems/domain-error.js';
import type { PayloadFormat } from '../format/payload-format.js';
import type { PayloadFormats } from '../format/payload-formats.js';
import type { AdaptationLoss, AdaptationStep, FormSchema, ValueForm } from './adaptation-plan.js';
import type { FlowDraft } from './flow-draft.js';
import type { SchemaReaders } from './schema-readers.js';
import { refusalOf, type UnbridgedFlow } from './unbridged.js';

/** A form's format with its options as the format completed them. */
interface SpokenFormat {
  readonly format: PayloadFormat;
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * The steps of a flow, between decoding and encoding where the formats ask for it. The same format and options on both sides, and nothing to do in between,
 * is the identity. Formats that read types from a schema are given the shared ones that it refers to with it.
 * @throws DomainError `adaptation-unsupported`
 */
export function formSteps(
  formats: PayloadFormats,
  source: ValueForm,
  target: ValueForm,
  draft: FlowDraft,
  flow: UnbridgedFlow,
  readers: SchemaReaders,
): { readonly steps: readonly AdaptationStep[]; readonly losses: readonly AdaptationLoss[] } {
  const [from, to] = [spoken(formats, source, flow), spoken(formats, target, flow)];
  const isSame = from.format.name === to.format.name && canonicalJson(from.options) === canonicalJson(to.options);
  if (isSame && draft.steps.length === 0) return { steps: [], losses: [] };
  const decode = from.format.name === 'json' ? undefined : decodeStep(from, source, readers);
  const encode = to.format.name === 'json' ? undefined : encodeStep(to, target.schema ?? draft.schema, flow, readers);
  return {
    steps: [...(decode === undefined ? [] : [decode]), ...draft.steps, ...(encode === undefined ? [] : [encode])],
    losses: [...(decode?.losses ?? []), ...draft.losses, ...(encode?.losses ?? []).map((loss) => draft.atSource(loss))],
  };
}

function spoken(formats: PayloadFormats, { format: name = 'json', formatOptions }: ValueForm, flow: UnbridgedFlow): SpokenFormat {
  const format = formats.find(name);
  if (format === undefined) {
    const detail = `the format ${name} is not known here`;
    throw refusalOf(flow, [{ code: 'adaptation-unsupported', step: 'decode', at: [], detail, candidates: formats.names }]);
  }
  try {
    return { format, options: format.read(formatOptions) };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const detail = `the options of the format ${name} are not valid: ${error.errors?.map((each) => `${each.pointer} ${each.detail}`).join('; ') ?? error.detail}`;
    throw refusalOf(flow, [{ code: 'adaptation-unsupported', step: 'decode', at: [], detail, candidates: [] }]);
  }
}

function decodeStep({ format, options }: SpokenFormat, { schema }: ValueForm, readers: SchemaReaders): AdaptationStep {
  const typing = readers.typing(schema);
  const losses = format.unread(options);
  return {
    id: 'decode',
    name: 'decode',
    parameters: parametersOf(format, options, typing),
    ...(schema === undefined ? {} : { schema }),
    ...(losses.length === 0 ? {} : { losses }),
  };
}

function encodeStep(
  { format, options }: SpokenFormat,
  schema: FormSchema | undefined,
  flow: UnbridgedFlow,
  readers: SchemaReaders,
): AdaptationStep {
  const typing = readers.typing(schema);
  const losses = format.losses(typing ?? schema, options);
  const unwritable = losses.find(({ kind }) => kind === 'unwritable');
  if (unwritable !== undefined) {
    throw refusalOf(flow, [{ code: 'adaptation-unsupported', step: 'encode', at: [], detail: unwritable.detail, candidates: [] }]);
  }
  return { id: 'encode', name: 'encode', parameters: parametersOf(format, options, typing), ...(losses.length === 0 ? {} : { losses }) };
}

function parametersOf(
  { name }: PayloadFormat,
  options: SpokenFormat['options'],
  typing: FormSchema | undefined,
): AdaptationStep['parameters'] {
  return { format: name, options, ...(typing === undefined ? {} : { schema: typing }) };
}
