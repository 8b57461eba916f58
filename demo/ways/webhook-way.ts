import { createPublicKey, verify } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Message } from '../client/message.js';
import { Json } from '../formats/json.js';
import { addressOf, bodyOf, close, serve } from './own-server.js';
import type { Surroundings, Way } from './way.js';

/** How old a signature may be, in seconds. */
const FRESH_SECONDS = 300;

/** The broker posts signed CloudEvents to the twin, which answers in the same breath and publishes over REST; payloads are JSON. */
export class WebhookWay implements Way {
  readonly name = 'webhook';
  readonly format = new Json();
  private server: Server | undefined;
  private signingKey: Promise<string> | undefined;
  private surroundings: Surroundings | undefined;

  async begin(surroundings: Surroundings): Promise<void> {
    this.surroundings = surroundings;
    this.server = await serve((request, response) => {
      this.answer(request, response, surroundings).catch(() => response.writeHead(503).end());
    });
    await surroundings.wires.deliverBy('webhook', { url: `http://${addressOf(this.server)}/events` });
  }

  async publish(feature: string, value: unknown): Promise<void> {
    await this.surroundings?.client.publish(feature, this.format.payloadOf(value));
  }

  end(): Promise<void> {
    return close(this.server);
  }

  private async answer(request: IncomingMessage, response: ServerResponse, { client, wires, hear }: Surroundings): Promise<void> {
    const { headers, method } = request;
    if (method === 'OPTIONS') {
      response.writeHead(200, { 'webhook-allowed-origin': headers['webhook-request-origin'] ?? '*' }).end();
      return;
    }
    const body = await bodyOf(request);
    this.signingKey ??= wires.signingKey();
    if (!isGenuine(headers, body, await this.signingKey)) {
      response.writeHead(401).end();
      return;
    }
    const { type, time, data } = JSON.parse(body.toString()) as { type: string; time: string; data: Message };
    const reply = type.startsWith('org.twinfed.message.') ? await hear(data, time) : undefined;
    if (reply === undefined) response.writeHead(204).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(client.response(data, reply)));
  }
}

/** Whether the broker has signed it (Standard Webhooks, Ed25519), and lately. */
function isGenuine(headers: IncomingHttpHeaders, body: Buffer, publicKey: string): boolean {
  const [id, seconds] = [headers['webhook-id'], headers['webhook-timestamp']].map(String);
  if (!(Math.abs(Date.now() / 1_000 - Number(seconds)) < FRESH_SECONDS)) return false;
  const x = Buffer.from(publicKey.replace('whpk_', ''), 'base64').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const signed = Buffer.concat([Buffer.from(`${id ?? ''}.${seconds ?? ''}.`), body]);
  const signatures = String(headers['webhook-signature']).split(' ');
  return signatures.some((each) => each.startsWith('v1a,') && verify(null, signed, key, Buffer.from(each.slice(4), 'base64')));
}
