import { createServer } from 'node:net';
import { randomUUID } from 'node:crypto';
import type http from '@node-wot/binding-http';
import type core from '@node-wot/core';
import type { Message } from '../client/message.js';
import { Json } from '../formats/json.js';
import { HOST } from './own-server.js';
import { dataOf, type Hear, type Outline, type Surroundings, type Way } from './way.js';

/** The action that takes what is no operation on the thing: invitations, connections, answers. */
const MESSAGES = 'hear';
/** How often the broker looks at a property, in milliseconds. */
const INTERVAL_MS = 200;

type Servient = core.Servient;
type ExposedThing = Awaited<ReturnType<Awaited<ReturnType<Servient['start']>>['produce']>>;

/**
 * The twin is a thing of the Web of Things, served by node-wot, and the broker its consumer: data are properties that are read, needs are properties that are
 * written, functions are actions; payloads are JSON.
 */
export class ThingWay implements Way {
  readonly name = 'WoT';
  readonly format = new Json();
  /** Begun early, as it takes its time. */
  private readonly library = nodeWot();
  private servient: Servient | undefined;
  private readonly values = new Map<string, unknown>();
  private readonly affordances: Record<string, string> = {};
  private surroundings: Surroundings | undefined;
  private description = '';

  async begin(surroundings: Surroundings): Promise<void> {
    this.surroundings = surroundings;
    const { wires, outline, hear } = surroundings;
    const base = `http://${HOST}:${await freePort()}`;
    this.servient = await this.servientAt(base);
    const thing = await (await this.servient.start()).produce(thingOf(outline) as never);
    this.attend(thing, outline, hear);
    await thing.expose();
    this.description = `${base}/${encodeURIComponent(titleOf(outline))}`;
    const common = { url: this.description, intervalMs: INTERVAL_MS };
    await Promise.all([
      wires.deliverBy('wot', this.settings()),
      ...dataOf(outline).map((name) => wires.listenBy(name, 'wot', { ...common, property: name }, name)),
    ]);
  }

  /** It is read when the broker looks. */
  publish(feature: string, value: unknown): Promise<void> {
    this.values.set(feature, value);
    return Promise.resolve();
  }

  async expect(need: string, feature: string): Promise<void> {
    this.affordances[feature] = need;
    await this.surroundings?.wires.adjust('wot', this.settings());
  }

  async end(): Promise<void> {
    await this.servient?.shutdown();
  }

  private async servientAt(base: string): Promise<Servient> {
    const { Servient, HttpServer } = await this.library;
    const servient = new Servient();
    servient.addServer(new HttpServer({ port: Number(new URL(base).port), address: HOST, baseUri: base }));
    return servient;
  }

  private settings(): Readonly<Record<string, unknown>> {
    return { url: this.description, affordances: this.affordances, messages: MESSAGES };
  }

  private attend(thing: ExposedThing, { features, needs }: Outline, hear: Hear): void {
    for (const { kind, name } of features) {
      if (kind === 'data') thing.setPropertyReadHandler(name, () => Promise.resolve((this.values.get(name) ?? null) as never));
      else {
        thing.setActionHandler(name, async (input) => {
          const reply = await hear(spoken('INVOKE', 'function', name, await input.value()));
          if (reply?.code !== 'OK') throw new Error(reply?.reason ?? 'It was not done.');
          return reply.payload as never;
        });
      }
    }
    for (const { name } of needs.filter(({ kind }) => kind === 'data')) {
      thing.setPropertyWriteHandler(name, async (input) => {
        await hear(spoken('NOTIFY', 'data', name, await input.value()));
      });
    }
    thing.setActionHandler(MESSAGES, async (input) => {
      await hear((await input.value()) as unknown as Message);
      return undefined as never;
    });
  }
}

/** What an operation says, as a message; who asked for it, a thing is not told. */
function spoken(action: 'INVOKE' | 'NOTIFY', type: 'function' | 'data', name: string, payload: unknown): Message {
  return {
    header: { messageId: randomUUID(), messageType: action === 'INVOKE' ? 'REQUEST' : 'NOTIFICATION', sender: { id: '', role: 'DT' } },
    data: { action, object: { type, id: name }, payload },
  };
}

/** Node-wot serves a thing under its title. */
function titleOf({ name }: Outline): string {
  return name.toLowerCase().replaceAll(' ', '-');
}

/** The Thing Description, without the forms, which node-wot adds. */
function thingOf(outline: Outline): unknown {
  const { features, needs } = outline;
  const named = <T>(list: readonly { name: string }[], describe: (each: never) => T): Record<string, T> =>
    Object.fromEntries(list.map((each) => [each.name, describe(each as never)]));
  const written = needs.filter(({ kind }) => kind === 'data');
  return {
    title: titleOf(outline),
    securityDefinitions: { nosec_sc: { scheme: 'nosec' } },
    security: 'nosec_sc',
    properties: {
      ...named(
        features.filter(({ kind }) => kind === 'data'),
        ({ schema }: { schema: object }) => ({ ...schema, readOnly: true }),
      ),
      ...named(written, ({ schema }: { schema: object }) => ({ ...schema, writeOnly: true })),
    },
    actions: {
      ...named(
        features.filter(({ kind }) => kind === 'function'),
        ({ input, output }: { input: object; output: object }) => ({ input, output }),
      ),
      [MESSAGES]: { input: { type: 'object' } },
    },
  };
}

/** Loads node-wot. Meanwhile it warns of formats in the schema of Thing Descriptions that it does not know: nothing to be told of. */
async function nodeWot(): Promise<{ Servient: typeof core.Servient; HttpServer: typeof http.HttpServer }> {
  const { warn } = console;
  console.warn = () => undefined;
  try {
    const [core, http] = await Promise.all([import('@node-wot/core'), import('@node-wot/binding-http')]);
    return { Servient: core.default.Servient, HttpServer: http.default.HttpServer };
  } finally {
    console.warn = warn;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, HOST, resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
