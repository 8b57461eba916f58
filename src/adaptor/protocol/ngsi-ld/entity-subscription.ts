import { setTimeout as delay } from 'node:timers/promises';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { InboundBinding, InboundListener, InboundSession, NotificationAddress } from '../inbound-protocol.js';
import { type Attempt, ConnectionOver, Reconnecting } from '../reconnecting.js';
import { ContextBroker } from './context-broker.js';
import { EntityLook } from './entity-look.js';
import type { NgsiLdBindingSettings } from './ngsi-ld-settings.js';
import { Subscription } from './subscription.js';

/**
 * Has the context broker notify, and sees to it that it does. Notifications come to whichever broker is reached (`NotificationReader`), not by this
 * session. Context brokers do not notify twice: whenever one may have been missed (at the beginning, the subscription was gone, a notification failed),
 * all entities are read once.
 */
export class EntitySubscription implements InboundSession {
  private readonly settings: NgsiLdBindingSettings;
  private readonly broker: ContextBroker;
  private readonly subscription: Subscription;
  private readonly looking: EntityLook;
  private readonly connection: Reconnecting;

  constructor(guard: OutboundGuard, binding: InboundBinding, address: NotificationAddress, listener: InboundListener) {
    this.settings = binding.settings as NgsiLdBindingSettings;
    this.broker = new ContextBroker(guard, this.settings, binding.credentials);
    this.subscription = new Subscription(this.broker, this.settings, address);
    this.looking = new EntityLook(this.broker, binding, listener);
    this.connection = new Reconnecting(listener, (attempt) => this.keep(attempt));
  }

  async close(goesOn = false): Promise<void> {
    await this.connection.close();
    if (!goesOn) await this.subscription.delete();
    this.broker.close();
  }

  private async keep({ signal, stands }: Attempt): Promise<void> {
    await this.begin(signal, stands);
    while (!signal.aborted) {
      await delay(this.settings.intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- closed meanwhile, maybe
      if (signal.aborted) return;
      const state = await this.subscription.check(signal);
      if (state.kind === 'failing') throw new ConnectionOver(state.detail);
      if (state.kind === 'missing') await this.begin(signal);
    }
  }

  /** First the subscription, then the look: a change falls into one of them. */
  private async begin(signal: AbortSignal, stands?: () => void): Promise<void> {
    await this.subscription.make(signal);
    this.looking.forget();
    await this.looking.look(signal, () => stands?.());
  }
}
