import { Ajv2020 } from 'ajv/dist/2020.js';
import { firstExample, type OpenApiDocument, type Operation, operationsOf, token } from './openapi-document.js';

/** How one operation went. */
export interface Outcome {
  operationId: string;
  request: string;
  status: number;
  body: unknown;
  /** What is wrong with it, in words; empty when it did and said what the document promises. */
  complaints: string[];
}

const STREAM_LIMIT_MS = 30_000;

/** A client that knows an API by its OpenAPI document alone. */
export class OpenApiRunner {
  private readonly ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true, validateSchema: false });

  private constructor(
    private readonly url: string,
    readonly document: OpenApiDocument,
  ) {
    this.ajv.addSchema(closed(document), 'document');
  }

  static async read(url: string): Promise<OpenApiRunner> {
    const answer = await fetch(url);
    return new OpenApiRunner(url, (await answer.json()) as OpenApiDocument);
  }

  /** A token as the Authorize button of a Swagger console gets it, for a caller of this security scheme. */
  async authorize(scheme: string, clientId: string, clientSecret: string): Promise<string> {
    const tokenUrl = this.document.components.securitySchemes[scheme]?.flows?.clientCredentials?.tokenUrl;
    if (tokenUrl === undefined) throw new Error(`${scheme} has no client credentials flow`);
    const answer = await fetch(new URL(tokenUrl, this.base), {
      method: 'POST',
      headers: {
        authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}`,
        'content-type': 'application/x-www-form-urlencoded',
        'x-requested-with': 'XMLHttpRequest',
      },
      body: 'grant_type=client_credentials&scope=',
    });
    const body = (await answer.json()) as { access_token?: string };
    if (body.access_token === undefined) throw new Error(`No token: ${answer.status} ${JSON.stringify(body)}`);
    return body.access_token;
  }

  /** The operations that a caller of this security scheme may use, in the order of the document. */
  operationsFor(scheme: string): Operation[] {
    return operationsOf(this.document).filter(
      ({ security, ...rest }) => (security?.some((requirement) => scheme in requirement) ?? false) && !('x-outside-tour' in rest),
    );
  }

  /** Runs an operation with its examples as they are; of several bodies with the named one, or the first. */
  async run(operation: Operation, bearer: string, bodyName?: string): Promise<Outcome> {
    const complaints: string[] = [];
    const headers = new Headers({ authorization: `Bearer ${bearer}` });
    const target = this.targetOf(operation, headers, complaints);
    const body = this.bodyOf(operation, headers, complaints, bodyName);
    const answer = await fetch(target, {
      method: operation.method.toUpperCase(),
      headers,
      body,
      signal: AbortSignal.timeout(STREAM_LIMIT_MS),
    });
    const text = await answer.text();
    const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
    const parsed: unknown = /[/+]json$/.test(type) && text !== '' ? JSON.parse(text) : text;
    if (answer.status >= 300) complaints.push(`answered ${answer.status} ${text.slice(0, 500)}`);
    complaints.push(...this.checkAnswer(operation, answer.status, type, parsed));
    const request = `${operation.method.toUpperCase()} ${target.pathname}${target.search}`;
    return { operationId: operation.operationId, request, status: answer.status, body: parsed, complaints };
  }

  /** What keeps a value from fitting the schema at this place of the document. */
  misfits(pointer: string, value: unknown): string[] {
    // A fragment is percent-encoded: paths hold braces.
    const validate = this.ajv.getSchema(`document#${pointer.split('/').map(encodeURIComponent).join('/')}`);
    if (validate === undefined) return [`there is no schema at ${pointer}`];
    if (validate(value) === true) return [];
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`);
  }

  private get base(): URL {
    return new URL(this.document.servers[0]?.url ?? '/', this.url);
  }

  private targetOf(operation: Operation, headers: Headers, complaints: string[]): URL {
    let path = operation.path;
    const query = new URLSearchParams();
    for (const parameter of operation.parameters ?? []) {
      const example = firstExample(this.document, parameter);
      if (example === undefined) {
        if (parameter.required === true) complaints.push(`${parameter.in} parameter ${parameter.name} has no example`);
        continue;
      }
      // Arrays as the defaults of OpenAPI say: repeated in a query (form, exploded), joined by commas elsewhere (simple).
      const texts = [example].flat().map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
      if (parameter.in === 'path') path = path.replace(`{${parameter.name}}`, encodeURIComponent(texts.join()));
      else if (parameter.in === 'query') texts.forEach((text) => query.append(parameter.name, text));
      else headers.set(parameter.name, texts.join());
    }
    const target = new URL(path.slice(1), this.base);
    target.search = query.toString();
    return target;
  }

  private bodyOf(operation: Operation, headers: Headers, complaints: string[], name?: string): string | undefined {
    const [first] = Object.entries(operation.requestBody?.content ?? {});
    if (first === undefined) return undefined;
    const [type, content] = first;
    const example = name === undefined ? firstExample(this.document, content) : content.examples?.[name]?.value;
    if (example === undefined) {
      if (operation.requestBody?.required === true) complaints.push('the body has no example');
      return undefined;
    }
    headers.set('content-type', type);
    // Text that is no JSON document is sent as it stands: lines, for one.
    if (typeof example === 'string' && !/[/+]json$/.test(type)) return example;
    return type === 'application/x-www-form-urlencoded'
      ? new URLSearchParams(example as Record<string, string>).toString()
      : JSON.stringify(example);
  }

  private checkAnswer(operation: Operation, status: number, type: string, body: unknown): string[] {
    const documented = operation.responses[String(status)];
    if (documented === undefined) return [`status ${status} is not documented`];
    const types = Object.keys(documented.content ?? {});
    if (types.length === 0) return body === '' ? [] : [`status ${status} has a body that is not documented`];
    if (!types.includes(type)) return [`status ${status} came as ${type}, documented is ${types.join(', ')}`];
    const pointer = `${operation.pointer}/responses/${status}/content/${token(type)}/schema`;
    return this.misfits(pointer, body).map((misfit) => `status ${status}: ${misfit}`);
  }
}

/** The document with every object closed, so that a member nobody wrote about is noticed. */
function closed(document: OpenApiDocument): object {
  const close = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(close);
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value).map(([name, member]): [string, unknown] => [
      name,
      /^examples?$/.test(name) ? member : close(member),
    ]);
    const isOpen = typeof (value as { properties?: unknown }).properties === 'object' && !('additionalProperties' in value);
    return Object.fromEntries(isOpen ? [...members, ['unevaluatedProperties', false]] : members);
  };
  return close(document) as object;
}
