import type { OrganizationId, TwinId } from '../../kernel/ids.js';
import type { Principal } from '../../security/principal.js';

/** Who made a version, as far as that is known: for an operator neither organization nor twin. */
export interface ChangeAuthor {
  readonly organization?: OrganizationId;
  /** The twin, when it changed itself. */
  readonly twin?: TwinId;
  /** The client id of the credential; unknown of what was changed before histories named it. */
  readonly subject?: string;
}

/** The principal as a version's author. */
export function changeAuthorOf(principal: Principal): ChangeAuthor {
  const { subject } = principal;
  switch (principal.kind) {
    case 'operator':
      return { subject };
    case 'organization':
      return { organization: principal.organization, subject };
    case 'twin':
      return { organization: principal.organization, twin: principal.twin, subject };
  }
}

/** What a reader is told of an author: everything to operators and to the author's own organization, otherwise the organization. */
export function shownAuthor(author: ChangeAuthor, reader: Principal): ChangeAuthor {
  if (reader.kind === 'operator' || reader.organization === author.organization) return author;
  return author.organization === undefined ? {} : { organization: author.organization };
}
