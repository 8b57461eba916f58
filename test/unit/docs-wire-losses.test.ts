import { readFileSync } from 'node:fs';
import { WIRE_PROTOCOLS } from '../../src/adaptor/protocol/wire-protocols.js';
import type { DirectionFacts, WireProtocol, WireProtocolClass } from '../../src/adaptor/protocol/wire-protocol.js';
import { Config } from '../../src/config/config.js';
import { localGuard } from '../contract/local-guard.js';

type Settings = Readonly<Record<string, unknown>>;
interface Line {
  readonly protocol: string;
  readonly way: string;
  /** Values by settings, one of which must hold. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What is said beside them, in words. */
  readonly words: string;
  readonly losses: readonly string[];
}

const DIRECTIONS = { out: 'outbound', in: 'inbound' } as const;
const text = readFileSync(new URL('../../docs/adaptor.md', import.meta.url), 'utf8');
const ROW = /^\| `([\w-]+)` \| (out|in) \| (?:`(\{.*\})`)?([^|]*) \| (none|`[^|]*`) \|$/gm;
const lines = [...text.matchAll(ROW)].map(([, protocol = '', way = '', settings = '{}', words = '', losses = '']): Line => {
  const kinds = [...losses.matchAll(/`([\w-]+)`/g)].map(([, kind = '']) => kind);
  return { protocol, way, settings: JSON.parse(settings) as Settings, words: words.trim(), losses: kinds };
});
const FORMS = /forms of MQTT/;
const MQTT_THING = {
  '@context': 'https://www.w3.org/2022/wot/td/v1.1',
  securityDefinitions: { none: { scheme: 'nosec' } },
  security: 'none',
  properties: { speed: { forms: [{ href: 'mqtt://pump.example.org/speed', op: ['readproperty', 'observeproperty', 'writeproperty'] }] } },
};

function protocolOf(Class: WireProtocolClass): WireProtocol {
  return new Class(localGuard(), new Config());
}

/** Every setting of the given ones with each of its values, together. */
function product(given: readonly (readonly [string, readonly unknown[]])[]): Settings[] {
  return given.reduce<Settings[]>(
    (made, [name, values]) => made.flatMap((each) => values.map((value) => ({ ...each, [name]: value }))),
    [{}],
  );
}

/** The settings that a choice is made of, by the schema and by what the lines name. */
function choices({ settings: schema }: DirectionFacts, own: readonly Line[]): Settings[] {
  const properties = (schema as unknown as { properties: Record<string, { enum?: unknown[]; type?: unknown }> }).properties;
  const names = new Set([...Object.keys(properties), ...own.flatMap(({ settings }) => Object.keys(settings))]);
  const given = [...names].map((name): readonly [string, readonly unknown[]] => {
    const { enum: values, type } = properties[name] ?? {};
    const named = own.flatMap(({ settings }) => (name in settings ? [settings[name]].flat() : []));
    const all = values ?? (type === 'boolean' ? [false, true] : [undefined, ...new Set(named)]);
    return [name, all];
  });
  return product(given.filter(([, values]) => values.length > 1));
}

function read(find: () => Settings): Settings | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}

const offered = WIRE_PROTOCOLS.flatMap((Class: WireProtocolClass) =>
  (['out', 'in'] as const).flatMap((way) => {
    const facts = Class.facts[DIRECTIONS[way]];
    return facts === undefined ? [] : [{ name: Class.facts.name, way, facts, Class }];
  }),
);

describe('the table of what wires cannot promise', () => {
  it('is about the protocols on offer and nothing else', () => {
    const named = new Set(lines.map(({ protocol, way }) => `${protocol} ${way}`));
    expect([...named].toSorted()).toEqual(offered.map(({ name, way }) => `${name} ${way}`).toSorted());
  });

  it.each(offered)('says of $name $way what the code says, whatever is set', ({ name, way, facts, Class }) => {
    const own = lines.filter((line) => line.protocol === name && line.way === way);
    const direction = protocolOf(Class)[DIRECTIONS[way]];
    if (direction === undefined) throw new Error(`${name} has no ${way}`);
    const things = name === 'wot' ? [facts.example['td'], MQTT_THING, undefined] : [undefined];
    const used = new Set<Line>();
    for (const td of things) {
      for (const chosen of choices(facts, own)) {
        const thing = name === 'wot' ? (td === undefined ? { td, url: 'https://pump.example.org/td' } : { td }) : {};
        const given = JSON.parse(JSON.stringify({ ...facts.example, ...chosen, ...thing })) as Settings;
        const settings = read(() => direction.read(given));
        if (settings === undefined) continue;
        const isHttpAlone = td !== undefined && td !== MQTT_THING;
        const line = own.findLast(
          (each) => fits(each, settings) && !(isHttpAlone ? FORMS.test(each.words) : each.words.includes('forms of HTTP')),
        );
        const losses = direction.losses(settings);
        expect({ settings, losses: losses.map(({ kind }) => kind) }).toEqual({ settings, losses: line?.losses });
        expect(losses.filter(({ detail }) => !/^[a-z0-9].*[^.]$/i.test(detail))).toEqual([]);
        if (line !== undefined) used.add(line);
      }
    }
    expect(own.filter((line) => !used.has(line))).toEqual([]);
  });
});

function fits({ settings }: Line, given: Settings): boolean {
  return Object.entries(settings).every(([name, value]) => [value].flat().includes(given[name]));
}
