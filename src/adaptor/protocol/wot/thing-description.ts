import { bareHost } from '../wire-address.js';

/** What the broker does with an affordance, in the words of Thing Descriptions 1.1. */
export type ThingOperation = 'readproperty' | 'observeproperty' | 'writeproperty' | 'invokeaction' | 'subscribeevent';
/** A security scheme that the broker can satisfy. */
export type ThingSecurity = { readonly scheme: 'nosec' | 'basic' | 'bearer' } | { readonly scheme: 'apikey'; readonly header: string };

/** A way to do one operation. */
export interface ThingForm {
  readonly protocol: 'http' | 'mqtt';
  readonly url: URL;
  /** Of HTTP. */
  readonly method: string;
  readonly contentType: string;
  /** Of HTTP: the answer comes when there is something to tell. */
  readonly longPoll: boolean;
  /** Of MQTT. */
  readonly topic: string;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  readonly security: ThingSecurity;
  /** Whether it is at another host than the description was fetched from: nothing secret is shown there. */
  readonly foreign: boolean;
}

/** What a Thing Description says that the broker cannot follow, or does not say. */
export class ThingFault extends Error {
  override readonly name = 'ThingFault';

  constructor(
    readonly detail: string,
    /** RFC 6901 pointer into the description. */
    readonly pointer: string,
  ) {
    super(detail);
  }
}

const MAPS = { property: 'properties', action: 'actions', event: 'events' } as const;
export type AffordanceKind = keyof typeof MAPS;
const METHODS: Readonly<Record<ThingOperation, string>> = {
  readproperty: 'GET',
  observeproperty: 'GET',
  writeproperty: 'PUT',
  invokeaction: 'POST',
  subscribeevent: 'GET',
};
const METHOD = /^(GET|PUT|POST|PATCH)$/;
const HEADER = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,60}$/;

type Members = Readonly<Record<string, unknown>>;

/** A Thing Description (W3C, 1.1), as far as it is consumed. */
export class ThingDescription {
  private constructor(
    private readonly td: Members,
    private readonly at: URL | undefined,
  ) {}

  /** @param at where it was fetched; @throws ThingFault */
  static of(document: unknown, at?: URL): ThingDescription {
    const td = membersOf(document);
    if (td === undefined) throw new ThingFault('must be an object', '');
    if (membersOf(td['securityDefinitions']) === undefined) throw new ThingFault('must be an object', '/securityDefinitions');
    return new ThingDescription(td, at);
  }

  /** Of what kind an affordance is; undefined when there is none of that name. */
  kindOf(name: string): AffordanceKind | undefined {
    return (['action', 'property', 'event'] as const).find((kind) => this.affordance(kind, name) !== undefined);
  }

