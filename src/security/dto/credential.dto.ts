import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import type { Page } from '../../kernel/page.js';
import type { ListedCredential } from '../credential.repository.js';
import type { IssuedCredential } from '../credential.service.js';

const NAME_FORM = '^[a-z0-9][a-z0-9-]{0,31}$';

/** A new credential. */
export class CreateCredential {
  @ApiPropertyOptional({
    description: 'What to call it: 1 to 32 lower-case letters, digits and hyphens, which no other credential here has at present.',
    example: 'example',
    pattern: NAME_FORM,
  })
  @IsOptional()
  @Matches(new RegExp(NAME_FORM), {
    message: 'name must be 1 to 32 lower-case letters, digits and hyphens, not starting with a hyphen',
  })
  name?: string;
}

/** The body of a request for a credential; it may be left out. */
export const CREATE_CREDENTIAL_BODY = {
  type: CreateCredential,
  required: false,
  examples: { named: { summary: 'With a name', value: { name: 'example' } } },
};

/** Which credential, in a path. */
export const CREDENTIAL_PARAM = { name: 'clientId', description: 'Client id of the credential, or its name.', example: 'example' };

/** What refuses another credential. */
export const CREDENTIAL_CONFLICT = {
  status: 409,
  description:
    'The name is taken (problem+json `already-exists`), or there are 20 credentials already, the most there may be (`state-conflict`).',
};

/** A credential as it is shown in lists: without its secret, which is not stored. */
export class CredentialView {
  @ApiProperty({ example: 'org_city-traffic_4f1c9a7be2d03586' })
  clientId!: string;

  @ApiPropertyOptional({ description: 'What it is called; absent when it was given no name.', example: 'example' })
  name?: string;

  @ApiProperty({ example: '2026-01-01T08:00:00.000Z', format: 'date-time' })
  createdAt!: string;
}

/** A credential just created. */
export class NewCredentialView extends CredentialView {
  @ApiProperty({
    description: '256 random bits, shown this once: the broker keeps only their SHA-256.',
    example: 'g1sVqJ0m8r4pN3cXyT7wLb2kUeHdZa9fQoRi5tMxKvE',
  })
  clientSecret!: string;
}

/** A page of credentials. */
export class CredentialPage {
  @ApiProperty({ type: [CredentialView] })
  items!: CredentialView[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last.' })
  next?: string;
}

/** A credential on the wire. */
export function credentialView({ clientId, name, createdAt }: ListedCredential): CredentialView {
  return { clientId, ...(name === null ? {} : { name }), createdAt: createdAt.toISOString() };
}

/** A credential just created, on the wire. */
export function newCredentialView(credential: IssuedCredential): NewCredentialView {
  return Object.assign(credentialView(credential), { clientSecret: credential.clientSecret });
}

/** A page of credentials on the wire. */
export function credentialPage({ items, next }: Page<ListedCredential>): CredentialPage {
  return { items: items.map(credentialView), ...(next === undefined ? {} : { next }) };
}
