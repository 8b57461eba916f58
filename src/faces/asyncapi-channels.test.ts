import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cloudEvent } from '../adaptor/protocol/webhook/cloud-event.js';
import { WIRE_FACTS } from '../adaptor/protocol/wire-protocols.js';
import { SESSION_PATH, SUBPROTOCOL } from '../exchange/session/session-limits.js';
import { CHANNELS } from './asyncapi-channels.js';
import type { AsyncChannel } from './asyncapi-channel.js';

const SRC = fileURLToPath(new URL('..', import.meta.url));

/** The code, tests left out, by path. */
const sources = readdirSync(SRC, { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
  .map(({ parentPath, name }) => join(parentPath, name))
  .map((path) => ({ path: path.slice(SRC.length), text: readFileSync(path, 'utf8') }));

const pathsWith = (pattern: RegExp): string[] => sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

/** Paths of those of a controller's routes whose text fits, parameters as `{}`. */
function routesOf(text: string, fits: (route: string) => boolean): string[] {
  const base = /@Controller\('([^']*)'\)/.exec(text)?.[1] ?? '';
  const routes = text.split(/\n {2}@(?=(?:Get|Post|Put|Patch|Delete|All)\()/).slice(1);
  return routes
    .filter(fits)
    .map((route) => [base, ...(/^\w+\('([^']+)'\)/.exec(route)?.slice(1) ?? [])].join('/'))
    .map((path) => `/${path}`.replaceAll(/:\w+/g, '{}'));
}

/** Addresses at one of the broker's servers, parameters as `{}`. */
const addressed = (fits: (channel: AsyncChannel) => boolean): string[] =>
  CHANNELS.filter(fits).flatMap(({ address }) => (address === null ? [] : [address.replaceAll(/\{\w+\}/g, '{}')]));

describe('the channels of the AsyncAPI document', () => {
  it('are every route that streams events', () => {
    const writers = pathsWith(/'content-type': 'text\/event-stream/);
    expect(writers).toEqual(['security/event-streams.ts']);
    const users = sources.filter(
      ({ path, text }) => path !== 'security/event-streams.ts' && /\bEventStreams\b.*event-streams\.js/.test(text),
    );
    const controllers = users.filter(({ path }) => path.endsWith('.controller.ts'));
    expect(users.map(({ path }) => path).filter((path) => !path.endsWith('.controller.ts'))).toEqual(['security/security.module.ts']);
    const routes = controllers.flatMap(({ text }) => routesOf(text, (route) => route.includes("'text/event-stream'")));
    const opened = controllers.flatMap(({ text }) => text.match(/\.send\(\s*reply,/g) ?? []);
    expect(opened).toHaveLength(routes.length);
    expect(addressed(({ server, sends }) => server === 'http' && sends !== undefined).toSorted()).toEqual(routes.toSorted());
  });

  it('are every WebSocket that the broker serves, with its subprotocol', () => {
    expect(pathsWith(/new WebSocketServer\(/)).toEqual(['exchange/session/session-gateway.ts']);
    expect(pathsWith(/\.on\(\s*'upgrade'/)).toHaveLength(1);
    expect(addressed(({ server }) => server === 'websocket')).toEqual([SESSION_PATH]);
    expect(JSON.stringify(CHANNELS[0]?.bindings)).toContain(`"${SUBPROTOCOL}"`);
  });

  it('are every way by webhook, WebSocket or server-sent events on which the broker meets a twin', () => {
    const web = WIRE_FACTS.filter(({ name }) => ['webhook', 'websocket', 'sse'].includes(name));
    const ways = web.flatMap(({ name, outbound, inbound }) => [
      ...(outbound === undefined ? [] : [`${name}Delivery`]),
      ...(inbound === undefined ? [] : [`${name}Binding`]),
    ]);
    expect(CHANNELS.flatMap(({ name, address }) => (address === null ? [name] : [])).toSorted()).toEqual(ways.toSorted());
  });

  it('are every route that others call by themselves, without a token', () => {
    const open = sources.filter(
      ({ path, text }) => path.endsWith('.controller.ts') && path !== 'security/token.controller.ts' && text.includes('@Anonymous()'),
    );
    const routes = open.flatMap(({ text }) => routesOf(text, (route) => route.startsWith('Post(')));
    expect(addressed(({ server, sends }) => server === 'http' && sends === undefined)).toEqual(routes);
  });

  it('describe a webhook’s event with all that it has', () => {
    const delivery = { deliveryId: 'd', messageId: 'm', sender: 's', receiver: 'r', action: 'INVOKE', subject: 'f', acceptedAt: 'a', expiresAt: 'e', answerBy: 'b', attempt: 1, redelivered: true, replayed: true, leasedUntil: 'l', fence: 1, traceparent: 't', text: '{}' }; // prettier-ignore
    const { structured, binary } = CHANNELS.find(({ name }) => name === 'webhookDelivery')?.sends ?? {};
    const sent = JSON.parse(cloudEvent(delivery, 'structured').body.toString()) as object;
    expect(Object.keys(structured?.schema['properties'] ?? {}).toSorted()).toEqual(Object.keys(sent).toSorted());
    const described = Object.keys(binary?.headers?.['properties'] ?? {}).filter((name) => name.startsWith('ce-'));
    const headers = Object.keys(cloudEvent(delivery, 'binary').headers).filter((name) => name.startsWith('ce-'));
    expect(described.toSorted()).toEqual(headers.toSorted());
  });

  it('name their parameters, and every one once', () => {
    for (const { address, parameters = {} } of CHANNELS) {
      expect(Object.keys(parameters)).toEqual([...(address ?? '').matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    }
    expect(new Set(CHANNELS.map(({ name }) => name)).size).toBe(CHANNELS.length);
  });
});