  /**
   * The first form of an affordance that the broker can follow for an operation.
   * @throws ThingFault that names why not, of the first form that was made for the operation
   */
  form(kind: AffordanceKind, name: string, operation: ThingOperation): ThingForm {
    const affordance = this.affordance(kind, name);
    const place = `/${MAPS[kind]}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (affordance === undefined) throw new ThingFault(`there is no ${kind} ${name}`, place);
    const forms = Array.isArray(affordance['forms']) ? (affordance['forms'] as unknown[]) : [];
    let fault: unknown;
    for (const [index, given] of forms.entries()) {
      const form = membersOf(given);
      if (form === undefined || !operationsOf(form, kind, affordance).includes(operation)) continue;
      try {
        return this.read(form, operation, `${place}/forms/${index}`);
      } catch (error) {
        fault ??= error;
      }
    }
    throw (fault as ThingFault | undefined) ?? new ThingFault(`there is no form for ${operation}`, `${place}/forms`);
  }

  private affordance(kind: AffordanceKind, name: string): Members | undefined {
    const map = membersOf(this.td[MAPS[kind]]);
    return map !== undefined && Object.hasOwn(map, name) ? membersOf(map[name]) : undefined;
  }

  private read(form: Members, operation: ThingOperation, place: string): ThingForm {
    const url = this.target(form, place);
    const security = this.security(form, place);
    const contentType = typeof form['contentType'] === 'string' ? form['contentType'] : 'application/json';
    const { subprotocol } = form;
    const scheme = url.protocol.slice(0, -1);
    const foreign = this.at !== undefined && !isOfHost(this.at, url);
    if (foreign && security.scheme !== 'nosec') {
      throw new ThingFault('wants credentials at another host than the description’s, which they were not given for', `${place}/href`);
    }
    const common = { url, contentType, security, foreign, longPoll: false, topic: '', qos: 0, retain: false, method: '' } as const;
    switch (scheme) {
      case 'http':
      case 'https': {
        const method = form['htv:methodName'] ?? METHODS[operation];
        if (typeof method !== 'string' || !METHOD.test(method))
          throw new ThingFault('this method is not supported', `${place}/htv:methodName`);
        if (subprotocol !== undefined && subprotocol !== 'longpoll')
          throw new ThingFault('this subprotocol is not supported', `${place}/subprotocol`);
        return { ...common, protocol: 'http', method, longPoll: subprotocol === 'longpoll' };
      }
      case 'mqtt':
      case 'mqtts': {
        if (subprotocol !== undefined) throw new ThingFault('this subprotocol is not supported', `${place}/subprotocol`);
        const topic = form['mqv:filter'] ?? form['mqv:topic'] ?? decodeURIComponent(url.pathname.slice(1));
        if (typeof topic !== 'string' || topic === '') throw new ThingFault('must name a topic', `${place}/href`);
        return {
          ...common,
          protocol: 'mqtt',
          topic,
          qos: form['mqv:qos'] === 0 || form['mqv:qos'] === '0' ? 0 : 1,
          retain: form['mqv:retain'] === true,
        };
      }
      default:
        throw new ThingFault(`the protocol ${scheme} is not supported`, `${place}/href`);
    }
  }

  private target(form: Members, place: string): URL {
    const { href } = form;
    const base = typeof this.td['base'] === 'string' ? this.td['base'] : this.at?.href;
    if (typeof href !== 'string' || !URL.canParse(href, base))
      throw new ThingFault('must be a URL, absolute or relative to the base', `${place}/href`);
    if (/[{}]/.test(href)) throw new ThingFault('variables in the URL are not supported', `${place}/href`);
    const url = new URL(href, base);
    if (url.username !== '' || url.password !== '') throw new ThingFault('must not carry credentials', `${place}/href`);
    if (bareHost(url.hostname) === '') throw new ThingFault('must name a host', `${place}/href`);
    return url;
  }

  private security(form: Members, place: string): ThingSecurity {
    const named = form['security'] ?? this.td['security'];
    const names: unknown[] = Array.isArray(named) ? named : [named];
    const [name] = names;
    const definitions = membersOf(this.td['securityDefinitions']) ?? {};
    const definition = typeof name === 'string' && Object.hasOwn(definitions, name) ? membersOf(definitions[name]) : undefined;
    const at = `${place}/security`;
    if (names.length !== 1 || definition === undefined) throw new ThingFault('must name one security definition', at);
    const { scheme } = definition;
    const where = definition['in'] ?? (scheme === 'apikey' ? 'query' : 'header');
    if (scheme === 'nosec') return { scheme };
    if ((scheme === 'basic' || scheme === 'bearer') && where === 'header') return { scheme };
    const header = definition['name'];
    if (scheme === 'apikey' && where === 'header' && typeof header === 'string' && HEADER.test(header)) return { scheme, header };
    throw new ThingFault(`the security scheme ${textOf(scheme)} in ${textOf(where)} is not supported`, at);
  }
}

/** Whether credentials that were given for a URL may be shown at another one: the same host, not less encrypted. Ports may differ: a thing speaks by several. */
function isOfHost(given: URL, other: URL): boolean {
  return given.hostname === other.hostname && (given.protocol !== 'https:' || ['https:', 'mqtts:'].includes(other.protocol));
}

function membersOf(value: unknown): Members | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined;
}

function operationsOf(form: Members, kind: AffordanceKind, affordance: Members): readonly unknown[] {
  const { op } = form;
  if (op !== undefined) return Array.isArray(op) ? op : [op];
  if (kind === 'action') return ['invokeaction'];
  if (kind === 'event') return ['subscribeevent'];
  return [...(affordance['writeOnly'] === true ? [] : ['readproperty']), ...(affordance['readOnly'] === true ? [] : ['writeproperty'])];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 60) : 'that has no name';
}
