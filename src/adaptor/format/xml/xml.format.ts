import type { AdaptationLoss } from '../../plan/adaptation-plan.js';
import { CompiledFormat } from '../compiled-format.js';
import { checkJsonValue } from '../json-value.js';
import { OptionsReader } from '../options-reader.js';
import { pointerToken } from '../../../problems/dto-validation.js';
import { FormatError, type FormatOptions, type PayloadCodec } from '../payload-format.js';
import { ScalarText } from '../scalar-text.js';
import { shapeOf, type ValueShape } from '../value-shape.js';
import { elementCodec } from './xml-codec.js';
import { isPlainName } from './xml-name.js';
import { writtenAttribute } from './xml-text.js';
import { xmlTree } from './xml-tree.js';

const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

/** XML 1.0 without document types: members are elements, `@name` an attribute, arrays repeat their element. Types come from the schema. */
export class XmlFormat extends CompiledFormat {
  readonly name = 'xml';
  readonly mediaTypes = ['application/xml', 'text/xml'];
  readonly carrier = 'text';

  read(options: unknown): FormatOptions {
    const reader = new OptionsReader(this.name, options);
    const root = reader.text('root', { pattern: /^\S+$/, what: 'the name of an element' }) ?? 'value';
    if (!isPlainName(root)) reader.refuse('/root', 'must be the name of an element, without a prefix');
    return reader.done({ root, namespace: reader.text('namespace', { pattern: /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/, what: 'a URI' }) });
  }

  compile({ root, namespace }: FormatOptions, schema?: unknown): PayloadCodec {
    const shape = shapeOf(schema);
    const codec = elementCodec(shape);
    const list = elementCodec({ kind: 'array', items: shape, isNullable: false });
    const tag = root as string;
    const start = new RegExp(`^<${tag.replaceAll(/[.\\-]/g, String.raw`\$&`)}`, 'u');
    const declared = namespace === undefined ? '' : ` xmlns="${writtenAttribute(namespace as string)}"`;
    return {
      decode(document) {
        const element = xmlTree(document);
        if (element.name !== tag) throw new FormatError(`the root must be ${tag}, not ${element.name}`, '');
        return codec.read(element);
      },
      encode(value) {
        checkJsonValue(value);
        // There is one root, whatever the schema does not say.
        const text = (shape.kind === 'any' && Array.isArray(value) ? list : codec).write(tag, value);
        return text.replace(start, `<${tag}${declared}${text.includes('xsi:nil=') ? ` ${XSI}` : ''}`);
      },
    };
  }

  losses(schema: unknown): readonly AdaptationLoss[] {
    return lossesOf(shapeOf(schema), '');
  }

  override unread(): readonly AdaptationLoss[] {
    return [
      {
        kind: 'metadata-dropped',
        detail: 'prefixes, comments, processing instructions and attributes of elements that are plain values are not in the value',
      },
      { kind: 'order-not-kept', detail: 'the order among elements of different names is not in the value' },
    ];
  }
}

function lossesOf(shape: ValueShape, at: string): AdaptationLoss[] {
  if (shape.kind === 'any')
    return [{ kind: 'type-not-kept', pointer: at, detail: 'the schema does not say what it is: values come back as text' }];
  if (shape.kind === 'scalar')
    return ScalarText.of(shape).isAmbiguous
      ? [{ kind: 'type-not-kept', pointer: at, detail: 'a text that looks like another type of the schema comes back as that type' }]
      : [];
  if (shape.kind === 'array') return lossesOf(shape.items, `${at}/*`);
  const losses: AdaptationLoss[] = shape.isOpen
    ? [{ kind: 'unnamed-untyped', pointer: at, detail: 'members that the schema does not name come back as text' }]
    : [];
  for (const [name, member] of shape.members) {
    const pointer = `${at}/${pointerToken(name)}`;
    losses.push(...lossesOf(member, pointer));
    if (member.kind === 'array' && !shape.required.has(name))
      losses.push({ kind: 'empty-as-absent', pointer, detail: 'an empty array has no element' });
    if (member.kind === 'array' && member.isNullable && takesNull(member.items))
      losses.push({ kind: 'null-as-absent', pointer, detail: 'an array with null alone comes back as null' });
  }
  return losses;
}

function takesNull(shape: ValueShape): boolean {
  return shape.kind === 'any' || (shape.kind === 'scalar' ? shape.types.has('null') : shape.isNullable);
}
