import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Transaction } from '../../database/unit-of-work.js';
import { SchemaUses } from '../../dictionary/shared-schema/schema-uses.js';
import { refersTo } from '../../dictionary/shared-schema/refers-to.js';
import type { OrganizationId } from '../../kernel/ids.js';
import type { FeatureNeed, FeatureSpec } from '../twin.js';

const BATCH = 200;

/** Tells the dictionary of registered twins whose features or needs refer to a shared schema, so that one in use is not deleted. */
@Injectable()
export class SchemaUsesOfTwins implements OnModuleInit {
  constructor(private readonly uses: SchemaUses) {}

  onModuleInit(): void {
    this.uses.register(async (tx, owner, id) => {
      const twin = await this.firstUser(tx, owner, id);
      return twin === undefined ? undefined : `the twin ${twin}`;
    });
  }

  /**
   * The last part of the address stands in every reference to it, relative ones too; what has it is looked at closely. Of an organization it rides
   * twin_owner_idx, of all twin_pkey: rare, and slow in a large registry.
   */
  private async firstUser(tx: Transaction, owner: OrganizationId | undefined, id: string): Promise<string | undefined> {
    const mark = id.split(/[/:]/).findLast((part) => part !== '') ?? id;
    for (let after = ''; ;) {
      const rows = await tx.query<{ id: string; features: FeatureSpec[]; needs: FeatureNeed[] }>(
        `SELECT id, profile->'features' AS features, coalesce(profile->'needs', '[]'::jsonb) AS needs FROM twin
          WHERE registration = 'REGISTERED' AND ($1::text IS NULL OR owner = $1) AND id > $2
            AND (strpos((profile->'features')::text, $3) > 0 OR strpos((profile->'needs')::text, $3) > 0)
          ORDER BY id LIMIT ${BATCH}`,
        [owner ?? null, after, mark],
      );
      const user = rows.find(({ features, needs }) =>
        [...features, ...needs].some((each) => schemasOf(each).some((schema) => refersTo(schema, id))),
      );
      if (user) return user.id;
      const last = rows.at(-1);
      if (rows.length < BATCH || !last) return undefined;
      after = last.id;
    }
  }
}

function schemasOf({ schema, input, output }: FeatureNeed): unknown[] {
  return [schema, input, output].filter((each) => each !== undefined);
}
