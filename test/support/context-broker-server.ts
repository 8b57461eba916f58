import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stringifyExact } from '../../src/kernel/exact-json.js';
import { bodyOf, ContextSubscriptions, type Entity, represented, type StoredSubscription } from './context-subscriptions.js';

/** What the server does instead of answering as it should. */
export type ContextFault = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A stand-in for a context broker: the routes of ETSI GS CIM 009 that the product uses, over real HTTP, with entities and subscriptions in memory. */
export class ContextBrokerServer {
  readonly entities = new Map<string, Entity>();
  readonly subscriptions = new ContextSubscriptions();
  /** Method, path with query, headers and body of each request. */
  readonly requests: { readonly line: string; readonly headers: IncomingMessage['headers']; readonly body: unknown }[] = [];
  fault: ContextFault = () => false;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<ContextBrokerServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const broker = new ContextBrokerServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void broker.serve(request, response));
    return broker;
  }

  /** Writes an entity, as somebody who updates it. */
  write(entity: Entity): void {
    this.entities.set(entity.id, entity);
    this.subscriptions.changed(entity, Object.keys(entity));
  }

  /** Cuts all connections. */
  cut(): void {
    this.server.closeAllConnections();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url: line = '', headers } = request;
    const given = bodyOf(chunks);
    this.requests.push({ line: `${method} ${line}`, headers, body: given });
    if (this.fault(request, response)) return;
    const { pathname, searchParams } = new URL(line, this.url);
    const path = pathname.replace('/ngsi-ld/v1/', '');
    const isLd = headers['content-type']?.startsWith('application/ld+json') === true;
    const hasContext = JSON.stringify(given ?? null).includes('"@context"');
    if (given !== undefined && isLd !== hasContext) {
      answer(response, 400, problem('the context does not fit the content type'));
      return;
    }
    const [collection, id, attributes] = path.split('/').map(decodeURIComponent);
    if (collection === 'subscriptions') {
      this.subscription(method, id, given, response);
      return;
    }
    if (method === 'GET' && path === 'types') {
      answer(response, 200, { typeList: [] });
      return;
    }
    if (method === 'POST' && path === 'entityOperations/upsert') {
      this.upsert(given as Entity[], response);
      return;
    }
    if (method === 'GET' && path === 'entities') {
      this.query(searchParams, response);
      return;
    }
    if (method === 'POST' && path === 'entities') {
      this.create(given as Entity, response);
      return;
    }
    const entity = collection === 'entities' ? this.entities.get(id ?? '') : undefined;
    if (entity === undefined) {
      answer(response, 404, problem('there is no such entity'));
      return;
    }
    if (method === 'GET') {
      answer(response, 200, entity);
      return;
    }
    if (method === 'PATCH' && attributes === 'attrs') {
      this.store({ ...entity, ...(given as Entity) }, response);
      return;
    }
    answer(response, 405, problem('not here'));
  }

  private subscription(method: string, id: string | undefined, given: unknown, response: ServerResponse): void {
    const { stored } = this.subscriptions;
    if (method === 'POST' && id === undefined) {
      const added = this.subscriptions.add(given);
      if ('fault' in added) answer(response, added.fault === 'there' ? 409 : 400, problem('no such subscription can be made'));
      else response.writeHead(201, { location: `/ngsi-ld/v1/subscriptions/${added.id}` }).end();
      return;
    }
    const found = stored.get(id ?? '');
    if (found === undefined) answer(response, 404, problem('there is no such subscription'));
    else if (method === 'GET') answer(response, 200, found);
    else if (method === 'PATCH') {
      stored.set(found.id, { ...found, ...(given as Partial<StoredSubscription>) });
      response.writeHead(204).end();
    } else if (method === 'DELETE') {
      stored.delete(found.id);
      response.writeHead(204).end();
    } else answer(response, 405, problem('not here'));
  }

  private upsert(entities: Entity[], response: ServerResponse): void {
    const created = entities.filter(({ id }) => !this.entities.has(id)).map(({ id }) => id);
    const bad = entities.filter(({ id }) => !id.includes(':'));
    for (const entity of entities) if (id(entity)) this.write({ ...this.entities.get(entity.id), ...entity });
    if (bad.length > 0) answer(response, 207, { success: created, errors: bad.map((entity) => ({ entityId: entity.id })) });
    else if (created.length > 0) answer(response, 201, created);
    else response.writeHead(204).end();
  }

  private create(entity: Entity, response: ServerResponse): void {
    if (this.entities.has(entity.id)) answer(response, 409, problem('it is there already'));
    else this.store(entity, response, 201);
  }

  private store(entity: Entity, response: ServerResponse, status = 204): void {
    this.write(entity);
    response.writeHead(status).end();
  }

  private query(asked: URLSearchParams, response: ServerResponse): void {
    const [types, ids, attributes] = ['type', 'id', 'attrs'].map((name) => asked.get(name)?.split(','));
    const isAsked = ({ id, type }: Entity): boolean => types?.includes(type) !== false && ids?.includes(id) !== false;
    const how = asked.get('options') === 'keyValues' ? 'keyValues' : 'normalized';
    const chosen = [...this.entities.values()].filter(isAsked);
    const found = attributes === undefined && how === 'normalized' ? chosen : chosen.map((each) => represented(each, how, attributes));
    const offset = Number(asked.get('offset') ?? 0);
    answer(response, 200, found.slice(offset, offset + Number(asked.get('limit') ?? 20)));
  }
}

function id({ id: text }: Entity): boolean {
  return text.includes(':');
}

function problem(title: string): object {
  return { type: 'https://uri.etsi.org/ngsi-ld/errors/BadRequestData', title };
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(stringifyExact(body));
}
