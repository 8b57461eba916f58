import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length, Matches } from 'class-validator';
import type { Page } from '../../kernel/page.js';
import type { IssuedCredential } from '../credential.service.js';
import { type Organization, ORGANIZATION_STATUSES, type OrganizationStatus } from '../organization.entity.js';
import { NewCredentialView, newCredentialView } from './credential.dto.js';

/** A new organization. */
export class CreateOrganization {
  @ApiPropertyOptional({
    description: 'A slug: 1 to 63 lower-case letters, digits and hyphens. Left out, it is derived from the name.',
    example: 'city-traffic',
    pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
  })
  @IsOptional()
  @Matches(/^[a-z0-9][a-z0-9-]{0,62}$/, {
    message: 'id must be 1 to 63 lower-case letters, digits and hyphens, not starting with a hyphen',
  })
  id?: string;

  @ApiProperty({ example: 'City traffic department', minLength: 1, maxLength: 200 })
  @IsString()
  @Length(1, 200)
  @Matches(/^[^\p{Cc}]*$/u, { message: 'name must not hold control characters' })
  @Matches(/\S/, { message: 'name must not be blank' })
  name!: string;
}

/** An organization. */
export class OrganizationView {
  @ApiProperty({ example: 'city-traffic' })
  id!: string;

  @ApiProperty({ example: 'City traffic department' })
  name!: string;

  @ApiProperty({ enum: ORGANIZATION_STATUSES, example: 'ACTIVE' })
  status!: OrganizationStatus;

  @ApiProperty({ example: '2026-01-01T08:00:00.000Z', format: 'date-time' })
  createdAt!: string;
}

/** An organization just created, with its first credential. */
export class NewOrganizationView extends OrganizationView {
  @ApiProperty({ type: NewCredentialView, description: 'The first credential; its secret is shown this once.' })
  credential!: NewCredentialView;
}

/** A page of organizations. */
export class OrganizationPage {
  @ApiProperty({ type: [OrganizationView] })
  items!: OrganizationView[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last.' })
  next?: string;
}

/** An organization on the wire. */
export function organizationView({ id, name, status, createdAt }: Organization): OrganizationView {
  return { id, name, status, createdAt: createdAt.toISOString() };
}

/** An organization just created, on the wire. */
export function newOrganizationView(created: { organization: Organization; credential: IssuedCredential }): NewOrganizationView {
  return Object.assign(organizationView(created.organization), { credential: newCredentialView(created.credential) });
}

/** A page of organizations on the wire. */
export function organizationPage({ items, next }: Page<Organization>): OrganizationPage {
  return { items: items.map(organizationView), ...(next === undefined ? {} : { next }) };
}
