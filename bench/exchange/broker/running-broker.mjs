import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const OPERATOR_SECRET = 'operator-secret-of-the-benchmark';
/** Longer than any run. */
const TOKEN_SECONDS = 86_400;

/**
 * The built broker in this process, with its HTTP face.
 * @param {{ dist: string, url: string, place: string, settings?: object }} options `url`: a database of its own; `place`: a directory of its own
 */
export async function startBroker({ dist, url, place, settings = {} }) {
  const load = (path) => import(pathToFileURL(join(dist, 'src', path)).href);
  await import('reflect-metadata');
  const { Config } = await load('config/config.js');
  const { startBroker: start } = await load('start-broker.js');
  const config = Object.assign(new Config(), {
    databaseUrl: url,
    dataDir: place,
    port: 0,
    secretKey: 'a-secret-key-for-the-benchmark-alone',
    operatorClientSecret: OPERATOR_SECRET,
    tokenTtlSeconds: TOKEN_SECONDS,
    // A turn of row 10 alone sends most of what is allowed in a minute otherwise.
    incidentQuotaPerMinute: 100_000,
    logLevel: 'warn',
    logFormat: 'json',
    ...settings,
  });
  const running = await start(Object.freeze(config));
  const broker = {
    url: running.url,
    load,
    /** What the dependency injection holds under a class of the product, named by file and export. */
    get: async (path, name) => running.app.get((await load(path))[name], { strict: false }),
    stop: () => running.stop(),
  };
  return broker;
}

async function tokenOf(url, clientId, clientSecret) {
  const answer = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }),
  });
  return (await answer.json()).access_token;
}

/** Asks the broker for something that has to succeed. */
export async function must(url, token, method, path, body) {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** A new organization's token. */
export async function organizationToken(url, id = 'bench') {
  const operator = await tokenOf(url, 'operator', OPERATOR_SECRET);
  const { credential } = await must(url, operator, 'POST', '/v1/organizations', { id, name: `Organization ${id}` });
  return tokenOf(url, credential.clientId, credential.clientSecret);
}
