import { ApiProperty } from '@nestjs/swagger';
import type { CheckStatus, Readiness } from './readiness.js';

/** Answer of the liveness probe. */
export class LiveView {
  @ApiProperty({ enum: ['ok'], example: 'ok' })
  status!: 'ok';
}

/** The checks behind readiness. */
export class ReadyChecksView {
  @ApiProperty({ enum: ['up', 'down'], example: 'up', description: 'Whether the database answers within 1.5 seconds.' })
  database!: CheckStatus;

  @ApiProperty({ enum: ['up', 'down', 'unknown'], example: 'up', description: 'Whether every migration of this version has been run.' })
  migrations!: CheckStatus;
}

/** Answer of the readiness probe. */
export class ReadyView {
  @ApiProperty({ enum: ['ok', 'unavailable', 'stopping'], example: 'ok' })
  status!: 'ok' | 'unavailable' | 'stopping';

  @ApiProperty({ type: ReadyChecksView })
  checks!: ReadyChecksView;
}

/** Renders a judgement of readiness. */
export function readyView(readiness: Readiness): ReadyView {
  return { status: readiness.ready ? 'ok' : readiness.stopping ? 'stopping' : 'unavailable', checks: readiness.checks };
}
