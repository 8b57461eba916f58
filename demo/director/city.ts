import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

/** What the city has, whoever uses it. */
export interface City {
  /** Its MQTT broker. */
  readonly mqttUrl: string;
  stop(): Promise<void>;
}

const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 2_000;

/** Starts the city's MQTT broker. @throws Error when it does not come up */
export async function startCity(): Promise<City> {
  const child = fork(join(import.meta.dirname, '..', 'city', 'mqtt-broker.js'), [], {
    env: {},
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // See the broker: Ctrl-C is the director's.
    detached: process.platform !== 'win32',
  });
  const stop = (): Promise<void> => end(child);
  try {
    return { mqttUrl: await addressOf(child), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The MQTT broker of the city did not start in time.')), START_LIMIT_MS);
    child.once('message', (message) => {
      clearTimeout(timer);
      resolve((message as { url: string }).url);
    });
    child.once('exit', () => {
      clearTimeout(timer);
      reject(new Error('The MQTT broker of the city did not start.'));
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  // Losing the director tells it to end.
  child.disconnect();
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(force);
}
