/** The WHERE clause of a statement put together from parts, with its parameters. */
export class SqlConditions {
  readonly parameters: unknown[] = [];
  private readonly conditions: string[] = [];

  /** Adds a parameter and gives its placeholder. */
  bind(value: unknown): string {
    this.parameters.push(value);
    return `$${this.parameters.length}`;
  }

  /** Adds a condition that must hold as well. */
  and(condition: string): this {
    this.conditions.push(`(${condition})`);
    return this;
  }

  /** Every condition, joined. */
  get sql(): string {
    return this.conditions.length === 0 ? 'true' : this.conditions.join(' AND ');
  }
}
