import type { IncomingHttpHeaders } from 'node:http';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { bodyOf, credentialHeaders, HttpWire } from '../http-wire.js';
import type { NgsiLdServer } from './ngsi-ld-settings.js';

const MAX_BODY_BYTES = 8 * 1024 * 1024;
const CONTEXT_REL = 'http://www.w3.org/ns/json-ld#context';
const JSON_LD = 'application/ld+json';

/** A request, beneath `/ngsi-ld/v1`. */
export interface ContextRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Entities; with a context of their own they are JSON-LD. */
  readonly body?: Buffer;
  readonly hasContext?: boolean;
  readonly traceparent?: string;
  readonly signal: AbortSignal;
}

/** What came back; without a body when that is larger than 8 MB, or broke off. */
export interface ContextAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer | undefined;
}

/** Requests of the NGSI-LD API to one context broker. */
export class ContextBroker {
  private readonly wire: HttpWire;

  constructor(
    guard: OutboundGuard,
    private readonly server: NgsiLdServer,
    private readonly credentials: Readonly<Record<string, string>>,
  ) {
    this.wire = new HttpWire(guard, credentials);
  }

  close(): void {
    this.wire.close();
  }

  /** @throws NoAnswer */
  async request({ method, path, query = {}, body, hasContext = false, traceparent, signal }: ContextRequest): Promise<ContextAnswer> {
    const { url: base, tenant, context, apiKeyHeader } = this.server;
    const url = new URL(`${base.replace(/\/+$/, '')}/ngsi-ld/v1/${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    // A context is named either in the document or beside it, never both (ETSI GS CIM 009, 6.3.5).
    const link: Record<string, string> =
      context === undefined || hasContext ? {} : { link: `<${context}>; rel="${CONTEXT_REL}"; type="${JSON_LD}"` };
    const headers = {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': hasContext ? JSON_LD : 'application/json' }),
      ...(tenant === undefined ? {} : { 'ngsild-tenant': tenant }),
      ...link,
      ...(traceparent === undefined ? {} : { traceparent }),
      ...credentialHeaders(this.credentials, apiKeyHeader),
    };
    const answer = await this.wire.request({ method, url, headers, signal, ...(body === undefined ? {} : { body }) });
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await bodyOf(answer, MAX_BODY_BYTES) };
  }
}
