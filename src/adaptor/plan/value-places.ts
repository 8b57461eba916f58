import { EACH, type Place } from '../semantic/place.js';
import type { ValueForm } from './adaptation-plan.js';
import { type Meaning, type Meanings } from './meanings.js';
import { isStructured, mayBeNumber, type SchemaNode, type SchemaReader } from './schema-reader.js';

/** A place of a value, with what its schema and the dictionary say of it. */
export interface ValuePlace {
  readonly place: Place;
  /** The last token; of the whole, the name of the feature. */
  readonly name: string;
  readonly node: SchemaNode;
  readonly meaning?: Meaning;
}

/** Where the unit of a form as a whole applies; undefined: nobody can tell, or there is no need to, as every number says its own. */
export interface UnitPlace {
  readonly at: ValuePlace | undefined;
  readonly isSaid?: true;
}

/** Places of one form that are looked at. */
const MAX_PLACES = 2_000;
const MAX_DEPTH = 8;

/** The places of one form, and what the form says as a whole. */
export class FormPlaces {
  constructor(
    private readonly reader: SchemaReader,
    private readonly meanings: Meanings,
    readonly form: ValueForm,
    readonly name: string,
  ) {}

  /** The whole value: it means what the form says. */
  whole(): ValuePlace {
    const { semanticType, schema = true } = this.form;
    const node = this.view(this.reader.root(schema));
    return { place: [], name: this.name, node, ...(semanticType === undefined ? {} : { meaning: { term: semanticType, by: 'declared' } }) };
  }

  /** The members of an object, in the order of their names. */
  async members({ place, node }: ValuePlace): Promise<ValuePlace[]> {
    const members: ValuePlace[] = [];
    for (const name of [...node.properties.keys()].sort()) {
      const schema = node.properties.get(name);
      if (schema === undefined || name === EACH || name === '__proto__') continue;
      const member = this.view(this.reader.node(schema));
      const meaning = await this.meanings.ofProperty(member.says.term, name, this.form.semanticType);
      members.push({ place: [...place, name], name, node: member, ...(meaning === undefined ? {} : { meaning }) });
    }
    return members;
  }

  /** Every place beneath an object, without going into arrays; nearest first. */
  async beneath(from: ValuePlace): Promise<ValuePlace[]> {
    const places = await this.members(from);
    const seen = new Set([from.node.schema]);
    for (let next = 0; next < places.length && places.length < MAX_PLACES; next += 1) {
      const each = places[next];
      if (
        each === undefined ||
        !isStructured(each.node) ||
        each.place.length - from.place.length >= MAX_DEPTH ||
        seen.has(each.node.schema)
      )
        continue;
      seen.add(each.node.schema);
      places.push(...(await this.members(each)));
    }
    return places;
  }

  /** The elements of an array. */
  elements({ place, name, node, meaning }: ValuePlace): ValuePlace | undefined {
    if (node.items === undefined) return undefined;
    const element = this.view(this.reader.node(node.items));
    const own: Meaning | undefined = element.says.term === undefined ? meaning : { term: element.says.term, by: 'declared' };
    return { place: [...place, EACH], name, node: element, ...(own === undefined ? {} : { meaning: own }) };
  }

  /**
   * Where the unit of the form as a whole applies: to the value if it is a number or a list of them, else to the number that means what the form means, else
   * to the only number without a unit of its own, be it in a list.
   */
  async unitPlace(): Promise<UnitPlace> {
    const whole = this.whole();
    if (!isStructured(whole.node) && this.elements(whole) === undefined) return { at: whole };
    const all = await this.numbers(whole);
    const numbers = all.filter(({ node }) => node.says.unit === undefined);
    if (all.length > 0 && numbers.length === 0) return { at: undefined, isSaid: true };
    const meant = numbers.filter(({ meaning }) => meaning !== undefined && meaning.term === this.form.semanticType);
    const [only, second] = meant.length > 0 ? meant : numbers;
    return { at: second === undefined ? only : undefined };
  }

  /** Every number in a value, also in lists. */
  private async numbers(from: ValuePlace): Promise<ValuePlace[]> {
    const numbers: ValuePlace[] = [];
    const seen = new Set<unknown>();
    const open = [from];
    for (let next = 0; next < open.length && open.length < MAX_PLACES; next += 1) {
      const each = open[next];
      if (each === undefined || each.place.length - from.place.length > MAX_DEPTH || seen.has(each.node.schema)) continue;
      const elements = this.elements(each);
      if (typeof each.node.schema === 'object') seen.add(each.node.schema);
      if (isStructured(each.node)) open.push(...(await this.members(each)));
      else if (elements !== undefined) open.push(elements);
      else if (each.node.types !== undefined && mayBeNumber(each.node)) numbers.push(each);
    }
    return numbers;
  }

  /** A list of keys and values is looked at as the object that it says. */
  private view(node: SchemaNode): SchemaNode {
    const { entries } = node.says;
    if (entries === undefined) return node;
    const { document } = node;
    const properties = new Map(Object.entries(entries.members).map(([name, schema]) => [name, { schema, document }]));
    return { ...node, types: new Set(['object']), properties, items: undefined, isOpen: true };
  }
}
