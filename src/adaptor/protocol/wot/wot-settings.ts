import type { ProblemPlace } from '../../../problems/domain-error.js';
import { HTTP_CREDENTIALS } from '../http-wire.js';
import type { DirectionFacts } from '../wire-protocol.js';
import { faultOfUrl, urlSchema } from '../wire-address.js';
import { ThingDescription, ThingFault, type ThingOperation } from './thing-description.js';

/** The thing. */
export interface WotSettings {
  /** Its description, or where that is fetched. */
  readonly td?: unknown;
  readonly url?: string;
  readonly timeoutMs: number;
}

/** How deliveries become operations. */
export interface WotOutboundSettings extends WotSettings {
  /** Names of affordances by names of features; a feature that is not named has the name of its affordance. */
  readonly affordances: Readonly<Record<string, string>>;
  /** Name of the action that takes whole messages, of what the thing has no affordance for. */
  readonly messages?: string;
  readonly maxInFlight: number;
}

/** What is listened to. */
export interface WotInboundSettings extends WotSettings {
  readonly property?: string;
  readonly event?: string;
  /** Of a property: asked again and again, or observed. */
  readonly by: 'poll' | 'observe';
  readonly intervalMs: number;
}

const NAME = { type: 'string', minLength: 1, maxLength: 256 } as const;
const THING = {
  td: { type: 'object', description: 'The Thing Description 1.1. Instead of url.' },
  url: urlSchema(['http', 'https'], 'Where the Thing Description is'),
} as const;
const TD = {
  '@context': 'https://www.w3.org/2022/wot/td/v1.1',
  title: 'Pump',
  securityDefinitions: { none: { scheme: 'nosec' } },
  security: 'none',
  properties: { speed: { type: 'number', forms: [{ href: 'https://pump.example.org/speed' }] } },
  actions: { stop: { forms: [{ href: 'https://pump.example.org/stop' }] } },
};

/** Of endpoints. */
export const WOT_OUTBOUND: DirectionFacts = {
  settings: {
    type: 'object',
    additionalProperties: false,
    properties: {
      ...THING,
      affordances: {
        type: 'object',
        maxProperties: 200,
        additionalProperties: NAME,
        default: {},
        description: 'Names of properties and actions by names of features, where they differ.',
      },
      messages: {
        ...NAME,
        description:
          'Name of an action that is invoked with the whole message where that is neither a value for a property, nor a question for one, nor an INVOKE of ' +
          'an action: invitations, news of connections, answers. Absent: such messages are refused.',
      },
      maxInFlight: { type: 'integer', minimum: 1, maximum: 100, default: 10, description: 'Operations on their way at once.' },
      timeoutMs: { type: 'integer', minimum: 100, maximum: 30_000, default: 10_000, description: 'How long an operation may take.' },
    },
  },
  example: { td: TD, affordances: { 'pump-speed': 'speed' } },
  credentials: HTTP_CREDENTIALS,
};

/** Of bindings. */
export const WOT_INBOUND: DirectionFacts = {
  settings: {
    type: 'object',
    additionalProperties: false,
    properties: {
      ...THING,
      property: { ...NAME, description: 'A property; instead of event.' },
      event: { ...NAME, description: 'An event; instead of property.' },
      by: { enum: ['poll', 'observe'], default: 'poll', description: 'Of a property: read again and again, or observed.' },
      intervalMs: { type: 'integer', minimum: 200, maximum: 86_400_000, default: 10_000, description: 'From one reading to the next.' },
      timeoutMs: { type: 'integer', minimum: 100, maximum: 60_000, default: 10_000, description: 'How long a reading may take.' },
    },
  },
  example: { td: TD, property: 'speed', intervalMs: 5_000 },
  credentials: HTTP_CREDENTIALS,
};

/** What the schemas do not say of a thing. */
export function faultsOfThing({ td, url }: WotSettings, permits: (address: string) => boolean): ProblemPlace[] {
  if ((td === undefined) === (url === undefined)) return [{ pointer: '/td', detail: 'either td or url must be given' }];
  if (url === undefined) return faultsIn(() => ThingDescription.of(td));
  const detail = faultOfUrl(url, ['http', 'https'], permits);
  return detail === undefined ? [] : [{ pointer: '/url', detail }];
}

/** What the schema does not say of a binding. A description that is fetched is looked at when it is there. */
export function faultsOfWotBinding(settings: WotInboundSettings, permits: (address: string) => boolean): ProblemPlace[] {
  const faults = faultsOfThing(settings, permits);
  const { property, event, td, by } = settings;
  if ((property === undefined) === (event === undefined)) {
    faults.push({ pointer: '/property', detail: 'either property or event must be given' });
  }
  if (event !== undefined && by !== 'poll') faults.push({ pointer: '/by', detail: 'is for properties' });
  if (faults.length > 0 || td === undefined) return faults;
  return faultsIn(() => formOfBinding(ThingDescription.of(td), settings));
}

/** Whether a form may be of MQTT; of a description that is fetched it is not known before. */
export function mayBeOverMqtt({ td }: WotSettings): boolean {
  return td === undefined || /"mqtts?:/i.test(JSON.stringify(td));
}

/** The form that a binding listens to. @throws ThingFault */
export function formOfBinding(thing: ThingDescription, { property, event, by }: WotInboundSettings): ReturnType<ThingDescription['form']> {
  const [kind, name] = property === undefined ? (['event', event ?? ''] as const) : (['property', property] as const);
  const operation: ThingOperation = kind === 'event' ? 'subscribeevent' : by === 'poll' ? 'readproperty' : 'observeproperty';
  const form = thing.form(kind, name, operation);
  if (operation !== 'readproperty' && form.protocol === 'http' && !form.longPoll) {
    throw new ThingFault(
      'over HTTP, only the subprotocol longpoll is supported',
      `/${kind === 'event' ? 'events' : 'properties'}/${name}/forms`,
    );
  }
  return form;
}

function faultsIn(look: () => unknown): ProblemPlace[] {
  try {
    look();
    return [];
  } catch (error) {
    if ((error as { name?: unknown }).name !== 'ThingFault') throw error;
    const { pointer, detail } = error as ThingFault;
    return [{ pointer: `/td${pointer}`, detail }];
  }
}
