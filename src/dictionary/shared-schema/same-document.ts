const PAGES = /^([a-z0-9-]+)\.github\.io$/i;
const RAW = /^\/([^/]+)\/([^/]+)\/(?:raw\/|blob\/)?(?:refs\/heads\/)?(?:master|main|HEAD)\/(.+)$/;
const BRANCHES = ['master', 'main'];

interface Place {
  readonly owner: string;
  readonly repository: string;
  readonly path: string;
}

/**
 * Every address under which a document is published that has this one, itself first. Collections of models that are kept on GitHub refer to one document
 * by its page (`https://owner.github.io/repository/path`) and by the file of the main branch (`https://github.com/owner/repository/raw/master/path`,
 * `https://raw.githubusercontent.com/owner/repository/master/path`), whichever its `$id` is. With http and https it is one document.
 */
export function addressesOfSameDocument(uri: string): readonly string[] {
  if (!/^https?:/.test(uri) || !URL.canParse(uri)) return [uri];
  const url = new URL(uri);
  const place = url.search === '' ? placeOf(url) : undefined;
  const others = place === undefined ? [] : addressesOf(place);
  const both = [uri, ...others].flatMap((each) => [each, each.replace(/^https?:/, each.startsWith('https:') ? 'http:' : 'https:')]);
  return [...new Set(both)];
}

function placeOf({ hostname, pathname }: URL): Place | undefined {
  const owner = PAGES.exec(hostname)?.[1];
  if (owner !== undefined) {
    const [, repository, path] = /^\/([^/]+)\/(.+)$/.exec(pathname) ?? [];
    return repository === undefined || path === undefined ? undefined : { owner, repository, path };
  }
  if (hostname !== 'github.com' && hostname !== 'raw.githubusercontent.com') return undefined;
  const [, user, repository, path] = RAW.exec(pathname) ?? [];
  return user === undefined || repository === undefined || path === undefined ? undefined : { owner: user, repository, path };
}

function addressesOf({ owner, repository, path }: Place): string[] {
  return [
    `https://${owner.toLowerCase()}.github.io/${repository}/${path}`,
    ...BRANCHES.flatMap((branch) => [
      `https://raw.githubusercontent.com/${owner}/${repository}/${branch}/${path}`,
      `https://raw.githubusercontent.com/${owner}/${repository}/refs/heads/${branch}/${path}`,
      `https://github.com/${owner}/${repository}/raw/${branch}/${path}`,
      `https://github.com/${owner}/${repository}/blob/${branch}/${path}`,
    ]),
  ];
}
