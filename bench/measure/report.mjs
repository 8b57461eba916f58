import { writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

/** What was measured, and whether it is as good as it is meant to be. */
export class Report {
  #rows = [];
  #loadBefore = loadavg()[0];

  /**
   * Notes a figure.
   * @param {string} name
   * @param {number} value
   * @param {string} unit
   * @param {{ goal?: number, better?: 'lower' | 'higher' }} [aim] without a goal, it is told for information
   */
  add(name, value, unit, { goal, better = 'lower' } = {}) {
    const met = goal === undefined ? null : better === 'lower' ? value <= goal : value >= goal;
    this.#rows.push({ name, value: Number(value.toPrecision(4)), unit, goal: goal ?? null, better, met });
  }

  /** The table, as Markdown, with the machine and the date. */
  get table() {
    const head = ['| figure | value | goal | |', '|---|---:|---:|---|'];
    const lines = this.#rows.map(({ name, value, unit, goal, better, met }) => {
      const aim = goal === null ? '' : `${better === 'lower' ? '≤' : '≥'} ${Number(goal.toPrecision(4))}`;
      return `| ${name} | ${value} ${unit} | ${aim} | ${met === null ? '' : met ? 'met' : '**missed**'} |`;
    });
    return [...head, ...lines].join('\n');
  }

  /** One line about where it was measured, when, and how busy the machine was. */
  get machine() {
    const [cpu] = cpus();
    const memory = Math.round(totalmem() / 2 ** 30);
    const load = `load average ${this.#loadBefore.toFixed(1)} before, ${loadavg()[0].toFixed(1)} after`;
    const at = `${new Date().toISOString().slice(0, 16)} UTC`;
    return `${cpus().length} × ${cpu?.model ?? 'CPU'}, ${memory} GB, Node ${process.versions.node}, ${at}, ${load}`;
  }

  /** Writes the figures as an array. */
  write(path) {
    writeFileSync(path, `${JSON.stringify(this.#rows, undefined, 2)}\n`);
  }
}
