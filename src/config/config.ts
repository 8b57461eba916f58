import { isIP } from 'node:net';
import { Transform } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
  MinLength,
  Validate,
  ValidatorConstraint,
} from 'class-validator';
import type { ValidatorConstraintInterface } from 'class-validator';

const toInteger = Transform(({ value }: { value: unknown }) =>
  typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value,
);
const toBoolean = Transform(({ value }: { value: unknown }) =>
  value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value,
);
const toList = Transform(({ value }: { value: unknown }) =>
  typeof value === 'string'
    ? value
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '')
    : value,
);

@ValidatorConstraint({ name: 'isPostgresUrl' })
class IsPostgresUrl implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return typeof value === 'string' && /^postgres(ql)?:\/\/[^\s]+$/.test(value);
  }

  defaultMessage(): string {
    return 'must be a PostgreSQL connection URL (postgresql://user:password@host[:port][,host2…]/database)';
  }
}

@ValidatorConstraint({ name: 'isTrustProxy' })
class IsTrustProxy implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return typeof value === 'string' && (/^(true|false|\d{1,2})$/.test(value) || /^[0-9a-fA-F.:/, ]+$/.test(value));
  }

  defaultMessage(): string {
    return 'must be true, false, a number of hops, or a comma-separated list of addresses and CIDR ranges';
  }
}

@ValidatorConstraint({ name: 'isAddressRange' })
class IsAddressRange implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    const [net = '', length, ...rest] = typeof value === 'string' ? value.split('/') : [];
    const version = isIP(net);
    if (version === 0 || net.includes('%') || rest.length > 0) return false;
    return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128));
  }

  defaultMessage(): string {
    return 'must be a comma-separated list of IP addresses and CIDR ranges';
  }
}

/**
 * Everything an operator can set, read once from the environment at start, validated and frozen. Each property names its variable in
 * {@link ENV_VARIABLES}; docs/configuration.md and .env.example explain them.
 */
export class Config {
  /** HOST: the address to listen on. */
  @IsString()
  @MinLength(1)
  host: string = '127.0.0.1';

  /** PORT: the TCP port to listen on; 0 picks a free one. */
  @toInteger
  @IsInt()
  @Min(0)
  @Max(65535)
  port: number = 3000;

  /** PUBLIC_URL: how callers, and context brokers that notify, reach the broker; issuer and audience of its tokens. Unset, the issuer is urn:twinfed:broker. */
  @IsOptional()
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  publicUrl?: string;

  /** TRUST_PROXY: whose X-Forwarded-* headers to believe. */
  @Validate(IsTrustProxy)
  trustProxy: string = 'false';

  /** CORS_ORIGINS: origins of browser applications that may call the API, comma-separated. */
  @toList
  @IsString({ each: true })
  corsOrigins: string[] = [];

  /** DATABASE_URL: the PostgreSQL (15 or newer) to use; unset, the broker runs its own in DATA_DIR. */
  @IsOptional()
  @Validate(IsPostgresUrl)
  databaseUrl?: string;

  /** DATABASE_POOL_SIZE: connections for requests; three more serve the log writer, the listener and maintenance. */
  @toInteger
  @IsInt()
  @Min(2)
  @Max(200)
  databasePoolSize: number = 10;

  /** DATABASE_CA_FILE: PEM file with the authority that signed the database server's certificate. */
  @IsOptional()
  @IsString()
  databaseCaFile?: string;

  /** DATA_DIR: where the embedded PostgreSQL, the generated secret key and the operator credential live. */
  @IsString()
  @MinLength(1)
  dataDir: string = '.data';

  /** SECRET_KEY: at least 32 characters; seals the signing keys in the database. Unset, one is generated into DATA_DIR. */
  @IsOptional()
  @IsString()
  @MinLength(32)
  secretKey?: string;

  /** OPERATOR_CLIENT_SECRET: the operator's client secret instead of a generated one, at least 16 characters. */
  @IsOptional()
  @IsString()
  @MinLength(16)
  operatorClientSecret?: string;

  /** TOKEN_TTL: lifetime of an access token, in seconds. */
  @toInteger
  @IsInt()
  @Min(30)
  @Max(86400)
  tokenTtlSeconds: number = 600;

  /** METRICS_PUBLIC: whether /metrics answers without a token. */
  @toBoolean
  @IsBoolean()
  metricsPublic: boolean = false;

  /** LOG_LEVEL: how much to log. */
  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  logLevel: string = 'info';

  /** LOG_FORMAT: json (one object a line) or pretty (for people); default json, pretty on a terminal. */
  @IsOptional()
  @IsIn(['json', 'pretty'])
  logFormat?: string;

  /** MESSAGE_RETENTION: how long the message log is kept, in seconds; no message lives longer. */
  @toInteger
  @IsInt()
  @Min(3600)
  @Max(31_536_000)
  messageRetentionSeconds: number = 172_800;

  /** IDEMPOTENCY_WINDOW: how long a message id is remembered, in seconds; at most the retention. */
  @toInteger
  @IsInt()
  @Min(600)
  @Max(31_536_000)
  idempotencyWindowSeconds: number = 86_400;

