import { jest } from '@jest/globals';
import { MemoryInbound } from '../../src/adaptor/protocol/memory/memory-inbound.js';
import { InboundProtocols } from '../../src/adaptor/protocol/wire-protocols.js';
import { BindingRunner } from '../../src/exchange/binding/binding-runner.js';
import { BindingService } from '../../src/exchange/binding/binding.service.js';
import type { StoredBinding } from '../../src/exchange/binding/binding.js';
import { SubscriptionService } from '../../src/exchange/subscription/subscription.service.js';
import type { TwinId } from '../../src/kernel/ids.js';
import { CITY, type TestBroker, type TestCity } from './exchange-fixture.js';

/** Lets the brokers listen to this process as well. */
export function offerMemory(city: TestCity, memory = new MemoryInbound()): MemoryInbound {
  for (const broker of city.brokers) {
    const protocols = broker.get(InboundProtocols);
    const find = protocols.find.bind(protocols);
    jest.spyOn(protocols, 'find').mockImplementation((name) => (name === 'memory' ? memory : find(name)));
  }
  return memory;
}

/** The binding once it is as asked for. */
export async function bindingWhen(
  broker: TestBroker,
  twin: TwinId,
  name: string,
  condition: (binding: StoredBinding) => boolean,
): Promise<StoredBinding> {
  for (;;) {
    const binding = await broker.get(BindingService).read(CITY, twin, name);
    if (condition(binding)) return binding;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Which of the brokers listens to the binding, and another one. */
export async function listenerOf(city: TestCity, twin: TwinId, name: string): Promise<{ owner: TestBroker; other: TestBroker }> {
  for (;;) {
    const owner = city.brokers.find((broker) => broker.get(BindingRunner).listens(twin, name));
    const other = city.brokers.find((broker) => broker !== owner);
    if (owner !== undefined && other !== undefined) return { owner, other };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Two connected twins, of which the first publishes `flow` to the second. */
export async function aPublisher(city: TestCity): Promise<{ publisher: TwinId; subscriber: TwinId; connection: string }> {
  const publisher = await city.aTwin('publisher');
  const subscriber = await city.aTwin('subscriber');
  const [connection = ''] = await city.connect(publisher, subscriber);
  await city.broker().get(SubscriptionService).subscribe(CITY, subscriber, { objectType: 'data', objectId: 'flow', provider: publisher });
  return { publisher, subscriber, connection };
}
