import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsNumber, IsOptional, IsString, Max, MaxLength, Min, MinLength } from 'class-validator';

/** How long a sender waits for the answer to its REQUEST. */
export class WaitQueryDto {
  @IsOptional()
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  @Max(60)
  wait?: number;

  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  dryRun?: boolean;
}

/** Whose message is asked about. */
export class MessageReportQueryDto {
  @IsString()
  @MinLength(1)
  @MaxLength(512)
  sender!: string;
}
