import type { AdaptationLoss } from '../../plan/adaptation-plan.js';
import { CompiledFormat } from '../compiled-format.js';
import { checkJsonValue } from '../json-value.js';
import { OptionsReader } from '../options-reader.js';
import { FormatError, type FormatOptions, type PayloadCodec } from '../payload-format.js';
import { shapeOf, type ValueShape } from '../value-shape.js';
import { lossesOfMembers, membersCodec, type SenmlOptions } from './senml-members.js';
import { checkRecord, hasValue, isBase, isSenmlName, resolvedRecords, type SenmlRecord } from './senml-records.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9\-:./_]*$/;

/** SenML in JSON (RFC 8428). Of an object, each member is a record; of anything else, the value is the array of resolved records. */
export class SenmlFormat extends CompiledFormat {
  readonly name = 'senml';
  readonly mediaTypes = ['application/senml+json'];
  readonly carrier = 'json';

  read(options: unknown): FormatOptions {
    const reader = new OptionsReader(this.name, options);
    const layout = reader.raw('layout');
    if (layout !== undefined && layout !== 'members' && layout !== 'records') reader.refuse('/layout', 'must be members or records');
    return reader.done({
      layout,
      baseName: reader.text('baseName', { pattern: NAME, what: 'a name of RFC 8428' }),
      units: reader.texts('units', (unit) => unit !== '' && unit.length <= 64, 'a unit of RFC 8428'),
      time: reader.text('time', { pattern: /^(?!__proto__$)./, what: 'the name of a member' }),
    });
  }

  compile(options: FormatOptions, schema?: unknown): PayloadCodec {
    const shape = shapeOf(schema);
    return hasMembers(options, shape) ? membersCodec(options, shape) : RECORDS;
  }

  losses(schema: unknown, options: FormatOptions): readonly AdaptationLoss[] {
    const shape = shapeOf(schema);
    if (hasMembers(options, shape)) return lossesOfMembers(options, shape);
    return shape.kind === 'array' || shape.kind === 'any'
      ? [{ kind: 'partly-unwritable', pointer: '', detail: 'records that RFC 8428 does not know, or that lean on others, are refused' }]
      : [{ kind: 'unwritable', detail: 'a pack is an array of records' }];
  }

  override unread(options: FormatOptions): readonly AdaptationLoss[] {
    if (options.layout === 'records') return [{ kind: 'metadata-dropped', detail: 'base values are worked into the records' }];
    return [{ kind: 'metadata-dropped', detail: 'units, sums, update times and all times but the latest are not in the value' }];
  }
}

function hasMembers({ layout }: SenmlOptions, shape: ValueShape): boolean {
  return layout === undefined ? shape.kind === 'object' : layout === 'members';
}

const RECORDS: PayloadCodec = {
  decode(document) {
    const records: SenmlRecord[] = [];
    resolvedRecords(document, (record) => records.push(record));
    return records;
  },
  encode(value) {
    checkJsonValue(value);
    if (!Array.isArray(value)) throw new FormatError('an array of records expected', '');
    value.forEach((given: unknown, index) => {
      const at = `/${index}`;
      const record = checkRecord(given, at);
      if (typeof record.n !== 'string' || !isSenmlName(record.n)) throw new FormatError('a record needs a name', `${at}/n`);
      if (!hasValue(record) && record.s === undefined) throw new FormatError('a record needs a value', at);
      if (Object.keys(record).some(isBase)) throw new FormatError('a record must not lean on others', at);
    });
    return value as unknown[];
  },
};
