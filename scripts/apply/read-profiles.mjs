import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** The files are not what they should be; the message says which and why. */
export class ProfileError extends Error {}

const READERS = { '.json': readJson, '.yaml': readYaml, '.yml': readYaml, '.ndjson': readLines };
/** The most expansions of YAML aliases: a small file must not unfold into a large one. */
const MAX_ALIASES = 100;

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The profiles of one document: a profile, an array of them, or {twins: […]}. */
function profilesOf(document, source) {
  if (Array.isArray(document)) return document.flatMap((each, index) => profilesOf(each, `${source}[${index}]`));
  if (!isObject(document)) throw new ProfileError(`${source} is not a profile: it must be an object.`);
  const names = Object.keys(document);
  if (names.length === 1 && Array.isArray(document.twins)) return profilesOf(document.twins, `${source}: twins`);
  return [{ profile: document, source }];
}

function readJson(text, source) {
  try {
    return profilesOf(JSON.parse(text), source);
  } catch (error) {
    if (error instanceof ProfileError) throw error;
    throw new ProfileError(`${source} is not JSON: ${error.message}`);
  }
}

function readLines(text, source) {
  return text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : readJson(line, `${source}:${index + 1}`)));
}

function readYaml(text, source) {
  const documents = parseAllDocuments(text, { version: '1.2', uniqueKeys: true });
  return documents.flatMap((document, index) => {
    const name = documents.length > 1 ? `${source}, document ${index + 1}` : source;
    const [fault] = [...document.errors, ...document.warnings];
    if (fault !== undefined) throw new ProfileError(`${name} is not YAML: ${fault.message}`);
    let value;
    try {
      value = document.toJS({ maxAliasCount: MAX_ALIASES });
    } catch (error) {
      throw new ProfileError(`${name} cannot be read: ${error.message}`);
    }
    // An empty document, as between two separators, holds nothing.
    return value === null || value === undefined ? [] : profilesOf(value, name);
  });
}

async function filesIn(folder) {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = [];
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await filesIn(path)));
    else if (READERS[extname(path).toLowerCase()] !== undefined) files.push(path);
  }
  return files;
}

/** Every profile of the files and folders with where it came from, in the order of the paths. Throws {@link ProfileError}. */
export async function readProfiles(paths) {
  const profiles = [];
  const seen = new Map();
  for (const path of paths) {
    const about = await stat(path).catch((error) => {
      throw new ProfileError(`${path} cannot be read: ${error.message}`);
    });
    for (const file of about.isDirectory() ? await filesIn(path) : [path]) {
      const read = READERS[extname(file).toLowerCase()];
      if (read === undefined) throw new ProfileError(`${file}: profiles are read from .json, .yaml, .yml and .ndjson files.`);
      profiles.push(...read(await readFile(file, 'utf8'), file));
    }
  }
  if (profiles.length === 0) throw new ProfileError('There is no profile in what was named: a set is never emptied by mistake.');
  for (const { profile, source } of profiles) {
    if (typeof profile.id !== 'string') throw new ProfileError(`${source} has no id: a profile that is applied again and again needs one.`);
    const other = seen.get(profile.id);
    if (other !== undefined) throw new ProfileError(`${source} has the id of ${other}: ${profile.id}`);
    seen.set(profile.id, source);
  }
  return profiles;
}
