import { Body, Controller, Header, Headers, HttpCode, Ip, Post, UseFilters } from '@nestjs/common';
import { ApiBasicAuth, ApiBody, ApiConsumes, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Anonymous } from './anonymous.js';
import { formParameter, sentCredentials } from './client-authentication.js';
import { TokenErrorView, TokenForm, TokenView } from './dto/token.dto.js';
import { OAuthError, OAuthErrorFilter } from './oauth-error.js';
import { TokenService } from './token.service.js';

const FORM_TYPE = 'application/x-www-form-urlencoded';

/** The OAuth 2.0 token endpoint. */
@ApiTags('Identity')
@Anonymous()
@UseFilters(OAuthErrorFilter)
@Controller('oauth')
export class TokenController {
  constructor(private readonly tokens: TokenService) {}

  @Post('token')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Header('pragma', 'no-cache')
  @ApiOperation({
    operationId: 'issueToken',
    summary: 'Exchange client credentials for an access token',
    description:
      'OAuth 2.0 client credentials grant (RFC 6749 §4.4). The client authenticates with HTTP Basic (`client_secret_basic`, both parts ' +
      'form-encoded) or in the form (`client_secret_post`), not both. The token is a short-lived JWT; there is no refresh token: ask again. ' +
      'After ten failures within a minute a client is refused from the same address until the minute is over.',
  })
  @ApiBasicAuth('client')
  @ApiConsumes(FORM_TYPE)
  @ApiBody({ type: TokenForm })
  @ApiResponse({ status: 200, type: TokenView })
  @ApiResponse({ status: 400, type: TokenErrorView, description: '`invalid_request`, `unsupported_grant_type` or `invalid_scope`.' })
  @ApiResponse({ status: 401, type: TokenErrorView, description: '`invalid_client`.' })
  @ApiResponse({ status: 429, type: TokenErrorView, description: 'Too many failures; see Retry-After.' })
  async issue(
    @Body() body: unknown,
    @Headers('content-type') contentType: string | undefined,
    @Headers('authorization') authorization: string | undefined,
    @Ip() address: string,
  ): Promise<TokenView> {
    const form = readForm(contentType, body);
    const grant = formParameter(form, 'grant_type');
    if (grant === undefined) throw new OAuthError('invalid_request', 'The parameter grant_type is missing.');
    if (grant !== 'client_credentials') throw new OAuthError('unsupported_grant_type', 'The only grant here is client_credentials.');
    if (formParameter(form, 'scope') !== undefined)
      throw new OAuthError('invalid_scope', 'Tokens have no scopes here: leave the parameter out.');
    const { token, expiresInSeconds } = await this.tokens.issue({ ...sentCredentials(authorization, form), address });
    return { access_token: token, token_type: 'Bearer', expires_in: expiresInSeconds };
  }
}

function readForm(contentType: string | undefined, body: unknown): Readonly<Record<string, unknown>> {
  if (contentType?.split(';')[0]?.trim().toLowerCase() !== FORM_TYPE || typeof body !== 'object' || body === null) {
    throw new OAuthError('invalid_request', `The request must be a form (${FORM_TYPE}).`);
  }
  return body as Readonly<Record<string, unknown>>;
}
