import { isExactNumber, stringifyExact } from '../../../kernel/exact-json.js';
import { pointerToken } from '../../../problems/dto-validation.js';
import { FormatError } from '../payload-format.js';
import { excerpt, ScalarText } from '../scalar-text.js';
import type { ValueShape } from '../value-shape.js';
import { elementName, isPlainName, memberName } from './xml-name.js';
import { writtenAttribute, writtenText } from './xml-text.js';
import type { XmlElement } from './xml-tree.js';

type Values = Record<string, unknown>;
type ObjectShape = ValueShape & { kind: 'object' };

/** How values of a shape become elements of a name, and back. */
export interface ElementCodec {
  /** @throws FormatError with a pointer from here */
  read(element: XmlElement): unknown;
  /** An element, or for an array of a member one after another. @throws FormatError */
  write(tag: string, value: unknown): string;
}

const NIL = ' xsi:nil="true"';
const ITEM = 'item';

/** Prepares a shape. */
export function elementCodec(shape: ValueShape): ElementCodec {
  switch (shape.kind) {
    case 'any':
      return ANYTHING;
    case 'scalar':
      return scalarCodec(ScalarText.of(shape));
    case 'array':
      return arrayCodec(elementCodec(shape.items));
    case 'object':
      return objectCodec(shape);
  }
}

/** A member that is written as an attribute: `@name` of a plain scalar. */
export function isAttribute(name: string, shape: ValueShape | undefined): boolean {
  return name.startsWith('@') && isPlainName(name.slice(1)) && shape?.kind === 'scalar' && !shape.types.has('null');
}

/** A member that is the text of its element: a required `#text` of a plain scalar. */
export function isText(name: string, { members, required }: ObjectShape): boolean {
  const shape = members.get(name);
  return name === '#text' && required.has(name) && shape?.kind === 'scalar' && !shape.types.has('null');
}

function scalarCodec(scalar: ScalarText): ElementCodec {
  return {
    read(element) {
      if (element.isNil) return null;
      if (element.children.length > 0) throw new FormatError(`a value expected, elements found in ${element.name}`);
      return scalar.read(scalar.takesEmpty ? element.text : element.text.trim());
    },
    write: (tag, value) => (value === null && scalar.takesNull ? `<${tag}${NIL}/>` : element(tag, '', writtenText(scalar.write(value)))),
  };
}

function arrayCodec(items: ElementCodec): ElementCodec {
  return {
    read(list) {
      if (list.isNil) return null;
      return list.children.map((child, index) => {
        if (memberName(child.name) !== ITEM) throw new FormatError(`elements called ${ITEM} expected, ${child.name} found`);
        return within(`/${index}`, () => items.read(child));
      });
    },
    write(tag, value) {
      if (value === null) return `<${tag}${NIL}/>`;
      if (!Array.isArray(value)) throw new FormatError('an array expected');
      return element(tag, '', value.map((item, index) => within(`/${index}`, () => items.write(ITEM, item))).join(''));
    },
  };
}

function objectCodec(shape: ObjectShape): ElementCodec {
  const members = new Map([...shape.members].map(([name, member]) => [name, memberCodec(name, member, shape)]));
  const lists = [...shape.members].filter(([name, { kind }]) => kind === 'array' && shape.required.has(name)).map(([name]) => name);
  return {
    read(found) {
      if (found.isNil) return null;
      const values: Values = {};
      for (const [name, text] of found.attributes) add(values, `@${name}`, () => readScalar(members.get(`@${name}`), text));
      const textMember = members.get('#text');
      if (textMember?.place === 'text') add(values, '#text', () => readScalar(textMember, found.text));
      else if (/\S/.test(found.text)) add(values, '#text', () => found.text);
      for (const child of found.children) {
        const name = memberName(child.name);
        const member = members.get(name);
        const { items } = member ?? { items: undefined };
        if (items === undefined) add(values, name, () => (member?.codec ?? ANYTHING).read(child), member === undefined || member.isAny);
        else append(values, name, child, items);
      }
      for (const name of lists) values[name] ??= [];
      return values;
    },
    write(tag, value) {
      if (value === null) return `<${tag}${NIL}/>`;
      if (!isValues(value)) throw new FormatError('an object expected');
      let attributes = '';
      let content = '';
      for (const name of Object.keys(value)) {
        const member = members.get(name);
        const given = value[name];
        if (given === undefined) continue;
        within(`/${pointerToken(name)}`, () => {
          if (member?.place === 'attribute') attributes += ` ${name.slice(1)}="${writtenAttribute(scalarOf(member).write(given))}"`;
          else if (member?.place === 'text') content += writtenText(scalarOf(member).write(given));
          else if (member?.items !== undefined) content += writeList(elementName(name), given, member.items);
          else content += (member?.codec ?? ANYTHING).write(elementName(name), given);
        });
      }
      return element(tag, attributes, content);
    },
  };
}

