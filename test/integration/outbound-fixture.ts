import { randomUUID } from 'node:crypto';
import type { WebhookSettings } from '../../src/adaptor/protocol/webhook/webhook-settings.js';
import { DeliveryModeService } from '../../src/exchange/outbound/delivery-mode.service.js';
import type { StoredEndpoint } from '../../src/exchange/outbound/endpoint.js';
import { EndpointRepository } from '../../src/exchange/outbound/endpoint.repository.js';
import { OutboundDispatcher } from '../../src/exchange/outbound/outbound-dispatcher.js';
import { OutboundTimes } from '../../src/exchange/outbound/outbound-times.js';
import { Inboxes } from '../../src/exchange/inbox/inboxes.js';
import type { TwinId } from '../../src/kernel/ids.js';
import { HookServer } from '../support/hook-server.js';
import { CITY, provide, type TestBroker, type TestCity } from './exchange-fixture.js';

/** Settings of brokers that may call hooks on this machine. */
export const LOCAL_HOOKS = { outboundAllow: ['127.0.0.0/8'] };

/** Two connected twins, of which the second is delivered to by webhook. */
export interface HookedTwin {
  readonly sender: TwinId;
  readonly receiver: TwinId;
  readonly hook: HookServer;
}

/** Makes waits short. */
export function hurry(broker: TestBroker, times: Partial<OutboundTimes> = {}): void {
  Object.assign(broker.get(OutboundTimes), { openFirstMs: 100, openMostMs: 200, verifyFirstMs: 50, verifyMostMs: 100, ...times });
}

/** Has the broker deliver to the hook. */
export async function deliverTo(
  broker: TestBroker,
  receiver: TwinId,
  hook: HookServer,
  more: Partial<WebhookSettings> = {},
): Promise<void> {
  await broker.get(DeliveryModeService).deliver(CITY, receiver, 'webhook', { url: hook.url, ...more });
}

/** A pair of twins and a hook. */
export async function aHookedTwin(city: TestCity, hooks: HookServer[], more: Partial<WebhookSettings> = {}): Promise<HookedTwin> {
  const sender = await city.aTwin('sender');
  const receiver = await city.aTwin('receiver');
  await city.connect(sender, receiver);
  const hook = await HookServer.start();
  hooks.push(hook);
  await deliverTo(city.broker(), receiver, hook, more);
  return { sender, receiver, hook };
}

/** Sends numbered messages, one after the other; each of a key of its own when `keys` says how many there are. */
export async function sendNumbers(broker: TestBroker, { sender, receiver }: HookedTwin, from: number, to: number, keys = 1): Promise<void> {
  for (let n = from; n < to; n += 1) await broker.send(provide(sender, receiver, n, { orderingKey: `key-${n % keys}` }));
}

/** The endpoint once it is as asked for. */
export async function endpointWhen(
  broker: TestBroker,
  receiver: TwinId,
  condition: (endpoint: StoredEndpoint | undefined) => boolean,
): Promise<StoredEndpoint | undefined> {
  for (;;) {
    const endpoint = await broker.get(EndpointRepository).find(receiver);
    if (condition(endpoint)) return endpoint;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Resolves when nothing of the inbox is leased or held any more. */
export async function settledInbox(broker: TestBroker, receiver: TwinId): Promise<void> {
  for (;;) {
    const { leases, held } = await broker.get(Inboxes).read(receiver);
    if (leases.length === 0 && held.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Which of two brokers delivers to the receiver, and the other one. */
export async function ownerOf(city: TestCity, receiver: TwinId): Promise<{ owner: TestBroker; other: TestBroker }> {
  for (;;) {
    const owner = city.brokers.find((broker) => broker.get(OutboundDispatcher).delivers(receiver));
    const other = city.brokers.find((broker) => broker !== owner);
    if (owner !== undefined && other !== undefined) return { owner, other };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A name that nobody else uses. */
export function aName(): string {
  return `key-${randomUUID().slice(0, 8)}`;
}
