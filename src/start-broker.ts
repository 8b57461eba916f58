import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { createAdapter, refuseWhileStopping, setUpApplication } from './app.setup.js';
import type { Config } from './config/config.js';
import { ConfigModule } from './config/config.module.js';
import { Database } from './database/database.js';
import { createLogger } from './faces/logger.js';
import { NestLogBridge } from './faces/nest-log-bridge.js';
import { SecurityStartup } from './security/security-startup.js';

@Module({})
class BrokerModule {
  static with(config: Config): DynamicModule {
    return { module: BrokerModule, imports: [ConfigModule.with(config), AppModule] };
  }
}

/** A broker that answers requests. */
export interface RunningBroker {
  /** Where it listens. */
  url: string;
  app: NestFastifyApplication;
  /** Where the database is. */
  database: string;
  /** What the start did about the operator's credential. */
  operator: SecurityStartup['outcome'];
  /** Stops accepting, ends waiting polls and streams, finishes commits, closes the database. Safe to call again. */
  stop(): Promise<void>;
}

/**
 * Starts a broker in this process: database, migrations, HTTP.
 * @throws Error with a sentence for the operator when something it needs is not there
 */
export async function startBroker(config: Config): Promise<RunningBroker> {
  const logger = createLogger(config);
  const app = await NestFactory.create<NestFastifyApplication>(BrokerModule.with(config), createAdapter(config, logger), {
    logger: new NestLogBridge(logger),
    abortOnError: false,
    // Bodies are read by setUpBodyParsing, more strictly than Nest does.
    bodyParser: false,
  });
  const database = app.get(Database);
  try {
    const refuse = refuseWhileStopping(app);
    setUpApplication(app, config);
    await app.listen(config.port, config.host);
    let stopped: Promise<void> | undefined;
    const stop = (): Promise<void> => (stopped ??= shutDown(app, database, refuse, config.shutdownGraceSeconds));
    return {
      url: (await app.getUrl()).replace('[::1]', '127.0.0.1'),
      app,
      database: database.place,
      operator: app.get(SecurityStartup).outcome,
      stop,
    };
  } catch (error) {
    await app.close().catch(() => undefined);
    await database.close();
    throw error;
  }
}

const IDLE_SWEEP_MS = 50;

async function shutDown(app: NestFastifyApplication, database: Database, refuse: () => void, graceSeconds: number): Promise<void> {
  refuse();
  const server = app.getHttpServer();
  // A connection that was busy when the stop began is kept alive after its answer: it is closed as soon as it is idle.
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, IDLE_SWEEP_MS);
  const force = setTimeout(() => {
    server.closeAllConnections();
  }, graceSeconds * 1_000);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(force);
    await database.close();
  }
}
