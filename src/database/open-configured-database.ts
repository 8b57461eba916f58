import type { LoggerService } from '@nestjs/common';
import { resolve } from 'node:path';
import type { Config } from '../config/config.js';
import { Database } from './database.js';
import { migrate } from './migrate.js';

/**
 * Opens the database the configuration names, or the embedded one in DATA_DIR when it names none, and brings its schema up to date.
 * The embedded server's code is loaded only when it is needed.
 */
export async function openConfiguredDatabase(config: Config, logger: LoggerService): Promise<Database> {
  const warn = (line: string): void => {
    logger.warn(line);
  };
  const options = { poolSize: config.databasePoolSize, caFile: config.databaseCaFile, warn };
  if (config.databaseUrl !== undefined) return migrated(await Database.open({ ...options, url: config.databaseUrl }), logger);
  const { startEmbeddedPostgres } = await import('./embedded/embedded-postgres.js');
  const server = await startEmbeddedPostgres({
    dataDir: resolve(config.dataDir),
    log: (line: string) => {
      logger.log(line);
    },
  });
  server.onUnexpectedExit(({ outcome, detail }) => {
    logger.warn(detail);
    // Without its database a broker is of no use: it ends as if asked to, and whoever runs it starts it again.
    if (outcome === 'gave-up') process.kill(process.pid, 'SIGTERM');
  });
  try {
    return await migrated(
      await Database.open({ ...options, url: server.url, place: `embedded PostgreSQL in ${server.dataDir}`, onClose: () => server.stop() }),
      logger,
    );
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function migrated(database: Database, logger: LoggerService): Promise<Database> {
  try {
    const done = await migrate(database);
    if (done.length > 0) logger.log(`Migrations run: ${done.join(', ')}`);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
