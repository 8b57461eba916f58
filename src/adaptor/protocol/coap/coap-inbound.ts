import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { InboundBinding, InboundListener, InboundProtocol, InboundSession, Probe, WireLoss } from '../inbound-protocol.js';
import { failureOf } from '../no-answer.js';
import { type Attempt, ConnectionOver, Reconnecting } from '../reconnecting.js';
import { SettingsReader } from '../settings-reader.js';
import { CoapClient } from './coap-request.js';
import { COAP_INBOUND_SCHEMA, type CoapInboundSettings, faultsOf } from './coap-settings.js';

/** What was seen last: how many changes there were, and what the latest said. */
interface Seen {
  readonly n: number;
  readonly digest: string;
}

/** Observes a resource; each change of it is a document. */
export class CoapInbound implements InboundProtocol {
  readonly name = 'coap';
  readonly credentials = [];
  private readonly reader: SettingsReader<CoapInboundSettings>;

  constructor(private readonly guard: OutboundGuard) {
    this.reader = new SettingsReader('coap', COAP_INBOUND_SCHEMA, (settings) => faultsOf(settings, (address) => guard.permits(address)));
  }

  read(settings: unknown): Readonly<Record<string, unknown>> {
    return { ...this.reader.read(settings) };
  }

  losses(): readonly WireLoss[] {
    return [
      {
        kind: 'gaps-possible',
        detail: 'an observed resource tells its latest state: of several changes at once some are not seen (RFC 7641 §1.3)',
      },
    ];
  }

  open(binding: InboundBinding, listener: InboundListener): InboundSession {
    return new Observation(this.guard, binding, listener);
  }

  async probe({ settings }: InboundBinding, signal: AbortSignal): Promise<Probe> {
    const { url, timeoutMs } = settings as CoapInboundSettings;
    const client = new CoapClient(this.guard);
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      const { answer } = await client.call({ url: new URL(url), method: 'GET', signal: limit });
      return answer.code.startsWith('2') ? { kind: 'reached' } : { kind: 'failed', reason: `it answered with ${answer.code}` };
    } catch (error) {
      return { kind: 'failed', reason: failureOf(error).reason };
    } finally {
      client.close();
    }
  }
}

class Observation implements InboundSession {
  private readonly settings: CoapInboundSettings;
  private readonly connection: Reconnecting;
  private taking: Promise<void> = Promise.resolve();
  private seen?: Seen;
  private closing = false;

  constructor(
    private readonly guard: OutboundGuard,
    binding: InboundBinding,
    private readonly listener: InboundListener,
  ) {
    this.settings = binding.settings as CoapInboundSettings;
    this.seen = binding.position === undefined ? undefined : (JSON.parse(binding.position) as Seen);
    this.connection = new Reconnecting(listener, (attempt) => this.observe(attempt));
  }

  async close(): Promise<void> {
    this.closing = true;
    await this.connection.close();
    await this.taking;
  }

  /** Registers interest, and again and again: each answer is the state of that moment, and says that the twin is there. */
  private async observe({ signal, stands }: Attempt): Promise<void> {
    const client = new CoapClient(this.guard);
    try {
      while (!signal.aborted) {
        const limit = AbortSignal.any([signal, AbortSignal.timeout(this.settings.timeoutMs)]);
        const { answer } = await client.call({ url: new URL(this.settings.url), method: 'GET', observe: true, signal: limit });
        if (!answer.code.startsWith('2')) throw new ConnectionOver(`it answered with ${answer.code}`);
        stands();
        if ('close' in answer) answer.on('data', (state: Buffer) => this.take(state));
        else this.take(answer.payload);
        await delay(this.settings.refreshSeconds * 1_000, undefined, { signal, ref: false }).catch(() => undefined);
        if ('close' in answer) answer.close();
      }
    } catch (error) {
      throw error instanceof ConnectionOver ? error : new ConnectionOver(failureOf(error).reason);
    } finally {
      client.close();
    }
  }

  private take(state: Buffer): void {
    this.taking = this.taking.then(async () => {
      const digest = createHash('sha256').update(state).digest('base64url');
      if (this.closing || state.length === 0 || digest === this.seen?.digest) return;
      const next: Seen = { n: (this.seen?.n ?? 0) + 1, digest };
      const { url, mediaType } = this.settings;
      const outcome = await this.listener.received({
        document: state,
        ...(mediaType === undefined ? {} : { mediaType }),
        identity: `${url} ${next.n} ${digest}`,
        position: JSON.stringify(next),
      });
      if (outcome.kind !== 'later') this.seen = next;
    });
  }
}
