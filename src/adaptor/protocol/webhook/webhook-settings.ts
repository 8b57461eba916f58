import { isIP } from 'node:net';
import { DomainError } from '../../../problems/domain-error.js';
import { EVENT_FORMATS, type EventFormat } from './cloud-event.js';

/** Where and how a webhook is called. */
export interface WebhookSettings {
  /** http or https, without credentials and fragment. */
  readonly url: string;
  readonly format: EventFormat;
  /** Deliveries on their way at once. */
  readonly maxInFlight: number;
  /** Of one delivery, from the look-up of the name to the end of the answer. */
  readonly timeoutMs: number;
}

/** Bounds and defaults of the settings. */
export const WEBHOOK_LIMITS = {
  urlLength: 2_048,
  maxInFlight: { least: 1, most: 100, default: 10 },
  timeoutMs: { least: 100, most: 30_000, default: 10_000 },
} as const;

/** The settings as a JSON Schema; {@link readWebhookSettings} checks a little more. */
export const WEBHOOK_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: {
    url: {
      type: 'string',
      maxLength: WEBHOOK_LIMITS.urlLength,
      description: 'http or https, without credentials; the address must be public or named in OUTBOUND_ALLOW when it is connected to.',
    },
    format: { enum: EVENT_FORMATS, default: 'structured', description: 'CloudEvents 1.0: one JSON document, or attributes as headers.' },
    maxInFlight: { type: 'integer', minimum: 1, maximum: 100, default: 10, description: 'Deliveries on their way at once.' },
    timeoutMs: { type: 'integer', minimum: 100, maximum: 30_000, default: 10_000, description: 'How long a delivery may take.' },
  },
} as const;

/** Settings that work. */
export const WEBHOOK_EXAMPLE = { url: 'https://hooks.example.org/fire', format: 'structured', maxInFlight: 10, timeoutMs: 10_000 };

const KNOWN = ['url', 'format', 'maxInFlight', 'timeoutMs'];

/**
 * Settings as given by a caller, checked.
 * @param permits whether the broker may connect to an address; asked of a URL that names one, while names are resolved when it connects
 * @throws DomainError `validation-failed`
 */
export function readWebhookSettings(settings: unknown, permits: (address: string) => boolean): WebhookSettings {
  const errors: { pointer: string; detail: string }[] = [];
  const given = typeof settings === 'object' && settings !== null && !Array.isArray(settings) ? { ...settings } : undefined;
  if (given === undefined) errors.push({ pointer: '', detail: 'must be an object' });
  const { url, format = 'structured', ...rest } = (given ?? {}) as Record<string, unknown>;
  const number = (name: 'maxInFlight' | 'timeoutMs'): number => {
    const { least, most, default: usual } = WEBHOOK_LIMITS[name];
    const value = rest[name] ?? usual;
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
    errors.push({ pointer: `/${name}`, detail: `must be an integer from ${least} to ${most}` });
    return usual;
  };
  for (const name of Object.keys(rest)) if (!KNOWN.includes(name)) errors.push({ pointer: `/${name}`, detail: 'is not a setting' });
  const fault = faultOfUrl(url, permits);
  if (fault !== undefined) errors.push({ pointer: '/url', detail: fault });
  if (!EVENT_FORMATS.some((known) => known === format)) {
    errors.push({ pointer: '/format', detail: `must be one of ${EVENT_FORMATS.join(', ')}` });
  }
  const numbers = { maxInFlight: number('maxInFlight'), timeoutMs: number('timeoutMs') };
  if (errors.length > 0) {
    throw new DomainError('validation-failed', 'The settings of the webhook are not valid.', { pointer: errors[0]?.pointer, errors });
  }
  return { url: new URL(url as string).href, format: format as EventFormat, ...numbers };
}

function faultOfUrl(url: unknown, permits: (address: string) => boolean): string | undefined {
  if (typeof url !== 'string' || url.length > WEBHOOK_LIMITS.urlLength || !/^https?:\/\/[\x21-\x7e]+$/i.test(url) || !URL.canParse(url)) {
    return `must be an absolute http or https URL of at most ${WEBHOOK_LIMITS.urlLength} ASCII characters`;
  }
  const { username, password, hash, hostname } = new URL(url);
  if (username !== '' || password !== '') return 'must not carry credentials: deliveries are signed instead';
  if (hash !== '') return 'must not have a fragment';
  const address = hostname.replace(/^\[|\]$/g, '');
  return isIP(address) !== 0 && !permits(address) ? 'must not name an address that the broker may not connect to' : undefined;
}
