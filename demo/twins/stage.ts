import type { Credentials } from '../client/broker-client.js';
import type { Exchange } from '../client/twin-client.js';
import { ENVIRONMENT } from '../environment.js';
import type { FoundTerm, PlannedFlow, TwinState } from './twin-state.js';

/** What a twin says to the director. The director only watches: it is not a way from twin to twin. */
export type Report =
  | { kind: 'ready'; wire: string; format: string }
  | { kind: 'exchange'; at: number; exchange: Exchange }
  | { kind: 'found'; found: FoundTerm }
  | { kind: 'planned'; flow: PlannedFlow }
  | { kind: 'state'; state: TwinState }
  | { kind: 'finished' };

/** What the director says to a twin: the alarm (to the fire twin), or that the show is over. */
export type Cue = { kind: 'alarm' } | { kind: 'stop' };

/** All that a twin is given: where the broker is, who it is there, what the city has, and the seed of the synthetic world. */
export interface Part {
  brokerUrl: string;
  /** Id of the organization that owns it, such as `demo-1f2e-traffic`. */
  organization: string;
  credentials: Credentials;
  /** The city's MQTT broker. */
  mqttUrl: string;
  seed: number;
}

/** Reads the part from the environment. @throws Error when this process was not started by the director */
export function readPart(): Part {
  const read = (name: string): string => {
    const value = ENVIRONMENT[name];
    if (value === undefined) throw new Error(`${name} is not set: twins are started by npm run demo.`);
    return value;
  };
  return {
    brokerUrl: read('BROKER_URL'),
    organization: read('ORGANIZATION'),
    credentials: { clientId: read('CLIENT_ID'), clientSecret: read('CLIENT_SECRET') },
    mqttUrl: read('MQTT_URL'),
    seed: Number(read('SEED')),
  };
}

/** The environment that {@link readPart} reads. */
export function environmentOf({ brokerUrl, organization, credentials, mqttUrl, seed }: Part): Record<string, string> {
  return {
    BROKER_URL: brokerUrl,
    ORGANIZATION: organization,
    CLIENT_ID: credentials.clientId,
    CLIENT_SECRET: credentials.clientSecret,
    MQTT_URL: mqttUrl,
    SEED: String(seed),
  };
}

/** Reports to the director, if there is one. */
export function report(message: Report): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

/** Hears the director; when the director is gone, that is the end too. */
export function onCue(hear: (cue: Cue) => void): void {
  process.on('message', (cue) => hear(cue as Cue));
  process.on('disconnect', () => hear({ kind: 'stop' }));
}

/** Lets a twin live in this process, which ends with it. */
export function play(twin: { live(): Promise<void> }): void {
  twin.live().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );
}
