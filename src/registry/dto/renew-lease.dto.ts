import { PartialType } from '@nestjs/swagger';
import { LeaseRequestDto } from './twin-profile.dto.js';

/** A renewal; without a time to live, for as long as before. */
export class RenewLeaseDto extends PartialType(LeaseRequestDto) {}
