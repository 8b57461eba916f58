/**
 * The director of the demonstration: finds or starts a broker, gives each twin its part, rings the alarm, and watches. It takes no part in
 * what the twins say to each other.
 */
import { type Broker, findOrStartBroker } from './director/broker.js';
import { Cast, createParts } from './director/cast.js';
import { type City, startCity } from './director/city.js';
import { expectedEffects, type Forecast, forecast, shortName } from './director/effects.js';
import { type Options, readOptions, USAGE, UsageError } from './director/options.js';
import { Show } from './director/show.js';
import { Timeline } from './director/timeline.js';
import { ENVIRONMENT } from './environment.js';
import { boroughAt } from './model/geography.js';
import { SITE } from './model/world.js';
import type { Part } from './twins/stage.js';
import type { Domain } from './twins/twin-state.js';

/** Exit codes: every effect was seen; one was not, or something went wrong; the command line was not understood. */
const EXIT = { success: 0, failure: 1, usage: 2, interrupted: 130 } as const;

function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

function introduce(seed: number, { windFromDegrees, windSpeed, staff, peak }: Forecast): void {
  const place = SITE.map((degrees) => degrees.toFixed(3)).join(', ');
  say(`A warehouse burns at Park Royal in ${boroughAt(SITE) ?? 'London'} (${place}). Seed ${seed}, all measurements synthetic:`);
  say(`  wind from ${windFromDegrees}° at ${windSpeed} m/s, ${staff} people inside, fuel for ${peak} MW.`);
}

/** Aborts with the first signal that means stop; what was begun is ended in order then. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => controller.abort(new Error(`Stopped by ${signal}.`)));
  return controller.signal;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

async function stay({ url }: Broker, parts: ReadonlyMap<Domain, Part>, signal: AbortSignal): Promise<void> {
  say(`\nBroker and twins stay up until Ctrl-C. The console is at ${url}/docs; authorize it as one of these:`);
  for (const { organization, credentials } of parts.values()) {
    say(`  ${organization}: client_id ${credentials.clientId}  client_secret ${credentials.clientSecret}`);
  }
  await aborted(signal);
}

/** The show on a broker; whether everything was seen. */
async function perform(broker: Broker, city: City, { seed, keep }: Options, signal: AbortSignal): Promise<boolean> {
  const expected = forecast(seed);
  introduce(seed, expected);
  const timeline = new Timeline(say, process.stdout.isTTY && ENVIRONMENT['NO_COLOR'] === undefined);
  const show = new Show(expectedEffects(expected), timeline);
  const parts = await createParts(broker, city, seed);
  const cast = new Cast(parts, show);
  try {
    say(`\nEach twin is a process of its own: ${cast.pids.map(([domain, pid]) => `${domain} ${pid}`).join(', ')}.\n`);
    timeline.begin();
    await Promise.race([show.untilReady(), aborted(signal)]);
    if (show.isBereaved) throw new Error('Not every twin came up; see above.');
    timeline.note(`ALARM: smoke over the warehouse; ${shortName(expected.road)} is the quieter of the two approaches from upwind`);
    cast.cue('fire', { kind: 'alarm' });
    await Promise.race([show.untilOver(), aborted(signal)]);
    show.close();
    if (!signal.aborted) conclude(show, timeline);
    if (keep && !signal.aborted) await stay(broker, parts, signal);
  } finally {
    show.close();
    await cast.stop();
  }
  return show.unseen.length === 0;
}

function conclude({ unseen }: Show, timeline: Timeline): void {
  say(`\nValues that came by subscription: ${timeline.summary().join('; ')}.`);
  if (unseen.length === 0) {
    say('Every expected effect was observed in the state of the twins.');
    return;
  }
  say(unseen.length === 1 ? 'One expected effect was not observed:' : `${unseen.length} expected effects were not observed:`);
  for (const { twin, says } of unseen) say(`  ✗ ${twin} ${says}`);
}

async function main(signal: AbortSignal): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(USAGE);
    return EXIT.success;
  }
  const broker = await findOrStartBroker(say, signal);
  try {
    const city = await startCity();
    try {
      return (await perform(broker, city, options, signal)) ? EXIT.success : EXIT.failure;
    } finally {
      await city.stop();
    }
  } finally {
    await broker.stop();
  }
}

function failed(error: unknown): number {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (!(error instanceof UsageError)) return EXIT.failure;
  process.stderr.write(`\n${USAGE}`);
  return EXIT.usage;
}

const signal = interruption();
const code = await main(signal).catch(failed);
// Waits that nobody needs any more must not keep the terminal; what was written goes out first.
process.stdout.write('', () => process.exit(code === EXIT.failure && signal.aborted ? EXIT.interrupted : code));
