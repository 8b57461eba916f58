import { isMembers, type Members } from '../json-members.js';

const LONG_TERM = /^dtmi:dtdl:property:([A-Za-z]+);\d+$/;
const MAX_DEPTH = 64;
/** Copies made, so that each document has one however often it is referred to. */
const copies = new WeakMap<Members, Members>();

function plain(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [LONG_TERM.exec(name)?.[1] ?? name, plain(member, depth + 1)]));
}

function isWrittenOut(value: unknown, depth: number): boolean {
  if (depth > MAX_DEPTH || typeof value !== 'object' || value === null) return false;
  return (
    (isMembers(value) && Object.keys(value).some((name) => LONG_TERM.test(name))) ||
    Object.values(value).some((member) => isWrittenOut(member, depth + 1))
  );
}

/** The document with terms in their short form: generators write some out (`dtmi:dtdl:property:schema;2` for `schema`). Always the same object. */
export function inPlainTerms(document: Members): Members {
  const known = copies.get(document);
  if (known !== undefined) return known;
  const copy = isWrittenOut(document, 1) ? (plain(document, 1) as Members) : document;
  copies.set(document, copy);
  return copy;
}
