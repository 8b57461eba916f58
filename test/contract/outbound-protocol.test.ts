import type { SendOutcome } from '../../src/adaptor/protocol/outbound-protocol.js';
import { MemoryProtocol } from '../../src/adaptor/protocol/memory/memory.protocol.js';
import { WebhookProtocol } from '../../src/adaptor/protocol/webhook/webhook.protocol.js';
import { Config } from '../../src/config/config.js';
import { OutboundGuard } from '../../src/security/outbound/outbound-guard.js';
import { freePort } from '../e2e/support/broker-process.js';
import { HookServer } from '../support/hook-server.js';
import { HTTP } from './http-far-behaviour.js';
import { type FarBehaviour, type FarEnd, outboundProtocolContract } from './outbound-protocol.js';

async function webhook(format: string): Promise<FarEnd> {
  const config = Object.assign(new Config(), { outboundAllow: ['127.0.0.0/8'] });
  const protocol = new WebhookProtocol(new OutboundGuard(config), config);
  const servers: HookServer[] = [];
  return {
    protocol,
    async settings(behaviour, { agrees = true, timeoutMs = 5_000 } = {}) {
      const server = await HookServer.start();
      server.behaviour = HTTP[behaviour];
      if (!agrees) server.allowedOrigin = 'someone.else.example';
      servers.push(server);
      return { url: server.url, format, timeoutMs };
    },
    unreachable: async () => ({ url: `http://127.0.0.1:${await freePort()}/`, format }),
    invalid: [
      undefined,
      [],
      {},
      { url: 'ftp://example.org/' },
      { url: 'https://user:secret@example.org/' },
      { url: 'https://example.org/#here' },
      { url: 'http://169.254.169.254/latest/meta-data' },
      { url: 'http://[::1]/' },
      { url: 'http://2130706433.example.org/', format: 'xml' },
      { url: 'https://example.org/', timeoutMs: 30_001 },
      { url: 'https://example.org/', maxInFlight: 0 },
      { url: 'https://example.org/', secret: 'x' },
    ],
    received: () =>
      servers.flatMap((server) =>
        server.received.map(({ body }) => (format === 'binary' ? body : body.slice(body.indexOf('"data":') + 7, -1))),
      ),
    async close() {
      protocol.onApplicationShutdown();
      for (const server of servers) await server.close();
    },
  };
}

const OUTCOMES: Readonly<Record<FarBehaviour, () => SendOutcome | Promise<SendOutcome>>> = {
  accept: () => ({ kind: 'accepted' }),
  'refuse-message': () => ({ kind: 'retry', fault: 'message', reason: 'refused' }),
  fail: () => ({ kind: 'retry', fault: 'endpoint', reason: 'failed' }),
  'ask-to-wait': () => ({ kind: 'retry', fault: 'not-taken', reason: 'busy', afterMs: 7_000 }),
  gone: () => ({ kind: 'gone', reason: 'gone' }),
  'stay-silent': () => new Promise(() => undefined),
  'break-off': () => ({ kind: 'retry', fault: 'endpoint', reason: 'broke off' }),
  answer: () => ({ kind: 'accepted', answer: '{"answer":1.50}' }),
};

function memory(): FarEnd {
  const protocol = new MemoryProtocol();
  const made: { received: { text: string }[] }[] = [];
  return {
    protocol,
    settings(behaviour, { agrees = true, timeoutMs } = {}) {
      const name = `endpoint-${made.length}`;
      const verification = agrees ? ({ kind: 'agreed' } as const) : ({ kind: 'refused', reason: 'no' } as const);
      made.push(protocol.endpoint(name, { verification, onSend: OUTCOMES[behaviour] }));
      return Promise.resolve({ name, timeoutMs });
    },
    unreachable: () => Promise.resolve({ name: 'nowhere' }),
    invalid: [undefined, {}, { name: 1 }],
    received: () => made.flatMap(({ received }) => received.map(({ text }) => text)),
    close: () => Promise.resolve(),
  };
}

outboundProtocolContract('webhook, structured', () => webhook('structured'));
outboundProtocolContract('webhook, binary', () => webhook('binary'));
outboundProtocolContract('memory', () => Promise.resolve(memory()));
