import { setTimeout as delay } from 'node:timers/promises';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { InboundBinding, InboundListener, InboundSession } from '../inbound-protocol.js';
import { type Attempt, Reconnecting } from '../reconnecting.js';
import { ContextBroker } from './context-broker.js';
import { EntityLook } from './entity-look.js';
import type { NgsiLdBindingSettings } from './ngsi-ld-settings.js';

/** Looks at all entities of a binding again and again; each that is not as it was is a document, in order by its entity. */
export class EntityPolling implements InboundSession {
  private readonly settings: NgsiLdBindingSettings;
  private readonly broker: ContextBroker;
  private readonly looking: EntityLook;
  private readonly connection: Reconnecting;

  /** @param remark what is said of it when it stands */
  constructor(
    guard: OutboundGuard,
    binding: InboundBinding,
    listener: InboundListener,
    private readonly remark?: string,
  ) {
    this.settings = binding.settings as NgsiLdBindingSettings;
    this.broker = new ContextBroker(guard, this.settings, binding.credentials);
    this.looking = new EntityLook(this.broker, binding, listener);
    this.connection = new Reconnecting(listener, (attempt) => this.poll(attempt));
  }

  async close(): Promise<void> {
    await this.connection.close();
    this.broker.close();
  }

  private async poll({ signal, stands }: Attempt): Promise<void> {
    let isTold = false;
    while (!signal.aborted) {
      await this.looking.look(signal, () => {
        if (!isTold) stands(this.remark);
        isTold = true;
      });
      await delay(this.settings.intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
