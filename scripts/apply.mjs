// `npm run apply -- <folder|file>… --set NAME`: makes the twins of a set what the files say, after telling what that changes. For CI.
//
// The client id and secret come from TWINFED_CLIENT_ID and TWINFED_CLIENT_SECRET, never from arguments, which other users of a machine can read.
// Exit code 0: nothing to do, or done; 1: refused or failed; 2, only with --dry-run --detailed-exitcode: there is something to do.
import { parseArgs } from 'node:util';
import { ProfileError, readProfiles } from './apply/read-profiles.mjs';
import { Refused, RegistryClient } from './apply/registry-client.mjs';
import { planTable, refusalLines } from './apply/plan-table.mjs';

const USAGE = `Usage: npm run apply -- <folder|file>… --set NAME [options]

  --set NAME            the set: twins that it had and the files have not are deregistered
  --dry-run             only tell what would be done
  --detailed-exitcode   with --dry-run: exit code 2 when there is something to do
  --prune=false         keep twins that the files have not
  --adopt               take over twins registered by hand or of another set of yours
  --force               make breaking changes of features, too
  --plan DIGEST         apply exactly the plan that a dry run told, or nothing
  --url URL             the broker (default: TWINFED_URL, or http://127.0.0.1:3000)
  --json                print the broker's answer instead of a table

Files: .json (a profile, an array of them, or {"twins": […]}), .yaml and .yml (the same, several documents), .ndjson (one profile a line);
a folder is read with all its folders. Credentials: TWINFED_CLIENT_ID and TWINFED_CLIENT_SECRET in the environment.`;

const OPTIONS = {
  set: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  'detailed-exitcode': { type: 'boolean', default: false },
  prune: { type: 'string', default: 'true' },
  adopt: { type: 'boolean', default: false },
  force: { type: 'boolean', default: false },
  plan: { type: 'string' },
  url: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};

class UsageError extends Error {}

function readArguments() {
  let read;
  try {
    read = parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error.message);
  }
  const { values, positionals } = read;
  if (values.help) return { help: true };
  if (positionals.length === 0) throw new UsageError('Name a folder or file of profiles.');
  if (values.set === undefined) throw new UsageError('Name the set with --set.');
  if (!['true', 'false'].includes(values.prune)) throw new UsageError('--prune takes true or false.');
  if (values['detailed-exitcode'] && !values['dry-run']) throw new UsageError('--detailed-exitcode belongs to --dry-run.');
  const { TWINFED_CLIENT_ID: clientId, TWINFED_CLIENT_SECRET: clientSecret, TWINFED_URL } = process.env;
  if (!clientId || !clientSecret) throw new UsageError('Set TWINFED_CLIENT_ID and TWINFED_CLIENT_SECRET in the environment.');
  return { ...values, paths: positionals, url: values.url ?? TWINFED_URL ?? 'http://127.0.0.1:3000', clientId, clientSecret };
}

async function main() {
  const asked = readArguments();
  if (asked.help) return void console.log(USAGE);
  const profiles = await readProfiles(asked.paths);
  const client = await RegistryClient.connect(asked.url, asked.clientId, asked.clientSecret);
  const { prune, adopt, force, plan } = asked;
  const query = { dryRun: String(asked['dry-run']), prune, adopt: String(adopt), force: String(force), ...(plan ? { plan } : {}) };
  const twins = profiles.map(({ profile }) => profile);
  const sources = profiles.map(({ source }) => source);
  let answer;
  try {
    answer = await client.apply(asked.set, query, twins);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (asked.json) console.log(JSON.stringify(error.problem, null, 2));
    console.error(refusalLines(error.problem, sources).join('\n'));
    return 1;
  }
  console.log(asked.json ? JSON.stringify(answer, null, 2) : planTable(answer, sources));
  if (answer.counts.refused > 0) return 1;
  const { create, change, remove } = answer.counts;
  const due = create + change + remove > 0 || answer.items.some((item) => item.adoptedFrom !== undefined);
  return asked['detailed-exitcode'] && due ? 2 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${USAGE}`);
  else if (error instanceof ProfileError || error instanceof Refused) console.error(error.message);
  else console.error(error.cause?.message ? `${error.message}: ${error.cause.message}` : error.message);
  process.exitCode = 1;
}
