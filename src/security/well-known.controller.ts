import { Controller, Get, Header, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { JWK } from 'jose';
import { Config } from '../config/config.js';
import { Anonymous } from './anonymous.js';
import { issuerOf } from './issuer.js';
import { SigningKeys } from './signing-keys.js';

/** Authorization server metadata (RFC 8414 §2). */
interface ServerMetadata {
  issuer: string;
  token_endpoint: string;
  jwks_uri: string;
  grant_types_supported: string[];
  token_endpoint_auth_methods_supported: string[];
  response_types_supported: string[];
}

/** What others need to check and get tokens. */
@ApiTags('Identity')
@Anonymous()
@Controller('.well-known')
export class WellKnownController {
  constructor(
    private readonly keys: SigningKeys,
    private readonly config: Config,
  ) {}

  @Get('jwks.json')
  @Header('content-type', 'application/jwk-set+json')
  @Header('cache-control', 'public, max-age=300')
  @ApiOperation({
    operationId: 'readSigningKeys',
    summary: 'Read the public keys that sign access tokens',
    description: 'A JWK Set (RFC 7517). A new key is shown ten minutes before it is used.',
  })
  @ApiOkResponse({
    content: {
      'application/jwk-set+json': {
        schema: { type: 'object', properties: { keys: { type: 'array', items: { type: 'object', additionalProperties: true } } } },
        example: {
          keys: [
            {
              kty: 'OKP',
              crv: 'Ed25519',
              x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
              kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
              alg: 'EdDSA',
              use: 'sig',
            },
          ],
        },
      },
    },
  })
  jwks(): { keys: JWK[] } {
    return this.keys.jwks();
  }

  @Get('oauth-authorization-server')
  @Header('cache-control', 'public, max-age=300')
  @ApiOperation({
    operationId: 'readAuthorizationServerMetadata',
    summary: 'Read how to get tokens',
    description: 'Authorization server metadata (RFC 8414). Set PUBLIC_URL, so that the issuer is the URL this is read at.',
  })
  @ApiOkResponse({
    schema: {
      type: 'object',
      additionalProperties: true,
      example: {
        issuer: 'https://twins.example.org',
        token_endpoint: 'https://twins.example.org/oauth/token',
        jwks_uri: 'https://twins.example.org/.well-known/jwks.json',
        grant_types_supported: ['client_credentials'],
        token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
        response_types_supported: [],
      },
    },
  })
  metadata(@Req() request: FastifyRequest): ServerMetadata {
    const base = this.config.publicUrl === undefined ? `${request.protocol}://${request.host}` : issuerOf(this.config);
    return {
      issuer: issuerOf(this.config),
      token_endpoint: `${base}/oauth/token`,
      jwks_uri: `${base}/.well-known/jwks.json`,
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      // Required by RFC 8414 even where, as here, there is no authorization endpoint.
      response_types_supported: [],
    };
  }
}
