import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { BrokerClient } from '../client/broker-client.js';
import { ENVIRONMENT } from '../environment.js';
import { type Cue, environmentOf, type Part, type Report } from '../twins/stage.js';
import { type Domain, DOMAINS } from '../twins/twin-state.js';
import type { Broker } from './broker.js';
import type { City } from './city.js';

/** What the director hears of its cast. */
export interface Audience {
  heard(domain: Domain, report: Report): void;
  /** A twin's process has ended, however it did. */
  ended(domain: Domain, how: string): void;
}

const GOODBYE_MS = 5_000;
/** What a process needs of its surroundings whatever it does. */
const SURROUNDINGS = ['PATH', 'SystemRoot', 'NODE_EXTRA_CA_CERTS'];

/** Creates an organization for each domain, under ids that no other run has. @throws BrokerRefusal */
export async function createParts({ url, operator }: Broker, { mqttUrl }: City, seed: number): Promise<Map<Domain, Part>> {
  const client = new BrokerClient(url, operator);
  const exercise = `demo-${randomBytes(4).toString('hex')}`;
  const parts = new Map<Domain, Part>();
  for (const domain of DOMAINS) {
    const organization = `${exercise}-${domain}`;
    const { credential } = await client.call<{ credential: Part['credentials'] }>('POST', '/v1/organizations', {
      id: organization,
      name: `Demonstration: ${domain}`,
    });
    const { clientId, clientSecret } = credential;
    parts.set(domain, { brokerUrl: url, organization, credentials: { clientId, clientSecret }, mqttUrl, seed });
  }
  return parts;
}

/** The five twins, each a process that knows its part and nothing else. */
export class Cast {
  private readonly children = new Map<Domain, ChildProcess>();

  constructor(
    parts: ReadonlyMap<Domain, Part>,
    private readonly audience: Audience,
  ) {
    for (const [domain, part] of parts) this.children.set(domain, this.start(domain, part));
  }

  /** Process ids by domain. */
  get pids(): [Domain, number][] {
    return [...this.children].map(([domain, { pid }]) => [domain, pid ?? 0]);
  }

  isAlive(domain: Domain): boolean {
    const child = this.children.get(domain);
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  cue(domain: Domain, cue: Cue): void {
    const child = this.children.get(domain);
    if (child?.connected === true) child.send(cue, () => undefined);
  }

  /** Lets all say good-bye; whoever takes too long is ended. */
  async stop(): Promise<void> {
    await Promise.all(
      [...this.children].map(async ([domain, child]) => {
        if (!this.isAlive(domain)) return;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        this.cue(domain, { kind: 'stop' });
        const force = setTimeout(() => child.kill('SIGKILL'), GOODBYE_MS);
        await ended;
        clearTimeout(force);
      }),
    );
  }

  private start(domain: Domain, part: Part): ChildProcess {
    const surroundings = Object.fromEntries(Object.entries(ENVIRONMENT).filter(([name]) => SURROUNDINGS.includes(name)));
    const child = fork(join(import.meta.dirname, '..', 'twins', `${domain}.js`), [], {
      env: { ...surroundings, ...environmentOf(part) },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // See the broker: Ctrl-C is the director's.
      detached: process.platform !== 'win32',
    });
    child.on('message', (message) => this.audience.heard(domain, message as Report));
    child.once('exit', (code, signal) => this.audience.ended(domain, signal ?? `exit code ${code ?? 0}`));
    return child;
  }
}
