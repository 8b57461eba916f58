import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Aggregated twins: which twins one names as its parts, or the federation whose members are its parts. */
export class CreateComposition1763800010000 implements MigrationInterface {
  readonly name = 'CreateComposition1763800010000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE twin_part (
        whole text COLLATE "C" NOT NULL,
        part text COLLATE "C" NOT NULL,
        CONSTRAINT twin_part_pkey PRIMARY KEY (whole, part)
      );
      COMMENT ON TABLE twin_part IS 'the parts that a live aggregated twin names; a part may be deregistered meanwhile';
      -- From a part to what it is part of.
      CREATE INDEX twin_part_part_idx ON twin_part (part, whole);

      CREATE TABLE twin_assembly (
        whole text COLLATE "C" NOT NULL,
        circle text COLLATE "C" NOT NULL,
        CONSTRAINT twin_assembly_pkey PRIMARY KEY (whole)
      );
      COMMENT ON TABLE twin_assembly IS 'the federation whose members are the parts of a live aggregated twin';
      CREATE INDEX twin_assembly_circle_idx ON twin_assembly (circle, whole);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE twin_assembly; DROP TABLE twin_part;');
  }
}
