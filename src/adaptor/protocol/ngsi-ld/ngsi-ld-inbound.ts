import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { InboundBinding, InboundListener, InboundProtocol, InboundSession, Probe, WireLoss } from '../inbound-protocol.js';
import { failureOf } from '../no-answer.js';
import { SettingsReader } from '../settings-reader.js';
import { ContextBroker } from './context-broker.js';
import { entityQuery } from './entity-look.js';
import { EntityNotifications } from './entity-notification.js';
import { EntityPolling } from './entity-polling.js';
import { EntitySubscription } from './entity-subscription.js';
import { faultsOfNgsiLdBinding, NGSI_LD_INBOUND, type NgsiLdBindingSettings } from './ngsi-ld-settings.js';

const POLLS = 'it is polled: the broker has no PUBLIC_URL at which it could be notified';

/** Entities of a context broker: it notifies, or they are read again and again. */
export class NgsiLdInbound implements InboundProtocol {
  readonly name = 'ngsi-ld';
  readonly credentials = Object.keys(NGSI_LD_INBOUND.credentials);
  readonly notifications = new EntityNotifications();
  private readonly reader: SettingsReader<NgsiLdBindingSettings>;

  constructor(private readonly guard: OutboundGuard) {
    const further = (settings: NgsiLdBindingSettings) => faultsOfNgsiLdBinding(settings, (address) => guard.permits(address));
    this.reader = new SettingsReader('the NGSI-LD binding', NGSI_LD_INBOUND.settings, further);
  }

  read(settings: unknown): Readonly<Record<string, unknown>> {
    return { ...this.reader.read(settings) };
  }

  losses(settings: unknown): readonly WireLoss[] {
    const { intervalMs } = settings as NgsiLdBindingSettings;
    if (this.notifications.wants(settings)) {
      return [
        { kind: 'gaps-possible', detail: 'of several changes of an entity whose notifications failed only the last is seen' },
        { kind: 'duplicates-possible', detail: 'when it is subscribed to anew, every entity comes once more as it is then' },
        {
          kind: 'order-not-kept',
          detail: 'of notifications that are on their way at once, and of what is read when it is subscribed to anew',
        },
      ];
    }
    return [
      { kind: 'gaps-possible', detail: `of several changes of an entity within ${intervalMs} ms only the last is seen` },
      { kind: 'duplicates-possible', detail: 'when another broker takes over, every entity comes once more as it is then' },
    ];
  }

  open(binding: InboundBinding, listener: InboundListener): InboundSession {
    if (!this.notifications.wants(binding.settings)) return new EntityPolling(this.guard, binding, listener);
    const { notifications: address } = binding;
    return address === undefined
      ? new EntityPolling(this.guard, binding, listener, POLLS)
      : new EntitySubscription(this.guard, binding, address, listener);
  }

  async probe({ settings, credentials }: InboundBinding, signal: AbortSignal): Promise<Probe> {
    const server = settings as NgsiLdBindingSettings;
    const broker = new ContextBroker(this.guard, server, credentials);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(server.timeoutMs)]);
    try {
      const { status } = await broker.request({
        method: 'GET',
        path: 'entities',
        query: { ...entityQuery(server), limit: '1' },
        signal: limit,
      });
      return status === 200 ? { kind: 'reached' } : { kind: 'failed', reason: `it answered with HTTP ${status}` };
    } catch (error) {
      return { kind: 'failed', reason: failureOf(error).reason };
    } finally {
      broker.close();
    }
  }
}
