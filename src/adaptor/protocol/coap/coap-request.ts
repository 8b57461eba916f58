import { Agent, type IncomingMessage, type ObserveReadStream, type OutgoingMessage, request } from 'coap';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { NoAnswer } from '../no-answer.js';
import { placeOf } from '../wire-address.js';

const PORTS = { coap: 5_683 };

/** A request to be made. */
export interface CoapCall {
  readonly url: URL;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly body?: Buffer;
  readonly observe?: boolean;
  readonly signal: AbortSignal;
}

/** An answer: a stream of states when it was observed and the twin agreed. */
export type CoapAnswer = IncomingMessage | ObserveReadStream;

/** Makes CoAP requests to where the outbound guard lets it. Every endpoint has a socket of its own. */
export class CoapClient {
  private readonly agents = new Map<4 | 6, Agent>();

  constructor(private readonly guard: OutboundGuard) {}

  close(): void {
    for (const agent of this.agents.values()) agent.close();
    this.agents.clear();
  }

  /** The answer, or the first state. @throws NoAnswer, OutboundRefused */
  async call({ url, method, body, observe = false, signal }: CoapCall): Promise<{ answer: CoapAnswer; outgoing: OutgoingMessage }> {
    const { address, family, port } = await placeOf(this.guard, url, PORTS);
    signal.throwIfAborted();
    const agent = this.agent(family);
    const outgoing = request({
      hostname: address,
      port,
      method,
      pathname: url.pathname,
      query: url.search.slice(1),
      confirmable: true,
      observe,
      agent,
    });
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        // No RST, which the library would send with the payload in it: repetitions end, and the answer is not awaited any more.
        outgoing.sender.reset();
        agent.abort(outgoing);
        // Whether it arrived cannot be told: UDP has no connection.
        reject(new NoAnswer(true, signal.reason));
      };
      signal.addEventListener('abort', abort, { once: true });
      const end = (): void => signal.removeEventListener('abort', abort);
      outgoing.on('response', (answer: CoapAnswer) => {
        end();
        resolve({ answer, outgoing });
      });
      outgoing.on('error', (error: Error) => {
        end();
        reject(new NoAnswer(!isRefused(error), error));
      });
      outgoing.end(body);
    });
  }

  private agent(family: 4 | 6): Agent {
    const agent = this.agents.get(family) ?? new Agent({ type: family === 6 ? 'udp6' : 'udp4' });
    this.agents.set(family, agent);
    return agent;
  }
}

function isRefused({ code }: Error & { code?: unknown }): boolean {
  return code === 'ECONNREFUSED';
}
