import { isMembers, listOf, memberOf, type Members, pointTo, textOf } from '../json-members.js';
import type { ModelDraft } from '../model-draft.js';
import { carriesCredentials, refuseSecret } from '../secrets-in-documents.js';

const MEDIA_FORMATS: Readonly<Record<string, string>> = { 'application/json': 'json', 'application/cbor': 'cbor', 'text/csv': 'csv', 'application/xml': 'xml' }; // prettier-ignore

/**
 * Forms as endpoints. A profile names wires on which a twin is reached, not one per affordance: the base is one, and so is each address that does not
 * lie beneath it.
 */
export class ThingForms {
  private readonly base: string | undefined;

  constructor(
    document: Members,
    private readonly draft: ModelDraft,
  ) {
    this.base = textOf(document, 'base');
    if (this.base === undefined) return;
    if (carriesCredentials(this.base)) refuseSecret('/base');
    draft.endpoint({ url: withoutTemplate(this.base) }, '/base');
  }

  read(owner: Members, pointer: string): void {
    const forms = memberOf(owner, 'forms');
    for (const [index, form] of listOf(owner, 'forms').entries()) {
      const at = Array.isArray(forms) ? pointTo(pointer, 'forms', index) : pointTo(pointer, 'forms');
      if (isMembers(form)) this.form(form, pointTo(at, 'href'));
      else this.draft.notes.unmapped(at, 'Not a form.');
    }
  }

  private form(form: Members, at: string): void {
    const href = textOf(form, 'href');
    if (href === undefined) {
      this.draft.notes.unmapped(at, 'A form needs a target.');
      return;
    }
    if (carriesCredentials(href)) refuseSecret(at);
    const address = this.absolute(withoutTemplate(href));
    if (address === undefined) this.draft.notes.unmapped(at, 'A relative address needs a base that it can be resolved against.');
    else if (!this.liesBeneathBase(address)) {
      const type = textOf(form, 'contentType')?.split(';')[0]?.trim().toLowerCase();
      const format = type === undefined || !Object.hasOwn(MEDIA_FORMATS, type) ? type : MEDIA_FORMATS[type];
      this.draft.endpoint({ url: address, ...(format === undefined ? {} : { format }) }, at);
    }
  }

  private absolute(href: string): string | undefined {
    if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(href)) return href;
    const base = this.base === undefined ? undefined : withoutTemplate(this.base);
    return base !== undefined && URL.canParse(href, base) ? new URL(href, base).href : undefined;
  }

  private liesBeneathBase(address: string): boolean {
    const base = this.base === undefined ? undefined : withoutTemplate(this.base);
    if (base === undefined || !URL.canParse(base) || !URL.canParse(address)) return false;
    const [outer, inner] = [new URL(base), new URL(address)];
    return outer.protocol === inner.protocol && outer.host === inner.host;
  }
}

/** The address before its URI template's first variable. */
function withoutTemplate(href: string): string {
  const brace = href.indexOf('{');
  return brace < 0 ? href : href.slice(0, brace);
}