interface Member {
  readonly place: 'attribute' | 'text' | 'element';
  readonly codec: ElementCodec;
  readonly scalar?: ScalarText;
  /** Of an array, whose items stand one after another. */
  readonly items?: { readonly codec: ElementCodec; readonly isNullable: boolean };
  readonly isAny: boolean;
}

function memberCodec(name: string, shape: ValueShape, around: ObjectShape): Member {
  const place = isAttribute(name, shape) ? 'attribute' : isText(name, around) ? 'text' : 'element';
  const items = shape.kind === 'array' ? { codec: elementCodec(shape.items), isNullable: shape.isNullable } : undefined;
  const scalar = shape.kind === 'scalar' ? ScalarText.of(shape) : undefined;
  return { place, codec: elementCodec(shape), scalar, items, isAny: shape.kind === 'any' };
}

const scalarOf = ({ scalar = ScalarText.TEXT }: Member): ScalarText => scalar;

function readScalar(member: Member | undefined, text: string): unknown {
  const scalar = member?.scalar;
  return scalar === undefined ? text : scalar.read(scalar.takesEmpty ? text : text.trim());
}

function writeList(tag: string, value: unknown, { codec, isNullable }: NonNullable<Member['items']>): string {
  if (value === null && isNullable) return `<${tag}${NIL}/>`;
  if (!Array.isArray(value)) throw new FormatError('an array expected');
  return value.map((item, index) => within(`/${index}`, () => codec.write(tag, item))).join('');
}

function append(values: Values, name: string, child: XmlElement, { codec, isNullable }: NonNullable<Member['items']>): void {
  const list = Object.hasOwn(values, name) ? values[name] : undefined;
  if (list === undefined && child.isNil && isNullable) {
    values[name] = null;
    return;
  }
  const items = (list ?? []) as unknown[];
  items.push(within(`/${pointerToken(name)}/${items.length}`, () => codec.read(child)));
  values[name] = items;
}

function add(values: Values, name: string, read: () => unknown, mayRepeat = false): void {
  if (name === '__proto__') throw new FormatError('a member must not be called __proto__');
  const value = within(`/${pointerToken(name)}`, read);
  if (!Object.hasOwn(values, name)) values[name] = value;
  else if (!mayRepeat) throw new FormatError(`${excerpt(name)} comes twice`, `/${pointerToken(name)}`);
  else values[name] = Array.isArray(values[name]) ? [...(values[name] as unknown[]), value] : [values[name], value];
}

/** What no schema describes: elements with elements or attributes are objects, all others text. */
const ANYTHING: ElementCodec = {
  read(found) {
    if (found.isNil) return null;
    if (found.children.length === 0 && found.attributes.size === 0) return found.text;
    const values: Values = {};
    for (const [name, text] of found.attributes) add(values, `@${name}`, () => text);
    if (/\S/.test(found.text)) add(values, '#text', () => found.text);
    for (const child of found.children) add(values, memberName(child.name), () => ANYTHING.read(child), true);
    return values;
  },
  write(tag, value) {
    if (value === null) return `<${tag}${NIL}/>`;
    if (Array.isArray(value)) return value.map((item) => ANYTHING.write(tag, item)).join('');
    if (typeof value === 'string') return element(tag, '', writtenText(value));
    if (!isValues(value)) return element(tag, '', stringifyExact(value));
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return element(
      tag,
      '',
      members.map(([name, member]) => within(`/${pointerToken(name)}`, () => ANYTHING.write(elementName(name), member))).join(''),
    );
  },
};

const element = (tag: string, attributes: string, content: string): string =>
  content === '' ? `<${tag}${attributes}/>` : `<${tag}${attributes}>${content}</${tag}>`;

const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);

function within<Result>(pointer: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof FormatError ? new FormatError(error.detail, pointer + (error.pointer ?? '')) : error;
  }
}
