import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Entity = Record<string, unknown> & { id: string; type: string };

/** What the server does instead of answering as it should. */
export type ContextFault = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A stand-in for a context broker: the routes of ETSI GS CIM 009 that the product uses, over real HTTP, with the entities' text in memory. */
export class ContextBrokerServer {
  readonly entities = new Map<string, Entity>();
  /** Method, path with query, and headers of each request. */
  readonly requests: { readonly line: string; readonly headers: IncomingMessage['headers'] }[] = [];
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
    this.requests.push({ line: `${method} ${line}`, headers });
    if (this.fault(request, response)) return;
    const { pathname, searchParams } = new URL(line, this.url);
    const path = pathname.replace('/ngsi-ld/v1/', '');
    const given = chunks.length === 0 ? undefined : (JSON.parse(Buffer.concat(chunks).toString()) as unknown);
    const isLd = headers['content-type']?.startsWith('application/ld+json') === true;
    const hasContext = JSON.stringify(given ?? null).includes('"@context"');
    if (given !== undefined && isLd !== hasContext) {
      answer(response, 400, problem('the context does not fit the content type'));
      return;
    }
    const [collection, id, attributes] = path.split('/').map(decodeURIComponent);
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

  private upsert(entities: Entity[], response: ServerResponse): void {
    const created = entities.filter(({ id }) => !this.entities.has(id)).map(({ id }) => id);
    const bad = entities.filter(({ id }) => !id.includes(':'));
    for (const entity of entities) if (id(entity)) this.entities.set(entity.id, { ...this.entities.get(entity.id), ...entity });
    if (bad.length > 0) answer(response, 207, { success: created, errors: bad.map((entity) => ({ entityId: entity.id })) });
    else if (created.length > 0) answer(response, 201, created);
    else response.writeHead(204).end();
  }

  private create(entity: Entity, response: ServerResponse): void {
    if (this.entities.has(entity.id)) answer(response, 409, problem('it is there already'));
    else this.store(entity, response, 201);
  }

  private store(entity: Entity, response: ServerResponse, status = 204): void {
    this.entities.set(entity.id, entity);
    response.writeHead(status).end();
  }

  private query(asked: URLSearchParams, response: ServerResponse): void {
    const types = asked.get('type')?.split(',');
    const found = [...this.entities.values()].filter(({ type }) => types?.includes(type) !== false);
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
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
