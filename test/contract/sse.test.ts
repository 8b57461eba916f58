import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventParser, type StreamNews } from '../../src/adaptor/protocol/sse/event-parser.js';
import { SseProtocol } from '../../src/adaptor/protocol/sse/sse.protocol.js';
import { freePort } from '../e2e/support/broker-process.js';
import { inboundProtocolContract, type Source } from './inbound-protocol.js';
import { localGuard } from './local-guard.js';

const { inbound } = new SseProtocol(localGuard());

/** A twin that keeps its events and repeats those after Last-Event-ID; to who names none, nothing that is past. */
async function sse(): Promise<Source> {
  const events: string[] = [];
  const open = new Set<ServerResponse>();
  const write = (response: ServerResponse, n: number): void => void response.write(`id: ${n}\ndata: ${events[n - 1] ?? ''}\n\n`);
  let heard = 0;
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
    const { 'last-event-id': last } = request.headers;
    // What nobody has taken yet is repeated to who comes anew, as a twin does that knows its one listener.
    for (let n = (typeof last === 'string' ? Number(last) : heard) + 1; n <= events.length; n += 1) write(response, n);
    open.add(response);
    response.once('close', () => open.delete(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  heard = 0;
  return {
    protocol: inbound,
    settings: () => Promise.resolve({ url: `http://127.0.0.1:${port}/events` }),
    unreachable: async () => ({ url: `http://127.0.0.1:${await freePort()}/` }),
    invalid: [undefined, {}, { url: 'ws://example.org' }, { url: 'http://[::ffff:10.0.0.1]/' }, { url: 'http://example.org', events: 'x' }],
    say(document) {
      events.push(document);
      for (const response of open) write(response, events.length);
      return Promise.resolve();
    },
    breakOff() {
      for (const response of open) response.socket?.destroy();
      return Promise.resolve();
    },
    keeps: 'all',
    names: true,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

inboundProtocolContract('sse', sse);

describe('an event stream', () => {
  const read = (...chunks: string[]): StreamNews[] => {
    const parser = new EventParser(100);
    return chunks.flatMap((chunk) => [...parser.read(Buffer.from(chunk))]);
  };

  it('is read wherever it is cut, with any end of line', () => {
    const text = 'event: a\r\nid: 1\r\ndata: one\r\ndata: two\r\n\r\n: note\nretry: 500\ndata\n\ndata:x\rid:2\r\rdata: last\n';
    const whole = read(text);
    expect(whole).toEqual([
      { event: { type: 'a', data: 'one\ntwo', id: '1' } },
      { retryMs: 500 },
      { event: { type: 'message', data: '' } },
      { event: { type: 'message', data: 'x', id: '2' } },
    ]);
    expect(read(...text)).toEqual(whole);
  });

  it('may not have an event that never ends', () => {
    expect(() => read('data: ', 'x'.repeat(101))).toThrow('too long');
    expect(() => read(...Array.from({ length: 20 }, () => 'data: 123456\n'))).toThrow('too long');
  });
});
