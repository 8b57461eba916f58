import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './support/broker-process.js';
import { RunningBroker } from './support/running-broker.js';

const MAIN = fileURLToPath(new URL('../../dist/demo/main.js', import.meta.url));
const SECRET = 'operator-secret-of-the-demo-tests';
const LIMIT_MS = 150_000;
const TWINS = ['fire', 'traffic', 'energy', 'building', 'air'];
/** How each twin speaks, once the broker reaches it so. */
const WAYS = {
  fire: 'CBOR by WebSocket',
  traffic: 'JSON by webhook',
  energy: 'NGSI-LD by MQTT',
  building: 'JSON by WoT',
  air: 'CSV by SSE',
};
/** What the plans of the connections make of payloads. */
const FLOWS = [
  'traffic → fire approachSpeed: JSON km/h → CBOR m/s, 3 steps: move, unit, encode',
  'fire → traffic closeRoad (its parameters): CBOR → JSON, 2 steps: decode, move',
  'fire → energy cutPower (its parameters): CBOR → NGSI-LD, 3 steps: decode, move, encode',
  'building → fire occupancy: JSON → CBOR, 2 steps: move, encode',
  'air → fire pm25: CSV ug/m3 → CBOR mg/m3, 4 steps: decode, move, unit, encode',
  'fire → air fireState: CBOR MW → CSV kW, 4 steps: decode, move, unit, encode',
  'energy → building feederLoad: NGSI-LD kW → JSON W, 3 steps: decode, move, unit',
];

interface Run {
  code: number | null;
  output: string;
  errors: string;
}

/** Runs the demonstration to its end. `watch` sees all that it has written so far, each time there is more. */
function runDemo(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  watch: (output: string, director: ChildProcess) => void = () => undefined,
): Promise<Run> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH, HOME, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => watch((output += text), child));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output, errors }));
  });
}

function pidsIn(output: string): number[] {
  return TWINS.map((twin) => Number(new RegExp(`\\b${twin} (\\d+)[,.]`).exec(output)?.[1]));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('the demonstration', () => {
  it(
    'starts a broker where none answers, shows the exchanges of all five twins, and leaves nothing running',
    async () => {
      const dataDir = await mkdtemp(join(tmpdir(), 'twinfed-demo-'));
      // Run as root, PostgreSQL is another user and has to be able to enter.
      await chmod(dataDir, 0o755);
      try {
        const nobody = `http://127.0.0.1:${await freePort()}`;
        const { code, output, errors } = await runDemo([], { BROKER_URL: nobody, DEMO_DATA_DIR: dataDir });
        expect({ code, errors, end: output.slice(-300) }).toMatchObject({ code: 0, errors: '' });
        for (const twin of TWINS) expect(output).toMatch(new RegExp(`^ *[\\d.]+s  ${twin} +→ `, 'm'));
        for (const what of [
          'DISCOVER',
          'CONNECT connection',
          'SUBSCRIBE data trafficFlow',
          'INVOKE function closeRoad',
          'INVOKE function cutPower',
        ]) {
          expect(output).toContain(what);
        }
        expect(output).toContain(
          '≈ fire asked for vehicleSpeed in m/s: the traffic twin has it as Smart Data Models’ Transportation/averageVehicleSpeed in km/h',
        );
        expect(output).toContain(
          '≈ building asked for activePower in W: the energy twin has it as Smart Data Models’ Energy/totalActivePower in kW',
        );
        for (const [twin, way] of Object.entries(WAYS)) expect(output).toContain(`● ${twin} speaks ${way}`);
        for (const flow of FLOWS) expect(output).toContain(`⇄ ${flow}`);
        expect(output).not.toContain('✗');
        expect(pidsIn(output).map(isRunning)).toEqual(TWINS.map(() => false));
      } finally {
        await rm(dataDir, { recursive: true, force: true });
      }
    },
    LIMIT_MS,
  );

  describe('on a broker that is there', () => {
    let broker: RunningBroker;
    let environment: Readonly<Record<string, string>>;
    beforeAll(async () => {
      broker = await RunningBroker.start({ environment: { OPERATOR_CLIENT_SECRET: SECRET, OUTBOUND_ALLOW: '127.0.0.1' } });
      environment = { BROKER_URL: broker.url, OPERATOR_CLIENT_SECRET: SECRET };
    }, LIMIT_MS);
    afterAll(() => broker.close());

    it(
      'comes out otherwise with another seed',
      async () => {
        const { code, output } = await runDemo(['--seed', '2'], environment);
        expect({ code, end: output.slice(-300) }).toMatchObject({ code: 0 });
        expect(output).toContain('wind from 329° at 3.8 m/s, 77 people inside, fuel for 39 MW');
        expect(output).toMatch(/✓ traffic closed west-approach/);
      },
      LIMIT_MS,
    );

    it(
      'names what is missing when a twin is killed midway',
      async () => {
        let isKilled = false;
        const { code, output } = await runDemo(['--seed', '3'], environment, (soFar) => {
          if (isKilled || !soFar.includes('SUBSCRIBE data trafficFlow')) return;
          isKilled = true;
          process.kill(pidsIn(soFar)[TWINS.indexOf('traffic')] ?? 0, 'SIGKILL');
        });
        expect({ code, end: output.slice(-300) }).toMatchObject({ code: 1 });
        expect(output).toContain('the process of the traffic twin has ended (SIGKILL)');
        expect(output).toMatch(/expected effects? (was|were) not observed:\n(.*\n)*  ✗ traffic /);
        expect(pidsIn(output).map(isRunning)).toEqual(TWINS.map(() => false));
      },
      LIMIT_MS,
    );

    it(
      'ends everything in order on Ctrl-C',
      async () => {
        const { code, output } = await runDemo([], environment, (soFar, director) => {
          if (soFar.includes('SUBSCRIBE data trafficFlow')) director.kill('SIGINT');
        });
        expect({ code, end: output.slice(-300) }).toMatchObject({ code: 130 });
        expect(pidsIn(output).map(isRunning)).toEqual(TWINS.map(() => false));
      },
      LIMIT_MS,
    );

    it(
      'says what it needs of a broker that may not connect to the twins',
      async () => {
        const closed = await RunningBroker.start({ environment: { OPERATOR_CLIENT_SECRET: SECRET } });
        const { code, output, errors } = await runDemo([], { ...environment, BROKER_URL: closed.url });
        await closed.close();
        expect(code).toBe(1);
        expect(errors).toContain('OUTBOUND_ALLOW=127.0.0.1');
        expect(output).not.toContain('ALARM');
        expect(pidsIn(output).map(isRunning)).toEqual(TWINS.map(() => false));
      },
      LIMIT_MS,
    );

    it('says what it needs when it has no credential of the operator', async () => {
      const { code, output, errors } = await runDemo([], { BROKER_URL: broker.url, DATA_DIR: join(tmpdir(), 'no-such-folder') });
      expect(code).toBe(1);
      expect(errors).toContain('OPERATOR_CLIENT_SECRET');
      expect(output).not.toContain('ALARM');
    });

    it('refuses what it does not know', async () => {
      const { code, errors } = await runDemo(['--sed', '2'], environment);
      expect(code).toBe(2);
      expect(errors).toContain('--seed N');
    });
  });
});
