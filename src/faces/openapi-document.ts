import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { Config } from '../config/config.js';
import { describeProblems, operationsOf } from './openapi-problems.js';
import { TAGS } from './openapi-tags.js';

/** Version of the product, as in package.json; a test holds the two together. */
export const VERSION = '0.1.0';
const DESCRIPTION = `
Independently owned digital twins of a city register here what they can share, find one another, federate, and exchange data and function
calls.

The roles and flows follow the style of ITU-T Y.4489 and Y.4605. Y.4605's official enumerations are not public: the vocabulary of actions,
objects, roles and status codes is this project's own reading of them, and no conformance is claimed.

**Try it out**: choose *Authorize*, enter the client id and secret of an organization under \`organization\` (an operator creates both under
*Organizations*, with the credential from \`DATA_DIR/operator.json\` under \`operator\`), or paste a token under \`bearer\`. Every example is
complete and can be sent as it is, from top to bottom, as often as you like.

**Not here**: the exchange over WebSocket, streams and webhooks are described in [asyncapi.json](asyncapi.json).

**Conventions**: JSON with camelCase members; times are RFC 3339 in UTC; ids are URIs, percent-encoded in paths; lists are pages with an
opaque \`next\` cursor; failures are problem documents (RFC 9457) with a stable \`type\`; what changes carries an ETag.
`.trim();

const CALLERS: Readonly<Record<string, string>> = {
  organization: "An organization, or one of its twins: client id and secret from the organization's or the twin's credential.",
  operator: 'An operator of the broker: client id `operator`, secret from DATA_DIR/operator.json.',
};

/** The base URL that the document names: PUBLIC_URL, or wherever the document was read. */
function serverUrl(config: Config): string {
  return config.publicUrl?.replace(/\/+$/, '') ?? '/';
}

/**
 * The OpenAPI 3.1 description of every controller, in the order of {@link TAGS}, with the security schemes, problem documents and base
 * URL filled in. Works on an application that has been created but not yet initialized.
 */
export function buildOpenApi(app: NestFastifyApplication, config: Config): OpenAPIObject {
  const tokenUrl = `${config.publicUrl === undefined ? '' : serverUrl(config)}/oauth/token`;
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('twinfed: digital twin federation broker')
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer(serverUrl(config), config.publicUrl === undefined ? 'The broker that served this document' : 'PUBLIC_URL');
  for (const [name, description] of Object.entries(CALLERS)) {
    builder.addOAuth2({ type: 'oauth2', description, flows: { clientCredentials: { tokenUrl, scopes: {} } } }, name);
  }
  builder.addBearerAuth(
    { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A token from /oauth/token, pasted.' },
    'bearer',
  );
  builder.addBasicAuth({ type: 'http', scheme: 'basic', description: 'Client id and secret, for /oauth/token only.' }, 'client');
  for (const { name, description } of TAGS) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build());
  offerPastedTokens(document);
  describeProblems(document);
  document.paths = inTagOrder(document.paths);
  return document;
}

/** Wherever a client's credential opens an operation, a token that was fetched elsewhere does too; without any, the operation is open. */
function offerPastedTokens(document: OpenAPIObject): void {
  for (const { operation } of operationsOf(document)) {
    const security = operation.security ?? [];
    const callers = security.some((requirement) => Object.keys(requirement).some((name) => name in CALLERS));
    operation.security = callers ? [...security, { bearer: [] }] : security;
  }
}

/** Paths by the chapter of their first operation; within a chapter they keep the order of their controllers. */
function inTagOrder(paths: OpenAPIObject['paths']): OpenAPIObject['paths'] {
  const rank = (item: OpenAPIObject['paths'][string]): number => {
    const first = item.get ?? item.put ?? item.post ?? item.delete ?? item.patch;
    const position = TAGS.findIndex((tag) => tag.name === first?.tags?.[0]);
    return position === -1 ? TAGS.length : position;
  };
  return Object.fromEntries(Object.entries(paths).sort(([, one], [, other]) => rank(one) - rank(other)));
}
