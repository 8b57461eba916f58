import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength, MinLength } from 'class-validator';
import type { CredentialFact } from './wire-credentials.js';

/** A secret to be kept. */
export class WireCredentialDto {
  @ApiProperty({
    description: 'The secret; PEM for certificates and keys. Never shown again.',
    example: 'correct horse battery staple',
    writeOnly: true,
  })
  @IsString()
  @MinLength(1)
  @MaxLength(16_384)
  value!: string;
}

/** A credential without its secret. */
export class WireCredentialView {
  @ApiProperty({ example: 'password' })
  name!: string;

  @ApiProperty({ format: 'date-time' })
  changedAt!: string;
}

/** Credentials without their secrets. */
export class WireCredentialsView {
  @ApiProperty({ type: [WireCredentialView] })
  items!: WireCredentialView[];
}

/** A credential on the wire. */
export function wireCredentialView({ name, changedAt }: CredentialFact): WireCredentialView {
  return { name, changedAt: changedAt.toISOString() };
}
