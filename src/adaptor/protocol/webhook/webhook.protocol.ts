import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../../../config/config.js';
import { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { EndpointKey } from '../endpoint-key.js';
import type { WireLoss } from '../inbound-protocol.js';
import type {
  OutboundDelivery,
  OutboundEndpoint,
  OutboundProtocol,
  OutboundSession,
  SendOutcome,
  Verification,
} from '../outbound-protocol.js';
import { failureOf } from '../no-answer.js';
import type { ProtocolFacts, WireProtocol } from '../wire-protocol.js';
import { cloudEvent } from './cloud-event.js';
import { outcomeOf } from '../http-answer.js';
import { agreement, handshakeHeaders } from './webhook-handshake.js';
import { WebhookClient } from './webhook-request.js';
import { readWebhookSettings, WEBHOOK_EXAMPLE, WEBHOOK_SCHEMA, type WebhookSettings } from './webhook-settings.js';
import { signatureHeaders } from './webhook-signature.js';

/** Under which name the broker asks to deliver when it has no PUBLIC_URL. */
const NAMELESS_ORIGIN = 'twinfed.invalid';

/** Deliveries as CloudEvents by HTTP POST. */
@Injectable()
export class WebhookProtocol implements OutboundProtocol, WireProtocol, OnApplicationShutdown {
  static readonly facts: ProtocolFacts = {
    name: 'webhook',
    summary: 'CloudEvents 1.0 by HTTP POST, signed with the keys of the endpoint, after a handshake.',
    outbound: { settings: WEBHOOK_SCHEMA, example: WEBHOOK_EXAMPLE, credentials: {} },
  };

  readonly name = 'webhook';
  readonly outbound = this;
  private readonly client: WebhookClient;
  private readonly origin: string;

  constructor(
    private readonly guard: OutboundGuard,
    config: Config,
  ) {
    this.client = new WebhookClient(guard);
    this.origin = config.publicUrl === undefined ? NAMELESS_ORIGIN : new URL(config.publicUrl).hostname;
  }

  read(settings: unknown): Readonly<Record<string, unknown>> {
    return { ...readWebhookSettings(settings, (address) => this.guard.permits(address)) };
  }

  limits(settings: unknown): { maxInFlight: number; timeoutMs: number } {
    const { maxInFlight, timeoutMs } = settings as WebhookSettings;
    return { maxInFlight, timeoutMs };
  }

  /** None: every event has the id of its delivery, and the next of a key waits for the answer. */
  losses(): readonly WireLoss[] {
    return [];
  }

  open({ settings, keys }: OutboundEndpoint): OutboundSession {
    return new WebhookSession(this.client, settings as WebhookSettings, keys, this.origin);
  }

  onApplicationShutdown(): void {
    this.client.close();
  }
}

/** One webhook. Holds no connection of its own: those of all webhooks are kept by the client, for a few idle seconds. */
export class WebhookSession implements OutboundSession {
  private readonly closing = new AbortController();
  private readonly url: URL;

  constructor(
    private readonly client: WebhookClient,
    private readonly settings: WebhookSettings,
    private readonly keys: readonly EndpointKey[],
    private readonly origin: string,
  ) {
    this.url = new URL(settings.url);
  }

  async verify(signal?: AbortSignal): Promise<Verification> {
    try {
      const call = { method: 'OPTIONS', url: this.url, headers: handshakeHeaders(this.origin), signal: this.limit(signal) } as const;
      const { status, headers } = await this.client.call(call);
      return agreement(status, headers['webhook-allowed-origin']?.toString(), this.origin);
    } catch (error) {
      return { kind: 'refused', reason: failureOf(error).reason };
    }
  }

  async send(delivery: OutboundDelivery, signal?: AbortSignal): Promise<SendOutcome> {
    const { headers, body } = cloudEvent(delivery, this.settings.format);
    const signature = signatureHeaders(delivery.deliveryId, Math.floor(Date.now() / 1_000), body, this.keys);
    try {
      const call = { method: 'POST', url: this.url, headers: { ...headers, ...signature }, body, signal: this.limit(signal) } as const;
      return outcomeOf(await this.client.call(call));
    } catch (error) {
      return { kind: 'retry', ...failureOf(error) };
    }
  }

  close(): Promise<void> {
    this.closing.abort();
    return Promise.resolve();
  }

  private limit(signal?: AbortSignal): AbortSignal {
    const signals = [AbortSignal.timeout(this.settings.timeoutMs), this.closing.signal];
    return AbortSignal.any(signal === undefined ? signals : [...signals, signal]);
  }
}
