import { setTimeout as delay } from 'node:timers/promises';
import { type BrokerClient, BrokerRefusal } from '../client/broker-client.js';

/** How long the broker may take to connect, in milliseconds. */
const PATIENCE_MS = 15_000;
const LOOK_MS = 50;

/** Tells the broker by which wires it reaches a twin, and waits until it does. */
export class Wires {
  private readonly path: string;

  constructor(
    private readonly broker: BrokerClient,
    twin: string,
  ) {
    this.path = `/v1/twins/${encodeURIComponent(twin)}`;
  }

  /** Has messages to the twin delivered by a protocol. @throws BrokerRefusal, Error when the twin's end does not take them */
  async deliverBy(protocol: string, settings: Readonly<Record<string, unknown>>): Promise<void> {
    await this.put('inbox/delivery', { mode: protocol, settings });
    await this.until('its end takes no deliveries', async () => {
      // The handshake, if it is still to be done, and a ping.
      const { outcome, reason } = await this.broker.call<{ outcome: string; reason?: string }>('POST', `${this.path}/inbox/delivery/test`);
      return outcome === 'accepted' ? undefined : (reason ?? outcome);
    });
  }

  /** Changes settings of the delivery in place. @throws BrokerRefusal */
  async adjust(protocol: string, settings: Readonly<Record<string, unknown>>): Promise<void> {
    await this.put('inbox/delivery', { mode: protocol, settings });
  }

  /** Has the broker listen by a protocol: to values of a data feature or, without one, to whole messages. @throws BrokerRefusal */
  async listenBy(name: string, protocol: string, settings: Readonly<Record<string, unknown>>, feature?: string): Promise<void> {
    // Bindings have names in lower case.
    await this.put(`bindings/${name.toLowerCase()}`, { protocol, settings, ...(feature === undefined ? {} : { feature }) });
  }

  /** Resolves when the broker listens to everything it was asked to. @throws Error when it does not come to that */
  async untilHeard(): Promise<void> {
    interface Feed {
      name: string;
      state: string;
      reason?: string;
    }
    await this.until('the broker does not listen', async () => {
      const { items } = await this.broker.call<{ items: Feed[] }>('GET', `${this.path}/bindings`);
      const silent = items.find(({ state }) => state !== 'CONNECTED');
      return silent === undefined
        ? undefined
        : `${silent.name} is ${silent.state}${silent.reason === undefined ? '' : `: ${silent.reason}`}`;
    });
  }

  /** The key (Ed25519, `whpk_…`) by which deliveries to the twin are signed. */
  async signingKey(): Promise<string> {
    const { items } = await this.broker.call<{ items: { publicKey?: string }[] }>('GET', `${this.path}/inbox/delivery/keys`);
    return items.find(({ publicKey }) => publicKey !== undefined)?.publicKey ?? '';
  }

  private async put(path: string, body: unknown): Promise<void> {
    try {
      await this.broker.call('PUT', `${this.path}/${path}`, body);
    } catch (error) {
      if (!(error instanceof BrokerRefusal) || error.code !== 'validation-failed') throw error;
      throw new Error(`The broker refuses to connect to the twin; it has to be started with OUTBOUND_ALLOW=127.0.0.1 (${error.message})`, {
        cause: error,
      });
    }
  }

  /** Looks again and again until nothing is missing. */
  private async until(failure: string, missing: () => Promise<string | undefined>): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const what = await missing();
      if (what === undefined) return;
      if (performance.now() > deadline) throw new Error(`${failure}: ${what}`);
      await delay(LOOK_MS);
    }
  }
}
