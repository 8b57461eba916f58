import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  IsIn,
  IsString,
  Validate,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { isHmacSecret, KEY_KINDS, type KeyKind } from '../../../adaptor/protocol/endpoint-key.js';
import { Optional } from '../../../registry/dto/field-rules.js';
import type { DeliveryKey, NewDeliveryKey } from '../delivery-keys.service.js';

@ValidatorConstraint({ name: 'isHmacSecret' })
class IsHmacSecret implements ValidatorConstraintInterface {
  validate(value: unknown, { object }: ValidationArguments): boolean {
    return (object as NewDeliveryKeyDto).kind !== 'ed25519' && typeof value === 'string' && isHmacSecret(value);
  }

  defaultMessage(): string {
    return 'must be whsec_ and the base64 of 24 to 64 bytes; of an ed25519 key the broker alone has the secret';
  }
}

/** A key to be made. */
export class NewDeliveryKeyDto {
  @ApiProperty({ enum: KEY_KINDS, example: 'hmac-sha256' })
  @IsString()
  @IsIn(KEY_KINDS)
  kind!: KeyKind;

  @ApiPropertyOptional({
    description:
      'Of hmac-sha256: the secret, `whsec_` and base64 of 24 to 64 bytes; absent, the broker makes one and shows it once. Never shown again.',
    example: 'whsec_dGhpcyBpcyBhbiBleGFtcGxlLCBub3QgYSBzZWNyZXQ=',
    writeOnly: true,
  })
  @Optional()
  @Validate(IsHmacSecret)
  secret?: string;
}

/** A key of an endpoint. */
export class DeliveryKeyView {
  @ApiProperty({ example: 'second' })
  name!: string;

  @ApiProperty({ enum: KEY_KINDS, example: 'ed25519' })
  kind!: KeyKind;

  @ApiPropertyOptional({ description: 'Of ed25519: `whpk_` and the base64 of the 32 bytes.' })
  publicKey?: string;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
}

/** A key just made. */
export class NewDeliveryKeyView extends DeliveryKeyView {
  @ApiPropertyOptional({ description: 'Of hmac-sha256, when the broker made it: here and nowhere else.' })
  secret?: string;
}

/** The keys of an endpoint. */
export class DeliveryKeysView {
  @ApiProperty({ type: [DeliveryKeyView] })
  items!: DeliveryKeyView[];
}

/** A key on the wire. */
export function deliveryKeyView({ name, kind, publicKey, createdAt }: DeliveryKey): DeliveryKeyView {
  return { name, kind, ...(publicKey === null ? {} : { publicKey }), createdAt: createdAt.toISOString() };
}

/** A key just made, on the wire. */
export function newDeliveryKeyView(key: NewDeliveryKey): NewDeliveryKeyView {
  return { ...deliveryKeyView(key), ...(key.secret === undefined ? {} : { secret: key.secret }) };
}
