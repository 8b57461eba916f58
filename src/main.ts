import 'reflect-metadata';
import type { Config } from './config/config.js';
import { loadConfig } from './config/load-config.js';
import type { RunningBroker } from './start-broker.js';

/** Lines for the person who started the broker: where everything is. The secret is shown once, in the start that made it. */
function welcome(config: Config, { url, operator, database }: RunningBroker): string {
  const publicUrl = config.publicUrl ?? url;
  const lines = [
    `twinfed is ready on ${url}`,
    `  console     ${publicUrl}/docs`,
    `  OpenAPI     ${publicUrl}/openapi.json`,
    `  database    ${database}`,
  ];
  if (operator.clientSecret !== undefined) {
    lines.push('  operator    created now; this secret is shown once:', `                client_id     ${operator.clientId}`);
    lines.push(`                client_secret ${operator.clientSecret}`);
  }
  lines.push(
    `  credential  ${operator.path}${operator.fileIsCurrent ? '' : ' (not current: another broker or OPERATOR_CLIENT_SECRET set the secret)'}`,
  );
  return `${lines.join('\n')}\n`;
}

function fail(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

/** Stops once, cleanly, on the signals that mean it; a second one ends the wait. */
function stopOnSignal(broker: RunningBroker): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      broker.stop().then(() => process.exit(0), fail);
    });
  }
}

// What failed and nobody awaited is told, and ends nothing: whoever was promised an answer has one of its own.
process.on('unhandledRejection', (error) => {
  process.stderr.write(`A background task failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
});

try {
  const config = loadConfig();
  // Loaded only now: a wrong variable is told at once.
  const { startBroker } = await import('./start-broker.js');
  const broker = await startBroker(config);
  stopOnSignal(broker);
  process.stdout.write(welcome(config, broker));
} catch (error) {
  fail(error);
}