  /** MAX_DELIVERY_ATTEMPTS: after how many failed deliveries a message becomes a dead letter. */
  @toInteger
  @IsInt()
  @Min(1)
  @Max(100)
  maxDeliveryAttempts: number = 10;

  /** BACKLOG_LIMIT: messages that may wait for their commit before callers get 429. */
  @toInteger
  @IsInt()
  @Min(1000)
  @Max(1_000_000)
  backlogLimit: number = 20_000;

  /** BACKLOG_BYTES: bytes of messages that may wait for their commit before callers get 429. */
  @toInteger
  @IsInt()
  @Min(16_777_216)
  @Max(4_294_967_296)
  backlogBytes: number = 268_435_456;

  /** SENDER_BACKLOG_LIMIT: messages of one sender that may wait for their commit before it gets 429. */
  @toInteger
  @IsInt()
  @Min(100)
  @Max(1_000_000)
  senderBacklogLimit: number = 5_000;

  /** SENDER_BACKLOG_BYTES: bytes of one sender's messages that may wait for their commit before it gets 429. */
  @toInteger
  @IsInt()
  @Min(4_194_304)
  @Max(4_294_967_296)
  senderBacklogBytes: number = 67_108_864;

  /** INCIDENT_QUOTA_PER_MINUTE: messages a minute that an organization may send in the lane incident when no operator granted it another number; 0: none. */
  @toInteger
  @IsInt()
  @Min(0)
  @Max(10_000_000)
  incidentQuotaPerMinute: number = 600;

  /** OUTBOUND_ALLOW: addresses and CIDR ranges beyond the public internet that the broker may connect to on a caller's word. */
  @toList
  @Validate(IsAddressRange, { each: true })
  outboundAllow: string[] = [];

  /** DEAD_LETTER_RETENTION: how long dead letters are kept, in seconds. */
  @toInteger
  @IsInt()
  @Min(3600)
  @Max(31_536_000)
  deadLetterRetentionSeconds: number = 1_209_600;

  /** DEAD_LETTER_LIMIT: how many dead letters one inbox keeps; the oldest go first. */
  @toInteger
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  deadLetterLimit: number = 10_000;

  /** BROKER_ID: the URI under which this deployment stands in the `via` of messages; unset, the issuer of its tokens. */
  @IsOptional()
  @Matches(/^[a-zA-Z][a-zA-Z0-9+.-]*:[\x21-\x7e]{1,500}$/, { message: 'must be a URI' })
  brokerId?: string;

  /** SESSION_LIMIT: WebSocket sessions that this broker holds open at once. */
  @toInteger
  @IsInt()
  @Min(0)
  @Max(100_000)
  sessionLimit: number = 2_000;

  /** SESSION_LIMIT_PER_CALLER: how many of them one organization, or one twin with a credential of its own, may have. */
  @toInteger
  @IsInt()
  @Min(0)
  @Max(100_000)
  sessionLimitPerCaller: number = 200;

  /** SHUTDOWN_GRACE: how long a stop waits for running requests, in seconds. */
  @toInteger
  @IsInt()
  @Min(0)
  @Max(300)
  shutdownGraceSeconds: number = 10;
}

/** Which environment variable sets which property. */
export const ENV_VARIABLES: Readonly<Record<keyof Config, string>> = {
  host: 'HOST',
  port: 'PORT',
  publicUrl: 'PUBLIC_URL',
  trustProxy: 'TRUST_PROXY',
  corsOrigins: 'CORS_ORIGINS',
  databaseUrl: 'DATABASE_URL',
  databasePoolSize: 'DATABASE_POOL_SIZE',
  databaseCaFile: 'DATABASE_CA_FILE',
  dataDir: 'DATA_DIR',
  secretKey: 'SECRET_KEY',
  operatorClientSecret: 'OPERATOR_CLIENT_SECRET',
  tokenTtlSeconds: 'TOKEN_TTL',
  metricsPublic: 'METRICS_PUBLIC',
  logLevel: 'LOG_LEVEL',
  logFormat: 'LOG_FORMAT',
  messageRetentionSeconds: 'MESSAGE_RETENTION',
  idempotencyWindowSeconds: 'IDEMPOTENCY_WINDOW',
  maxDeliveryAttempts: 'MAX_DELIVERY_ATTEMPTS',
  backlogLimit: 'BACKLOG_LIMIT',
  backlogBytes: 'BACKLOG_BYTES',
  senderBacklogLimit: 'SENDER_BACKLOG_LIMIT',
  senderBacklogBytes: 'SENDER_BACKLOG_BYTES',

  incidentQuotaPerMinute: 'INCIDENT_QUOTA_PER_MINUTE',
  outboundAllow: 'OUTBOUND_ALLOW',
  deadLetterRetentionSeconds: 'DEAD_LETTER_RETENTION',
  deadLetterLimit: 'DEAD_LETTER_LIMIT',
  brokerId: 'BROKER_ID',
  sessionLimit: 'SESSION_LIMIT',
  sessionLimitPerCaller: 'SESSION_LIMIT_PER_CALLER',
  shutdownGraceSeconds: 'SHUTDOWN_GRACE',
};
