import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect as tcpConnect, isIP, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { Injectable } from '@nestjs/common';
import { type AllowedAddress, OutboundGuard, OutboundRefused } from '../../security/outbound/outbound-guard.js';
import type { ReadinessCheck } from './readiness.js';

/** How long an endpoint may take to answer, in milliseconds. */
const REACH_MS = 5_000;

const PORTS: Readonly<Record<string, { port: number; tls: boolean; http: boolean }>> = {
  'http:': { port: 80, tls: false, http: true },
  'https:': { port: 443, tls: true, http: true },
  'ws:': { port: 80, tls: false, http: false },
  'wss:': { port: 443, tls: true, http: false },
  'mqtt:': { port: 1883, tls: false, http: false },
  'mqtts:': { port: 8883, tls: true, http: false },
  'amqp:': { port: 5672, tls: false, http: false },
  'amqps:': { port: 5671, tls: true, http: false },
  'nats:': { port: 4222, tls: false, http: false },
};

type Finding = Pick<ReadinessCheck, 'outcome' | 'detail' | 'remedy'>;

/**
 * Whether an endpoint can be reached: an HTTP answer for http and https, a connection (with TLS where the scheme says so) for the others. Goes only where
 * the outbound guard lets it, follows no redirect and reads no body.
 */
@Injectable()
export class EndpointCheck {
  constructor(private readonly guard: OutboundGuard) {}

  /** Never throws: what goes wrong is the finding. */
  async check(text: string): Promise<ReadinessCheck> {
    return { name: 'endpoint', subject: text, ...(await this.find(new URL(text))) };
  }

  private async find(url: URL): Promise<Finding> {
    const wire = PORTS[url.protocol];
    if (wire === undefined) return { outcome: 'skipped', detail: `The broker cannot tell whether ${url.protocol}// answers.` };
    try {
      const address = await this.guard.resolve(url.hostname);
      const port = url.port === '' ? wire.port : Number(url.port);
      const signal = AbortSignal.timeout(REACH_MS);
      if (!wire.http) return await connected(openSocket(url, address, port, wire.tls), signal);
      return verdict(await statusOf(url, address, port, signal));
    } catch (error) {
      return failure(error);
    }
  }
}

/** Of a name, for TLS; an address has none. */
function serverName(url: URL): { servername?: string } {
  return isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0 ? { servername: url.hostname } : {};
}

function statusOf(url: URL, { address, family }: AllowedAddress, port: number, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const options = {
      host: address,
      family,
      port,
      method: 'GET',
      path: `${url.pathname}${url.search}`,
      headers: { host: url.host, 'user-agent': 'twinfed-readiness', accept: '*/*', range: 'bytes=0-0' },
      agent: false,
      signal,
      ...serverName(url),
    };
    const request = open(options, (response) => {
      resolve(response.statusCode ?? 0);
      response.on('error', () => undefined);
      request.destroy();
    });
    request.on('error', reject);
    request.end();
  });
}

function openSocket(url: URL, { address, family }: AllowedAddress, port: number, tls: boolean): { socket: Socket; ready: string } {
  return tls
    ? { socket: tlsConnect({ host: address, port, ...serverName(url) }), ready: 'secureConnect' }
    : { socket: tcpConnect({ host: address, port, family }), ready: 'connect' };
}

async function connected({ socket, ready }: { socket: Socket; ready: string }, signal: AbortSignal): Promise<Finding> {
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(ready, resolve);
      socket.on('error', reject);
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    return { outcome: 'passed', detail: 'A connection was made.' };
  } finally {
    socket.destroy();
  }
}

function verdict(status: number): Finding {
  if (status < 500) return { outcome: 'passed', detail: `It answered with HTTP ${status}.` };
  return { outcome: 'failed', detail: `It answered with HTTP ${status}.`, remedy: 'See why the server fails; anything below 500 passes.' };
}

function failure(error: unknown): Finding {
  if (error instanceof OutboundRefused && error.reason === 'not-allowed') {
    return {
      outcome: 'failed',
      detail: 'The broker does not connect to this address: it is not on the public internet.',
      remedy: 'Publish the endpoint under a public address, or ask the operator to name its network in OUTBOUND_ALLOW.',
    };
  }
  if (error instanceof OutboundRefused)
    return { outcome: 'failed', detail: 'The host name has no address.', remedy: 'Correct the URL, or the DNS entry.' };
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (name === 'AbortError' || name === 'TimeoutError')
    return {
      outcome: 'failed',
      detail: `Nothing answered within ${REACH_MS / 1_000} s.`,
      remedy: 'Open the firewall, or correct the port.',
    };
  const what = typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : 'the connection failed';
  return {
    outcome: 'failed',
    detail: `It could not be reached: ${what}.`,
    remedy: /CERT|TLS|SSL|SIGNED|ALTNAME/.test(what)
      ? 'Use a certificate that the broker trusts, for this host name.'
      : 'Start the server, or correct host and port.',
  };
}
