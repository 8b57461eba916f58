import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** The form of a token request (RFC 6749 §4.4.2). Checked by hand, because its refusals have a form of their own. */
export class TokenForm {
  @ApiProperty({ enum: ['client_credentials'], example: 'client_credentials' })
  grant_type!: string;

  @ApiPropertyOptional({ description: 'Unless the client authenticates with HTTP Basic.', example: 'org_city-traffic_4f1c9a7be2d03586' })
  client_id?: string;

  @ApiPropertyOptional({
    description: 'Unless the client authenticates with HTTP Basic.',
    example: 'g1sVqJ0m8r4pN3cXyT7wLb2kUeHdZa9fQoRi5tMxKvE',
  })
  client_secret?: string;
}

/** A token (RFC 6749 §5.1). */
export class TokenView {
  @ApiProperty({
    description: 'A signed JWT, to be sent as `Authorization: Bearer …`.',
    example: 'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.…',
  })
  access_token!: string;

  @ApiProperty({ enum: ['Bearer'], example: 'Bearer' })
  token_type!: 'Bearer';

  @ApiProperty({ description: 'Lifetime in seconds.', example: 600 })
  expires_in!: number;
}

/** A refusal of the token endpoint: RFC 6749 §5.2, with the members of a problem document (RFC 9457) beside. */
export class TokenErrorView {
  @ApiProperty({
    enum: ['invalid_request', 'invalid_client', 'unsupported_grant_type', 'invalid_scope', 'temporarily_unavailable', 'server_error'],
    example: 'invalid_client',
  })
  error!: string;

  @ApiProperty({ example: 'The client is unknown, its secret is wrong, or its organization is suspended.' })
  error_description!: string;

  @ApiProperty({ example: 'urn:twinfed:problem:unauthenticated' })
  type!: string;

  @ApiProperty({ example: 'A valid bearer token is required' })
  title!: string;

  @ApiProperty({ example: 401 })
  status!: number;

  @ApiProperty({ example: 'The client is unknown, its secret is wrong, or its organization is suspended.' })
  detail!: string;
}
