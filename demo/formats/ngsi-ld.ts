import type { PayloadFormat } from './payload-format.js';

type Members = Readonly<Record<string, unknown>>;

/** What stands in an entity beside its attributes. */
const OWN = ['id', 'type', '@context'];

/** NGSI-LD, normalized: each value is an entity, or a list of them, whose attributes are Properties. */
export class NgsiLd implements PayloadFormat {
  readonly name = 'ngsi-ld';
  readonly options: { readonly type: string; readonly unitCodes: Readonly<Record<string, string>> };

  /**
   * @param type of every entity; values do not say it
   * @param unitCodes UN/CEFACT codes of the units of attributes
   */
  constructor(type: string, unitCodes: Readonly<Record<string, string>>) {
    this.options = { type, unitCodes };
  }

  payloadOf(value: unknown): unknown {
    return Array.isArray(value) ? value.map((each) => this.entityOf(each as Members)) : this.entityOf(value as Members);
  }

  valueOf(payload: unknown): unknown {
    return Array.isArray(payload) ? payload.map((each) => keyValuesOf(each as Members)) : keyValuesOf(payload as Members);
  }

  documentOf(value: unknown): string {
    return JSON.stringify(this.payloadOf(value));
  }

  private entityOf({ id, ...attributes }: Members): Members {
    const { type, unitCodes } = this.options;
    const written = Object.entries(attributes).map(([name, value]) => {
      const unitCode = unitCodes[name];
      return [name, { type: 'Property', value, ...(unitCode === undefined ? {} : { unitCode }) }];
    });
    return { id, type, ...(Object.fromEntries(written) as Members) };
  }
}

function keyValuesOf(entity: Members): Members {
  const attributes = Object.entries(entity).filter(([name]) => !OWN.includes(name));
  const values = attributes.map(([name, attribute]) => [name, (attribute as { value?: unknown }).value]);
  return { id: entity['id'], ...(Object.fromEntries(values) as Members) };
}
