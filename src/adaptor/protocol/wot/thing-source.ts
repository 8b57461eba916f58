import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { bodyOf, credentialHeaders, HttpWire } from '../http-wire.js';
import { ThingDescription, ThingFault, type ThingForm } from './thing-description.js';
import type { WotSettings } from './wot-settings.js';

const MAX_TD_BYTES = 1024 * 1024;

/** The description of the settings: as it stands there, or fetched. @throws ThingFault, NoAnswer */
export async function thingOf(
  guard: OutboundGuard,
  { td, url }: Pick<WotSettings, 'td' | 'url'>,
  credentials: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<ThingDescription> {
  if (td !== undefined || url === undefined) return ThingDescription.of(td);
  const wire = new HttpWire(guard, credentials);
  try {
    const headers = { accept: 'application/td+json, application/json', ...credentialHeaders(credentials) };
    const answer = await wire.request({ method: 'GET', url: new URL(url), headers, signal });
    const body = await bodyOf(answer, MAX_TD_BYTES);
    if (answer.statusCode !== 200) throw new ThingFault(`its description was answered with HTTP ${answer.statusCode ?? 0}`, '');
    if (body === undefined) throw new ThingFault('its description broke off, or has more than 1 MB', '');
    return ThingDescription.of(parsed(body), new URL(url));
  } finally {
    wire.close();
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw new ThingFault('its description is not JSON', '');
  }
}

const WANTED = { nosec: [], basic: ['username', 'password'], bearer: ['token'], apikey: ['apiKey'] } as const;
const TRUST = ['ca'];
const TLS = [...TRUST, 'cert', 'key'];

/** Of the credentials, those that a form is shown. @throws ThingFault when it wants one that is not there */
export function shownTo(
  { security: { scheme }, foreign }: Pick<ThingForm, 'security' | 'foreign'>,
  credentials: Readonly<Record<string, string>>,
): Record<string, string> {
  const wanted: readonly string[] = WANTED[scheme];
  const tls = foreign ? TRUST : TLS;
  const missing = wanted.find((name) => credentials[name] === undefined);
  if (missing !== undefined) throw new ThingFault(`it wants ${scheme}, but there is no credential ${missing}`, '/security');
  return Object.fromEntries(Object.entries(credentials).filter(([name]) => wanted.includes(name) || tls.includes(name)));
}
